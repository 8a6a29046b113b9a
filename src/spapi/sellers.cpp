// The sellers of the file: set, removed, shown; and what a person must do about one.
#include "spapi/sellers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "spapi/access_tokens.h"
#include "spapi/credential_rows.h"
#include "spapi/sql.h"
#include "store/lease.h"

namespace purser::spapi {
namespace {

using std::chrono::hours;

constexpr char kDefaultAccount[] = "default";

// The stored credentials; nullopt also where they do not open: then `set` is how that is repaired.
std::optional<Credentials> opened(const KeyRing& ring, const std::string& account,
                                  const std::optional<CredentialRow>& row) {
  if (!row) return std::nullopt;
  try {
    return open_credentials(ring, account, *row);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::wrong_master_key) throw;
    return std::nullopt;
  }
}

// A refresh in flight needs no end here: its result is not stored, since the version has changed.
void renew_access(store::Transaction& change, const KeyRing& ring, const std::string& name,
                  std::int64_t version, bool changed) {
  change.run(sql::kClearLatch, name);
  if (changed || !token_opens(change, ring, name)) change.run(sql::kDropToken, name);
  if (changed) change.run(sql::kBeginVersion, name, version);
}

std::int64_t days_since(Instant then, Instant now) {
  return std::max<std::int64_t>(0, (now - then) / hours(24));
}

void fill_access(SellerStatus& seller, const store::Statement& row, int first, Instant now) {
  if (row.is_null(first)) return;  // no refresh and no probe yet
  seller.environment = environment_of(row.get<std::string>(first));
  seller.environment_reason = row.get<std::optional<std::string>>(first + 1);
  seller.state = state_of(row.get<std::string>(first + 2));
  seller.access_token_expires_at = row.get<std::optional<Instant>>(first + 3);
  seller.next_try_at = in_force(row.get<std::optional<Instant>>(first + 4), now);
  seller.last_error = row.get<std::optional<std::string>>(first + 5);
  seller.last_error_at = row.get<std::optional<Instant>>(first + 6);
}

std::vector<SellerStatus> stored_sellers(store::Snapshot& view) {
  std::vector<SellerStatus> sellers;
  auto row = view.rows(sql::kListSellers);
  while (row.step()) {
    SellerStatus seller;
    seller.account = row.get<std::string>(0);
    seller.seller_id = row.get<std::string>(1);
    seller.region = region_of(row.get<std::string>(2));
    seller.key_id = row.get<std::string>(3);
    seller.secret_age_days = days_since(row.get<Instant>(4), view.now());
    fill_access(seller, row, 5, view.now());
    sellers.push_back(std::move(seller));
  }
  return sellers;
}

SellerStatus environment_seller(store::Snapshot& view, const Credentials& credentials) {
  SellerStatus seller;
  seller.account = kDefaultAccount;
  seller.seller_id = credentials.seller_id;
  seller.region = credentials.region;
  seller.source = Source::environment;
  auto row = view.rows(sql::kFindEnvironmentAccess, environment_name(view, credentials));
  if (row.step()) {
    seller.key_id = row.get<std::optional<std::string>>(0);
    fill_access(seller, row, 1, view.now());
  }
  return seller;
}

// An incomplete environment is shown as misconfigured: it must not hide the other sellers.
std::optional<SellerStatus> environment_seller(store::Snapshot& view) {
  try {
    auto credentials = credentials_from_environment();
    if (!credentials) return std::nullopt;
    return environment_seller(view, *credentials);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::no_credentials) throw;
    SellerStatus seller;
    seller.account = kDefaultAccount;
    seller.source = Source::environment;
    seller.state = State::misconfigured;
    seller.last_error = error.what();
    return seller;
  }
}

bool remove_row(store::Transaction& change, const std::string& account) {
  auto row = change.rows(sql::kRemoveCredential, account);
  bool removed = row.step();
  while (removed && row.step()) {
  }
  return removed;
}

bool has_credentials(store::Snapshot& view) {
  auto row = view.rows(sql::kCountCredentials);
  row.step();
  return row.get<std::int64_t>(0) > 0;
}

std::string how_to_authorize(const SellerStatus& status) {
  return fmt::format(
      "the seller authorises the application again; the new refresh token goes to {}",
      status.source == Source::environment ? "SP_API_REFRESH_TOKEN and its like" : command(status, "set"));
}

