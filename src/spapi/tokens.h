// An access token that may be used now: the one that is there, or one that is exchanged for the refresh
// token, by one process for all. No transaction is open while Amazon is asked.
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
  Environment environment = Environment::unknown;  // as it is remembered
};

class Tokens {
 public:
  // All must outlive it.
  Tokens(store::Connection& connection, const ServiceOptions& options, std::string account,
         http::Transport& transport)
      : connection_(connection), options_(options), account_(std::move(account)), transport_(transport) {}

  // As Service::token.
  TokenGrant obtain(const std::string& rejected = {}, Retry retry = Retry::no);

 private:
  struct Stored;  // what was there
  Stored load(const std::string& rejected);
  // One go at what was stored: nullopt means to look again.
  std::optional<TokenGrant> act_on(const Stored& stored, const RefreshClaim& claim);
  std::optional<TokenGrant> refresh(const Stored& stored, const RefreshLease& lease);
  TokenGrant fall_back(const lwa::TokenResponse& failed, const Stored& stored);
  struct RefreshAttempt {
    Instant sent_at;
    lwa::TokenResponse response;
    bool are_replaced = false;  // the credentials that were refused are no longer those of the account
  };
  // nullopt: the account has other credentials by now.
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
