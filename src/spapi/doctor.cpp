#include "spapi/doctor.h"

#include <fmt/format.h>

#include "base/environment.h"
#include "spapi/credential_rows.h"
#include "spapi/maintenance.h"
#include "spapi/seller_list.h"

namespace purser::spapi {
namespace {

// Days before Amazon refuses a client secret.
constexpr std::int64_t kPlanDays = 90, kSoonDays = 30, kNowDays = 7;

std::string verb(const SellerStatus& seller, const char* words) {
  return seller.account == "default" ? fmt::format("purser spapi {}", words)
                                     : fmt::format("purser --account {} spapi {}", seller.account, words);
}

Finding state_of(const SellerStatus& seller) {
  std::string who = fmt::format("SP-API account {}", seller.account);
  switch (seller.state) {
    case State::needs_authorization:
      return {"seller", Level::problem, who + ": Amazon refuses the refresh token",
              "the seller authorises the application again; then " + verb(seller, "set")};
    case State::misconfigured:
      return {"seller", Level::problem, who + ": the credentials are wrong or not whole",
              fmt::format("look at the client id and secret in Amazon's developer console, then {}; details: "
                          "purser spapi status",
                          verb(seller, "set"))};
    case State::ok: break;
  }
  if (seller.environment == Environment::sandbox) {
    return {"seller", Level::problem,
            who + ": credentials of a sandbox application, as it seems, or without production's roles",
            fmt::format("those of the production application: {}; or add the roles, then {}",
                        verb(seller, "set"), verb(seller, "probe"))};
  }
  if (seller.environment == Environment::neither) {
    return {"seller", Level::problem, who + ": Amazon lets these credentials into no environment",
            fmt::format("{}; then {}", seller.environment_reason.value_or("give the application its roles"),
                        verb(seller, "probe"))};
  }
  if (seller.last_error) {
    std::string since = seller.last_error_at ? " (last at " + rfc3339(*seller.last_error_at) + ")" : "";
    return {"seller", Level::warning,
            fmt::format("{}: the last refresh failed{}: {}", who, since, *seller.last_error),
            "nothing, if that passes; else " + verb(seller, "token --retry")};
  }
  return {"seller", Level::ok, who + ": ok", ""};
}

Finding secret_of(const SellerStatus& seller) {
  std::int64_t left = kSecretLifeDays - *seller.secret_age_days;
  std::string text =
      fmt::format("the client secret of account {} is {} days old", seller.account, *seller.secret_age_days);
  if (left > kPlanDays) return {"client_secret", Level::ok, text, ""};
  const char* when = left <= kNowDays ? "now" : left <= kSoonDays ? "soon" : "some day before that";
  std::string advice =
      fmt::format("make a new one in Amazon's developer console {}, then {}", when, verb(seller, "set"));
  if (left <= 0) return {"client_secret", Level::problem, text + ": Amazon refuses it", advice};
  return {"client_secret", left <= kNowDays ? Level::problem : Level::warning,
          fmt::format("{}: Amazon refuses it in {} days", text, left), advice};
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

// A new key in the place of a lost one would open nothing, and lie where the copy belongs.
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
    if (fault.code() == ErrorCode::no_master_key) return missing_key(stored_key_id(view));
    return {"key", Level::problem, fault.what(), "without the key no secret is opened or stored"};
  }
}

}  // namespace

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