std::string how_to_configure(const SellerStatus& status) {
  std::string if_right = fmt::format("(nothing was wrong? {})", command(status, "token --retry"));
  if (status.source == Source::environment) {
    return "put SP_API_CLIENT_ID, SP_API_CLIENT_SECRET and SP_API_REFRESH_TOKEN right in the environment of "
           "the workers " +
           if_right;
  }
  return fmt::format(
      "look at the client id and secret in Amazon's developer console; the right ones go to {} {}",
      command(status, "set"), if_right);
}

}  // namespace

std::string command(const SellerStatus& status, std::string_view verb) {
  return status.account == kDefaultAccount
             ? fmt::format("purser spapi {}", verb)
             : fmt::format("purser spapi {} --account {}", verb, status.account);
}

SecretUrgency secret_urgency(std::int64_t age_days) {
  std::int64_t left = kSecretLifeDays - age_days;
  if (left <= 0) return SecretUrgency::overdue;
  if (left <= 7) return SecretUrgency::now;
  if (left <= 30) return SecretUrgency::soon;
  return left <= 90 ? SecretUrgency::plan : SecretUrgency::none;
}

std::string what_to_do(const SellerStatus& status) {
  if (status.state == State::needs_authorization) return how_to_authorize(status);
  if (status.state == State::misconfigured) return how_to_configure(status);
  if (status.environment == Environment::sandbox) {
    return "these are a sandbox application's credentials, as it seems: set those of the production one, or "
           "add the roles that are missing, then " +
           command(status, "probe");
  }
  if (status.environment == Environment::neither) {
    return "do what the reason of the environment says, then " + command(status, "probe");
  }
  return "";
}

SetOutcome Sellers::set(const std::string& account, const Credentials& given, const KeyRing& ring) {
  require_name("account", account);
  KeyRing newest = ring;
  Credentials credentials = checked(given);
  return with_current_ring(newest, [&] { return set_once(account, credentials, newest); });
}

SetOutcome Sellers::set_once(const std::string& account, const Credentials& credentials,
                             const KeyRing& ring) {
  store::Transaction change(database_->connection());
  std::string key_id = ensure_sealing_key(change, ring);
  auto row = find_credential(change, account);
  auto before = opened(ring, account, row);
  bool changed = !before || !have_same_values(*before, credentials);
  CredentialRow after;
  after.version = (row ? row->version : 0) + (changed ? 1 : 0);
  after.changed_at = changed ? change.now() : row->changed_at;
  bool same_secret = before && before->client_secret == credentials.client_secret;
  after.secret_made_at = same_secret ? row->secret_made_at : change.now();
  put_credential(change, ring, key_id, account, credentials, after);
  renew_access(change, ring, database_name(account), after.version, changed);
  change.commit();
  return {changed};
}

bool Sellers::remove(const std::string& account) {
  require_name("account", account);
  store::Transaction change(database_->connection());
  bool removed = remove_row(change, account);
  change.run(sql::kRemoveAccess, database_name(account));
  // A worker that is refreshing with the removed credentials loses its lease, and so stores nothing.
  store::remove_lease(change, lease_name(database_name(account)));
  // With no credentials left nothing is lost by forgetting the key: a file whose master key was lost takes
  // the next one. Tokens of environments are fetched again.
  if (!has_credentials(change)) {
    change.run(sql::kDropEveryToken);
    change.run(sql::kStoreKeyId, std::optional<std::string>());
  }
  change.commit();
  return removed;
}

std::vector<SellerStatus> Sellers::status() const {
  store::Snapshot view(database_->connection());
  return list_sellers(view);
}

std::vector<SellerStatus> list_sellers(store::Snapshot& view) {
  auto sellers = stored_sellers(view);
  auto cell = std::lower_bound(
      sellers.begin(), sellers.end(), kDefaultAccount,
      [](const SellerStatus& seller, const char* account) { return seller.account < account; });
  if (cell != sellers.end() && cell->account == kDefaultAccount) return sellers;
  if (auto seller = environment_seller(view)) sellers.insert(cell, std::move(*seller));
  return sellers;
}

}  // namespace purser::spapi
