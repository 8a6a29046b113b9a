#include "spapi/maintenance.h"

#include <fmt/format.h>

#include "base/environment.h"
#include "spapi/credential_rows.h"
#include "spapi/sellers.h"
#include "spapi/sql.h"

namespace purser::spapi {

namespace {

Finding state_of(const SellerStatus& seller) {
  std::string who = fmt::format("SP-API account {}", seller.account);
  std::string advice = what_to_do(seller);
  switch (seller.state) {
    case State::needs_authorization:
      return {"seller", Level::problem, who + ": Amazon refuses the refresh token", advice};
    case State::misconfigured:
      return {"seller", Level::problem, who + ": the credentials are wrong or not whole", advice};
    case State::ok: break;
  }
  if (seller.environment == Environment::sandbox) {
    return {"seller", Level::problem, who + ": only Amazon's sandbox lets these credentials in", advice};
  }
  if (seller.environment == Environment::neither) {
    return {"seller", Level::problem,
            fmt::format("{}: Amazon lets these credentials into no environment: {}", who,
                        seller.environment_reason.value_or("the application lacks its roles")),
            advice};
  }
  if (seller.last_error) {
    std::string since = seller.last_error_at ? " (last at " + rfc3339(*seller.last_error_at) + ")" : "";
    return {"seller", Level::warning,
            fmt::format("{}: the last refresh failed{}: {}", who, since, *seller.last_error),
            "nothing, if that passes; else " + command(seller, "token --retry")};
  }
  return {"seller", Level::ok, who + ": ok", ""};
}

const char* when(SecretUrgency urgency) {
  switch (urgency) {
    case SecretUrgency::none: break;
    case SecretUrgency::plan: return "some day before that";
    case SecretUrgency::soon: return "soon";
    case SecretUrgency::now:
    case SecretUrgency::overdue: return "now";
  }
  return "";
}

Finding secret_of(const SellerStatus& seller) {
  std::int64_t age = *seller.secret_age_days;
  SecretUrgency urgency = secret_urgency(age);
  std::string text = fmt::format("the client secret of account {} is {} days old", seller.account, age);
  if (urgency == SecretUrgency::none) return {"client_secret", Level::ok, text, ""};
  std::string advice = fmt::format("make a new one in Amazon's developer console {}, then {}", when(urgency),
                                   command(seller, "set"));
  if (urgency == SecretUrgency::overdue) {
    return {"client_secret", Level::problem, text + ": Amazon refuses it", advice};
  }
  return {"client_secret", urgency == SecretUrgency::now ? Level::problem : Level::warning,
          fmt::format("{}: Amazon refuses it in {} days", text, kSecretLifeDays - age), advice};
}

std::string put_back(const std::string& key_id, const char* where, const char* make_key) {
  return fmt::format(
      "{} key {}; only if it is lost: purser spapi remove for each account, {}purser spapi set", where,
      key_id, make_key);
}

constexpr char kMakeKey[] = "purser key generate, ";

Finding opening_of(const KeyCheck& check, const KeyRing& ring) {
  auto unopened = static_cast<std::int64_t>(check.unopened.size());
  if (check.stored_key_id && !ring.has(*check.stored_key_id)) {
    return {"key", Level::problem,
            fmt::format("the file seals under key {}, which is not on the ring: {} of {} secrets do not open",
                        *check.stored_key_id, unopened, unopened + check.opened),
            put_back(*check.stored_key_id, "set PURSER_KEY_FILE to the file with", "")};
  }
  if (unopened > 0) {
    return {"key", Level::problem,
            fmt::format("{} of {} secrets do not open with these keys, the first is {}", unopened,
                        unopened + check.opened, check.unopened.front()),
            "set PURSER_KEY_FILE to the ring that sealed them (`purser key check` lists all), or store them "
            "anew: purser spapi set"};
  }
  return {"key", Level::ok,
          check.opened == 0 ? fmt::format("key {} is there; no secrets are stored yet", ring.current())
                            : fmt::format("key {} is there, and opens all: {}", ring.current(), check.opened),
          ""};
}

// Advises the copy before a new key, which would open nothing and take the place of the copy.
Finding missing_key(const std::optional<std::string>& sealing_key) {
  std::string file = environment("PURSER_KEY_FILE");
  if (!sealing_key) {
    if (file.empty()) return {"key", Level::ok, "no master key is set, and no secrets are stored yet", ""};
    return {"key", Level::problem, fmt::format("there is no key file {}; no secrets are stored yet", file),
            "put your copy of it there, or make one: purser key generate"};
  }
  if (file.empty()) {
    return {"key", Level::warning,
            fmt::format("the file is sealed under key {}, and this environment names no key", *sealing_key),
            put_back(*sealing_key,
                     "run doctor as the workers run, with their PURSER_KEY_FILE or PURSER_KEY:", kMakeKey)};
  }
  return {"key", Level::problem,
          fmt::format("the file is sealed under key {}, and there is no key file {}", *sealing_key, file),
          put_back(*sealing_key, "put there your copy of", kMakeKey)};
}

Finding key(store::Snapshot& view) {
  try {
    KeyRing ring = KeyRing::from_environment();
    return opening_of(check_keys(view, ring), ring);
  } catch (const Error& fault) {
    if (fault.code() == ErrorCode::no_master_key) return missing_key(find_sealing_key_id(view));
    return {"key", Level::problem, fault.what(), "without the key no secret is opened or stored"};
  }
}

}  // namespace

std::vector<Check> verify(store::Snapshot& view) {
  if (view.schema_version() < 4) return {};
  auto row = view.rows(sql::kStraySecrets);
  row.step();
  auto stray = row.get<std::int64_t>(0);
  if (stray > 0) {
    return {{"spapi_secrets", false,
             fmt::format("secrets sealed under another key than the one that seals: {}", stray)}};
  }
  auto key_id = row.get<std::optional<std::string>>(2);
  if (row.get<std::int64_t>(1) == 0 || !key_id) return {{"spapi_secrets", true, "no secrets are stored yet"}};
  return {
      {"spapi_secrets", true,
       fmt::format("every sealed secret is under key {}, and opens with no other: keep that key", *key_id)}};
}

std::vector<Finding> findings(store::Snapshot& view) {
  std::vector<Finding> all;
  for (const SellerStatus& seller : list_sellers(view)) {
    all.push_back(state_of(seller));
    if (seller.secret_age_days) all.push_back(secret_of(seller));
  }
  all.push_back(key(view));
  return all;
}

}  // namespace purser::spapi
