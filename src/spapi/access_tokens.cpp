#include "spapi/access_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random_id.h"
#include "base/text.h"
#include "spapi/credential_rows.h"
#include "spapi/sql.h"
#include "store/lease.h"
#include "store/row_check.h"

namespace purser::spapi {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kLongestBackOff = seconds(60);
constexpr Duration kMaxTokenLifetime = hours(24);  // Amazon's live an hour
constexpr Duration kClockSlack = minutes(1);
constexpr Duration kRetention = hours(24 * 30);
constexpr int kMaxFailures = 1'000'000;
// Amazon cannot have refused a request because of a token younger than this: a new one would fare no better.
constexpr Duration kTooYoungToBlame = minutes(1);
// A 403 from production and a 200 from the sandbox prove nothing: the sandbox takes tokens of production too.
constexpr Duration kSuspicionLifetime = hours(1);

struct AccessRow {
  std::optional<Sealed> token;
  std::string token_id;
  std::optional<Instant> refreshed_at, expires_at, probed_at;
  Access known;  // all but the token
};

// The defaults where there is no row yet.
AccessRow load_row(store::Snapshot& view, const std::string& name) {
  auto row = view.rows(sql::kFindAccess, name);
  if (!row.step()) return {};
  AccessRow access;
  auto token_id = row.get<std::optional<std::string>>(1);
  auto key_id = row.get<std::optional<std::string>>(2);
  access.refreshed_at = row.get<std::optional<Instant>>(3);
  access.expires_at = row.get<std::optional<Instant>>(4);
  access.known.state = state_of(row.get<std::string>(5));
  access.known.last_error = row.get<std::optional<std::string>>(6);
  access.known.failures = row.get<int>(7);
  access.known.next_try_at = row.get<std::optional<Instant>>(8);
  access.known.environment = environment_of(row.get<std::string>(9));
  access.probed_at = row.get<std::optional<Instant>>(10);
  bool has_token = !row.is_null(0);
  store::require_row(has_token == token_id.has_value() && has_token == key_id.has_value() &&
                         has_token == access.expires_at.has_value(),
                     "spapi_access: a token, its id, its key and its expiry are all there or none is");
  store::require_row(access.known.failures >= 0, "spapi_access: failures are counted from 0");
  if (has_token) access.token = Sealed{row.get<store::Blob>(0).bytes, *key_id};
  access.token_id = token_id.value_or("");
  return access;
}

bool is_recent(std::optional<Instant> at, Duration longest, Instant now) {
  return at && *at <= now && now - *at < longest;
}

Environment believed_environment(const AccessRow& row, Instant now) {
  bool is_stale =
      row.known.environment == Environment::sandbox && !is_recent(row.probed_at, kSuspicionLifetime, now);
  return is_stale ? Environment::unknown : row.known.environment;
}

// If the clock went back since the token was stored, its expiry means nothing: the token counts as expired,
// which costs one refresh, instead of as good for as long as the clock was wrong.
Instant believed_expiry(const AccessRow& row, Instant now) {
  bool went_back = row.refreshed_at && *row.refreshed_at > now + kClockSlack;
  bool too_far = *row.expires_at > now + kMaxTokenLifetime + kClockSlack;
  return went_back || too_far ? now : *row.expires_at;
}

std::optional<AccessToken> open_token(const AccessRow& row, const std::string& name, const KeyRing& ring,
                                      Instant now) {
  if (!row.token) return std::nullopt;
  return AccessToken{open(ring, token_cell(name), *row.token), row.token_id, believed_expiry(row, now),
                     false};
}

Duration back_off_after(int failures) {
  constexpr int kDoublings = 6;
  return std::min<Duration>(seconds(1LL << std::min(failures - 1, kDoublings)), kLongestBackOff);
}

Access access_of(const AccessRow& row, std::optional<AccessToken> token, Instant now) {
  Access access = row.known;
  access.token = std::move(token);
  access.next_try_at = in_force(row.known.next_try_at, now);
  access.environment = believed_environment(row, now);
  return access;
}

// For Retry::yes. Drops also a token that does not open, which would make every call fail.
void clear_latch(store::Transaction& change, const Subject& subject, const KeyRing& ring) {
  change.run(sql::kClearLatch, subject.name);
  if (!token_opens(change, ring, subject.name)) change.run(sql::kDropToken, subject.name);
}

// If the token is the one that Amazon refused, makes it expire now, for all workers.
void expire_rejected(store::Transaction& change, const Subject& subject, std::optional<AccessToken>& token,
                     const std::string& rejected) {
  if (!token || rejected.empty() || token->token_id != rejected) return;
  token->expires_at = std::min(token->expires_at, change.now());
  change.run(sql::kExpireToken, subject.name, token->expires_at);
}

RefreshClaim decide(store::Transaction& change, const Subject& subject, const KeyRing& ring,
                    const std::string& rejected) {
  AccessRow row = load_row(change, subject.name);
  std::string error = row.known.last_error.value_or("");
  if (row.known.state != State::ok) return Latched{row.known.state, error};
  auto token = open_token(row, subject.name, ring, change.now());
  if (!is_recent(row.refreshed_at, kTooYoungToBlame, change.now()))
    expire_rejected(change, subject, token, rejected);
  Freshness freshness = token ? freshness_of(*token, change.now()) : Freshness::expired;
  if (freshness == Freshness::good) return *token;
  if (auto until = in_force(row.known.next_try_at, change.now())) {
    if (freshness == Freshness::advisory) return *token;
    return BackOff{*until, error};
  }
  require_sealing_key(change, ring);  // before Amazon is asked for a token that could not be stored
  auto [lease, ours] = store::find_or_take_lease(change, lease_name(subject.name), kRefreshLease);
  if (ours) return RefreshLease{lease.fence};
  if (freshness == Freshness::advisory) return *token;
  return RefreshInFlight{lease.lapses_at()};
}

bool is_current(store::Snapshot& view, const Subject& subject) {
  if (subject.source == Source::environment) return true;  // other credentials have another name
  auto row = view.rows(sql::kFindVersion, subject.account);
  return row.step() && row.get<std::int64_t>(0) == subject.version;
}

// Ends the lease. True if the result of the refresh counts: the lease was live and the caller's, and the
// credentials are the same.
bool end_refresh(store::Transaction& change, const Subject& subject, const RefreshLease& lease) {
  auto found = store::find_lease(change, lease_name(subject.name));
  bool held = found && found->fence == lease.fence;
  store::end_lease(change, lease_name(subject.name), lease.fence);
  return held && is_current(change, subject);
}

void ensure_row(store::Transaction& change, const Subject& subject) {
  change.run(sql::kEnsureAccess, subject.name, name_of(subject.source), subject.version);
}

void put_token(store::Transaction& change, const Subject& subject, const KeyRing& ring, AccessToken& token) {
  std::string key_id = ensure_sealing_key(change, ring);
  token.token_id = random_id(change.now());
  token.expires_at = std::min(token.expires_at, change.now() + kMaxTokenLifetime);
  ensure_row(change, subject);
  change.run(sql::kStoreToken, subject.name, subject.version,
             store::Blob{seal(ring, key_id, token_cell(subject.name), token.token)}, token.token_id, key_id,
             change.now(), token.expires_at);
}

void forget_old(store::Transaction& change, const Subject& subject) {
  change.run(sql::kForgetOldAccess, subject.name, change.now() - kRetention);
  change.run(sql::kForgetOldPace, change.now() - kRetention);
}

std::optional<Subject> database_subject(store::Snapshot& view, const std::string& account) {
  auto row = find_credential(view, account);
  if (!row) return std::nullopt;
  return Subject{account,      database_name(account), Source::database,
                 row->version, row->seller_id,         row->region};
}

Subject environment_subject(store::Snapshot& view, const std::string& account,
                            const Credentials& credentials) {
  return {
      account,           environment_name(view, credentials), Source::environment, 0, credentials.seller_id,
      credentials.region};
}

std::optional<CredentialRow> credential_row(store::Connection& connection, const Subject& subject) {
  store::Snapshot view(connection);
  auto row = find_credential(view, subject.account);
  return row && row->version == subject.version ? row : std::nullopt;
}

}  // namespace

