// The stored state of an access token (spapi_access): what a refresh is decided by, and what it stores. Each
// function is one transaction or one read; none calls the network. tokens.cpp uses them so:
//
//   Subject subject = load_subject(connection, account);           // opens no secret
//   Access access = load_access(connection, subject, ring);        // the stored state
//   RefreshClaim claim = claim_refresh(connection, subject, ring, rejected, retry);
//   // where that is a RefreshLease:
//   auto credentials = credentials_of(connection, subject, ring);  // opened for the exchange only
//   … the exchange with LWA …
//   store_success(…) or store_failure(…)  // only if lease and version still hold
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "purser/spapi_service.h"
#include "store/connection.h"

namespace purser::spapi {

// The set of credentials that a token belongs to. `name` is the key in spapi_access; the lease is called
// "spapi " + name.
struct Subject {
  std::string account;
  std::string name;
  Source source = Source::database;
  std::int64_t version = 0;  // of the database's credentials; 0 for the environment's
  std::string seller_id;
  Region region = Region::na;
};

// The account's credentials in the database, else those of the environment if the account is `default`. Opens
// no secret. Throws no_credentials.
Subject load_subject(store::Connection& connection, const std::string& account);

// The subject's secrets, opened; nullopt where the account has other credentials by now. Reads the ring again
// where it lacks the key. Throws wrong_master_key, corrupt.
std::optional<Credentials> credentials_of(store::Connection& connection, const Subject& subject,
                                          KeyRing& ring);

struct Access {
  std::optional<AccessToken> token;  // opened; may be expired
  State state = State::ok;
  std::optional<std::string> last_error;
  int failures = 0;
  std::optional<Instant> next_try_at;
  Environment environment = Environment::unknown;  // `sandbox` only for an hour after the probe
};
Access load_access(store::Connection& connection, const Subject& subject, KeyRing& ring);

// The back-off if it is still running; nullopt if it is over, or too far ahead to be one (the clock was
// set back).
std::optional<Instant> in_force(std::optional<Instant> next_try_at, Instant now);

// Whether the token may be used now (good, advisory) and whether it is to be refreshed (advisory, expired).
enum class Freshness { good, advisory, expired };
Freshness freshness_of(const AccessToken& token, Instant now);

// What a caller that needs a token does next, decided in one transaction, in this order: a latch
// (needs_authorization, misconfigured); a good token that is not the rejected one (a token younger than a
// minute cannot be why Amazon refused, and stays good); a back-off; a refresh of another worker in flight;
// else the caller refreshes, with the lease that it is given. An advisory token is returned instead of a
// back-off or a wait.
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

// Stores the new token and gives it its token_id. False: nothing was stored, because the lease had lapsed or
// the credentials had changed. Ends the lease in any case.
bool store_success(store::Connection& connection, const Subject& subject, const RefreshLease& lease,
                   KeyRing& ring, AccessToken& token);
// Stores a failed refresh, under the same conditions as store_success. `latch` is ok for a transient failure,
// which sets a back-off of 1, 2, 4 … 60 s, or of `pause` (Amazon's Retry-After) if that is longer, up to 60
// s.
bool store_failure(store::Connection& connection, const Subject& subject, const RefreshLease& lease,
                   State latch, const std::string& error, std::optional<Duration> pause = {});
// Ends the lease without a result: Amazon was not asked, and the next caller may ask.
void abandon_refresh(store::Connection& connection, const Subject& subject, const RefreshLease& lease);

// Stores what a probe found, unless the credentials have changed since.
void store_probe(store::Connection& connection, const Subject& subject, const Probe& probe);

}  // namespace purser::spapi
