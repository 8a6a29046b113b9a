// A valid access token: the stored one, or a new one from Login with Amazon, which one process fetches for
// all. No transaction is open while Amazon is asked.
#pragma once

#include <optional>
#include <string>

#include "http/transport.h"
#include "spapi/access_tokens.h"
#include "spapi/lwa.h"

namespace purser::spapi {

struct TokenGrant {
  Subject subject;  // whose token
  AccessToken token;
  Environment environment = Environment::unknown;  // as the last probe left it
};

class Tokens {
 public:
  // REQUIRES: all of them outlive it.
  Tokens(store::Connection& connection, const ServiceOptions& options, std::string account,
         http::Transport& transport)
      : connection_(connection), options_(options), account_(std::move(account)), transport_(transport) {}

  // As Service::token.
  TokenGrant obtain(const std::string& rejected = {}, Retry retry = Retry::no);

 private:
  struct Stored;  // what the file has
  Stored load(const std::string& rejected);
  // One step towards a token; nullopt: read the file again.
  std::optional<TokenGrant> act_on(const Stored& stored, const RefreshClaim& claim);
  std::optional<TokenGrant> refresh(const Stored& stored, const RefreshLease& lease);
  TokenGrant fall_back(const lwa::TokenResponse& failed, const Stored& stored);
  struct RefreshAttempt {
    Instant sent_at;
    lwa::TokenResponse response;
    bool are_replaced = false;  // the refused credentials are no longer those of the account
  };
  // nullopt: the account has other credentials by now. The lease has ended then, as where this throws.
  std::optional<Credentials> open_or_abandon(const Subject& subject, const RefreshLease& lease);
  RefreshAttempt request_with_recheck(const Subject& subject, const Credentials& credentials);
  lwa::TokenResponse request_token(const Credentials& credentials, SteadyInstant lapses_at);
  bool has_changed(const Subject& subject);
  template <typename End>
  static void run_quietly(End&& end) noexcept;
  KeyRing& ring();
  Clock& clock() const { return connection_.clock(); }

  store::Connection& connection_;
  const ServiceOptions& options_;
  std::string account_;
  http::Transport& transport_;
  std::optional<KeyRing> ring_;  // read from the environment where it is first needed
};

}  // namespace purser::spapi