Subject load_subject(store::Connection& connection, const std::string& account) {
  require_name("account", account);
  store::Snapshot view(connection);
  if (auto stored = database_subject(view, account)) return *stored;
  auto credentials = account == "default" ? credentials_from_environment() : std::nullopt;
  if (!credentials) {
    throw Error(
        ErrorCode::no_credentials,
        fmt::format("there are no SP-API credentials of '{}': `purser spapi set` stores them{}", account,
                    account == "default" ? ", or set SP_API_SELLER_ID, SP_API_CLIENT_ID, "
                                           "SP_API_CLIENT_SECRET and SP_API_REFRESH_TOKEN"
                                         : ""));
  }
  return environment_subject(view, account, *credentials);
}

std::optional<Credentials> credentials_of(store::Connection& connection, const Subject& subject,
                                          KeyRing& ring) {
  if (subject.source == Source::environment) return credentials_from_environment();
  return with_current_ring(ring, [&]() -> std::optional<Credentials> {
    auto row = credential_row(connection, subject);
    if (!row) return std::nullopt;
    return open_credentials(ring, subject.account, *row);
  });
}

Access load_access(store::Connection& connection, const Subject& subject, KeyRing& ring) {
  return with_current_ring(ring, [&] {
    AccessRow row;
    Instant now;
    {
      store::Snapshot view(connection);
      row = load_row(view, subject.name);
      now = view.now();
    }
    return access_of(row, open_token(row, subject.name, ring, now), now);
  });
}

