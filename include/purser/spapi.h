// Amazon SP-API: the credentials of the sellers, sealed in the shared file, and what is known of their
// tokens. (The exchange with Login with Amazon and the calls are in spapi_service.h.)
//
//   auto ring = purser::spapi::ring_for(db);
//   purser::spapi::Sellers sellers(db);
//   sellers.set("default", {.seller_id = "A1…", .region = purser::spapi::Region::na, .client_id = "amzn1.…",
//                           .client_secret = "amzn1.oa2-cs…", .refresh_token = "Atzr|…"}, ring);
//   for (const auto& seller : sellers.status()) …            // needs no key, shows no secret
//
// A set of credentials comes whole from the database or whole from the environment (SP_API_SELLER_ID,
// SP_API_CLIENT_ID, SP_API_CLIENT_SECRET, SP_API_REFRESH_TOKEN, and SP_API_REGION, na unless said), the
// database first. The environment's belong to the account `default`. LWA only: there are no AWS keys
// anywhere.
//
// Secrets are sealed (XChaCha20-Poly1305, libsodium) and bound to their row and column: what was copied from
// another row, or has one bit flipped, does not open. Values lose the CR, LF and blanks that pasting leaves
// around them; a placeholder ("your_…", "changeme", "<…>", "xxx…", "manual_placeholder") is refused.
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

  ~Credentials();  // overwrites them
};

// Trimmed and checked. Throws usage (which field, and what is wrong with it; never its value), invalid_text.
Credentials checked(Credentials credentials);

// nullopt where none of the variables is set. Throws usage where some are set and others are missing.
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
  std::optional<std::int64_t> secret_age_days;  // nullopt for the environment's: nobody knows
  std::optional<std::string> key_id;            // of the master key that sealed it
};

inline constexpr std::int64_t kSecretLifeDays = 180;  // then Amazon refuses it

// How urgent a new client secret is: from 90, 30, 7 and 0 days before Amazon refuses the old one.
enum class SecretUrgency { none, plan, soon, now, overdue };
SecretUrgency secret_urgency(std::int64_t age_days);

// What a person must do about the seller, for whatever shows it; empty: nothing. (The view ops_spapi_sellers
// says the same in its own words.)
std::string what_to_do(const SellerStatus& status);

struct SetOutcome {
  bool changed =
      false;  // false: the very same was there; the latch of a refused token is cleared all the same
};

class Sellers {
 public:
  explicit Sellers(Database& database) : database_(database) {}

  // Throws wrong_master_key where the file's secrets were sealed with a key that `ring` does not have: then
  // nothing is stored, or the others could not be opened any more with one ring.
  SetOutcome set(const std::string& account, const Credentials& credentials, const KeyRing& ring);
  // With its token; false: there was none. Once no credentials are left the file forgets its master key, and
  // the tokens of the environment: after a lost key it begins anew.
  bool remove(const std::string& account);

  // The database's, by name, and the environment's where it is what `default` would use. Reads no secret.
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
