// Amazon SP-API: the credentials of the sellers, sealed in the shared file, and the state of their access
// tokens. (spapi_keys.h is about the key that seals; spapi_service.h talks to Amazon.)
//
//   auto ring = purser::spapi::ring_for(db);                 // spapi_keys.h
//   purser::spapi::Sellers sellers(db);
//   sellers.set("default", {.seller_id = "A1…", .region = purser::spapi::Region::na, .client_id = "amzn1.…",
//                           .client_secret = "amzn1.oa2-cs…", .refresh_token = "Atzr|…"}, ring);
//   for (const auto& seller : sellers.status()) …            // needs no key, shows no secret
//
// A set of credentials comes whole from the database or whole from the environment (SP_API_SELLER_ID,
// SP_API_CLIENT_ID, SP_API_CLIENT_SECRET, SP_API_REFRESH_TOKEN, and SP_API_REGION, by default na); the
// database comes first. Those of the environment belong to the account `default`. Login with Amazon (LWA) is
// the only way in: no AWS keys are involved.
//
// Secrets are sealed (XChaCha20-Poly1305, libsodium) and bound to their row and column: a sealed text that
// was copied from another row, or has one bit flipped, does not open. The CR, LF and blanks that pasting
// leaves around a value are removed; a placeholder ("your_…", "changeme", "<…>", "xxx…",
// "manual_placeholder") is refused.
//
// Threads, processes, ownership: as the Database, which must outlive Sellers and may be moved meanwhile.
// Errors: purser::Error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "purser/database.h"
#include "purser/key_ring.h"

namespace purser::spapi {

enum class Region { na, eu, fe };
enum class Source { database, environment };
enum class State { ok, needs_authorization, misconfigured };
enum class Environment { unknown, production, sandbox, neither };  // what the credentials are valid for

struct Credentials {
  std::string seller_id;
  Region region = Region::na;
  std::string client_id, client_secret, refresh_token;

  ~Credentials();  // overwrites the memory of the secrets
};

// The credentials, trimmed. Where they cannot be Amazon's, throws invalid_text or usage (the message names
// the field and what is wrong with it, never its value).
Credentials checked(Credentials credentials);

// nullopt where none of the variables is set. Throws no_credentials where some are set and others are
// missing, or where a value cannot be Amazon's.
std::optional<Credentials> credentials_from_environment();

struct SellerStatus {
  std::string account;
  std::string seller_id;
  Region region = Region::na;
  Source source = Source::database;
  Environment environment = Environment::unknown;
  std::optional<std::string> environment_reason;
  State state = State::ok;
  std::optional<Instant> access_token_expires_at, next_try_at;
  std::optional<std::string> last_error;
  std::optional<Instant> last_error_at;
  std::optional<std::int64_t> secret_age_days;  // nullopt: the environment does not say
  std::optional<std::string> key_id;            // of the master key that sealed it
};

inline constexpr std::int64_t kSecretLifeDays = 180;  // after which Amazon refuses a client secret

// How urgent a new client secret is: from 90, 30, 7 and 0 days before Amazon refuses the old one.
enum class SecretUrgency { none, plan, soon, now, overdue };
SecretUrgency secret_urgency(std::int64_t age_days);

// What a person must do about the seller, as text to show; empty: nothing. (The view ops_spapi_sellers says
// the same in its own words.)
std::string what_to_do(const SellerStatus& status);

struct SetOutcome {
  // False: the same values were stored already. The latch of a refused token is cleared all the same.
  bool changed = false;
};

class Sellers {
 public:
  explicit Sellers(Database& database) : database_(database) {}

  // Stores the credentials, sealed. Throws wrong_master_key, and stores nothing, where the database's secrets
  // are sealed with a key that `ring` lacks: no single ring could open all secrets afterwards.
  SetOutcome set(const std::string& account, const Credentials& credentials, const KeyRing& ring);
  // Removes the credentials and their access token; false: there were none. With the last credentials it also
  // removes the id of the master key and the tokens of environments, so that the database can start again
  // after a key was lost.
  bool remove(const std::string& account);

  // The accounts of the database, by name, and the environment's `default` where the database has no account
  // of that name. Needs no key: no secret is read.
  std::vector<SellerStatus> status() const;

 private:
  SetOutcome set_once(const std::string& account, const Credentials& credentials, const KeyRing& ring);
  DatabaseLink database_;
};

std::string_view name_of(Region region);            // "na", ...: stored and printed; never change them
std::string_view name_of(Source source);            // "database", "environment"
std::string_view name_of(State state);              // "ok", "needs_authorization", "misconfigured"
std::string_view name_of(Environment environment);  // "unknown", ...
std::optional<Region> region_named(std::string_view name);

}  // namespace purser::spapi