std::optional<Instant> in_force(std::optional<Instant> next_try_at, Instant now) {
  bool holds = next_try_at && *next_try_at > now && *next_try_at <= now + kLongestBackOff;
  return holds ? next_try_at : std::nullopt;
}

Freshness freshness_of(const AccessToken& token, Instant now) {
  if (now < token.expires_at - kAdvisoryWindow) return Freshness::good;
  return now < token.expires_at - kMandatoryWindow ? Freshness::advisory : Freshness::expired;
}

RefreshClaim claim_refresh(store::Connection& connection, const Subject& subject, KeyRing& ring,
                           const std::string& rejected, Retry retry) {
  return with_current_ring(ring, [&] {
    store::Transaction change(connection);
    if (retry == Retry::yes) clear_latch(change, subject, ring);
    RefreshClaim claim = decide(change, subject, ring, rejected);
    change.commit();
    return claim;
  });
}

bool store_success(store::Connection& connection, const Subject& subject, const RefreshLease& lease,
                   KeyRing& ring, AccessToken& token) {
  return with_current_ring(ring, [&] {
    store::Transaction change(connection);
    bool counts = end_refresh(change, subject, lease);
    if (counts) {
      put_token(change, subject, ring, token);
      forget_old(change, subject);
    }
    change.commit();
    return counts;
  });
}

bool store_failure(store::Connection& connection, const Subject& subject, const RefreshLease& lease,
                   State latch, const std::string& error, std::optional<Duration> pause) {
  store::Transaction change(connection);
  bool counts = end_refresh(change, subject, lease);
  if (counts) {
    ensure_row(change, subject);
    int failures = std::min(load_row(change, subject.name).known.failures, kMaxFailures) + 1;
    std::optional<Instant> next_try_at;
    Duration asked_for = std::min(pause.value_or(Duration::zero()), kLongestBackOff);
    if (latch == State::ok) next_try_at = change.now() + std::max(back_off_after(failures), asked_for);
    change.run(sql::kStoreFailure, subject.name, subject.version, name_of(latch), error, change.now(),
               failures, next_try_at);
  }
  change.commit();
  return counts;
}

void abandon_refresh(store::Connection& connection, const Subject& subject, const RefreshLease& lease) {
  store::Transaction change(connection);
  end_refresh(change, subject, lease);
  change.commit();
}

void store_probe(store::Connection& connection, const Subject& subject, const Probe& probe) {
  store::Transaction change(connection);
  if (is_current(change, subject)) {
    ensure_row(change, subject);
    change.run(sql::kStoreProbe, subject.name, name_of(probe.environment), probe.reason, change.now());
  }
  change.commit();
}

}  // namespace purser::spapi
