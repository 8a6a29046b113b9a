// An access token that may be used now: the one that is there, or one that is exchanged for the refresh
// token, by one process for all. No transaction is open while Amazon is asked.
#pragma once

#include <optional>
#include <string>

#include "http/transport.h"
#include "spapi/access_book.h"
#include "spapi/lwa.h"

namespace purser::spapi {

struct Granted {
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
  Granted obtain(const std::string& rejected = {}, Retry retry = Retry::no);

 private:
  struct Look;  // what was there
  Look look(const std::string& rejected);
  // One go at what was seen: nullopt means to look again.
  std::optional<Granted> go_on(const Look& seen, const Turn& turn);
  std::optional<Granted> refresh(const Look& seen, const OurTurn& turn);
  Granted in_spite_of(const lwa::Answer& failed, const Look& seen);
  struct Exchange {
    Instant sent_at;
    lwa::Answer answer;
    bool is_of_others = false;  // the credentials that were refused are no longer those of the account
  };
  // nullopt: the account has other credentials by now.
  std::optional<Credentials> opened(const Subject& subject, const OurTurn& turn);
  Exchange exchange(const Subject& subject, const Credentials& credentials);
  lwa::Answer exchange_once(const Credentials& credentials, SteadyInstant lapses_at);
  bool has_changed(const Subject& subject);
  template <typename End>
  static void end_quietly(End&& end) noexcept;
  KeyRing& ring();
  Clock& clock() const { return connection_.clock(); }

  store::Connection& connection_;
  const ServiceOptions& options_;
  std::string account_;
  http::Transport& transport_;
  std::optional<KeyRing> ring_;  // read from the environment where it is first needed
};

}  // namespace purser::spapi
