// The access token of one set of credentials as rows: what the flow decides by, and what it stores. Each
// function is one transaction or one read; none calls the network. The flow (flow.cpp) goes:
//
//   Subject subject = load_subject(connection, account);                // who; no secret is opened
//   Access access = load_access(connection, subject, ring);             // what is stored
//   RefreshClaim claim = claim_refresh(connection, subject, ring, rejected, retry);  // a token, a lease of ours, a wait
//   auto credentials = credentials_of(connection, subject, ring);       // opened for the exchange alone
//   … the exchange with LWA …
//   store_success(…) or store_failure(…)                                // only while lease and version hold
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "purser/spapi_service.h"
#include "store/connection.h"

namespace purser::spapi {

// Whose token: `name` is the row's in spapi_access, and of the lease ("spapi " + name).
struct Subject {
  std::string account;
  std::string name;
  Source source = Source::database;
  std::int64_t version = 0;  // of the database's credentials; 0 for the environment's
  std::string seller_id;
  Region region = Region::na;
};

// The database's credentials of that account, else the environment's where the account is `default`. Throws
// no_credentials.
Subject load_subject(store::Connection& connection, const std::string& account);

// The secrets of the subject, opened; nullopt where the account has others by now. An unknown key id makes
// the ring be read again. Throws wrong_master_key, corrupt.
std::optional<Credentials> credentials_of(store::Connection& connection, const Subject& subject,
                                          KeyRing& ring);

struct Access {
  std::optional<AccessToken> token;  // opened; also an expired one
  State state = State::ok;
  std::optional<std::string> last_error;
  int failures = 0;
  std::optional<Instant> next_try_at;
  Environment environment = Environment::unknown;  // `sandbox` is believed for an hour
};
Access load_access(store::Connection& connection, const Subject& subject, KeyRing& ring);

// The back-off; none where it has passed, or is further ahead than any can be: then the clock went back.
std::optional<Instant> in_force(std::optional<Instant> next_try_at, Instant now);

// May this token be used now, and should somebody refresh it? Pure.
enum class Freshness { good, advisory, expired };
Freshness freshness_of(const AccessToken& token, Instant now);

// Who refreshes. Checked in one transaction, in this order: a latch (needs_authorization, misconfigured), a
// good token that is not the rejected one (one younger than a minute is not why Amazon refused, and stays), a
// back-off, a live lease, ours.
struct Latched {
  State state;
  std::string error;
};
struct BackOff {
  Instant until;
  std::string error;
};
struct RefreshInFlight {
  Instant lapses_at;
};
struct RefreshLease {
  std::string fence;
};
using RefreshClaim = std::variant<AccessToken, Latched, BackOff, RefreshInFlight, RefreshLease>;
RefreshClaim claim_refresh(store::Connection& connection, const Subject& subject, KeyRing& ring,
                           const std::string& rejected, Retry retry);

// True where it was stored: the lease was still live and ours, and the credentials had not changed. Gives the
// token its token_id. The lease is ended in any case.
bool store_success(store::Connection& connection, const Subject& subject, const RefreshLease& lease,
                   KeyRing& ring, AccessToken& token);
// `latch`: ok for what passes (a back-off of 1, 2, 4 … 60 s is set; `pause`, where Amazon says that it lasts
// longer, up to 60 s).
bool store_failure(store::Connection& connection, const Subject& subject, const RefreshLease& lease,
                   State latch, const std::string& error, std::optional<Duration> pause = {});
// Amazon was not asked: whoever comes next may.
void abandon_refresh(store::Connection& connection, const Subject& subject, const RefreshLease& lease);

void store_probe(store::Connection& connection, const Subject& subject, const Probe& probe);

}  // namespace purser::spapi
