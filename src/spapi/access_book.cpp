#include "spapi/access_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random_id.h"
#include "base/text.h"
#include "spapi/credential_rows.h"
#include "spapi/names.h"
#include "spapi/sql.h"
#include "store/lease.h"

namespace purser::spapi {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kLongestBackOff = seconds(60);
constexpr Duration kLongestLife = hours(24);  // of a token: Amazon's live an hour
constexpr Duration kClockSlack = minutes(1);
constexpr Duration kRemembered = hours(24 * 30);
constexpr int kMostFailures = 1'000'000;
// A younger token is not why Amazon refused: the next one would be refused alike.
constexpr Duration kTooYoungToBlame = minutes(1);
// 403 there and 200 from the sandbox prove nothing: a token of production works on the sandbox too.
constexpr Duration kSuspicionHolds = hours(1);

struct AccessRow {
  std::optional<Sealed> token;
  std::string token_id;
  std::optional<Instant> refreshed_at, expires_at, probed_at;
  Access known;  // all but the token
};

std::optional<Sealed> sealed_token(const store::Statement& row) {
  if (row.is_null(0)) return std::nullopt;
  return Sealed{row.get<store::Blob>(0).bytes, row.get<std::string>(2)};
}

// The defaults where nothing is known yet.
AccessRow load_row(store::Snapshot& view, const std::string& name) {
  auto row = view.rows(sql::kFindAccess, name);
  if (!row.step()) return {};
  AccessRow access;
  access.token = sealed_token(row);
  access.token_id = row.get<std::optional<std::string>>(1).value_or("");
  access.refreshed_at = row.get<std::optional<Instant>>(3);
  access.expires_at = row.get<std::optional<Instant>>(4);
  access.known.state = state_of(row.get<std::string>(5));
  access.known.last_error = row.get<std::optional<std::string>>(6);
  access.known.failures = row.get<int>(7);
  access.known.next_try_at = row.get<std::optional<Instant>>(8);
  access.known.environment = environment_of(row.get<std::string>(9));
  access.probed_at = row.get<std::optional<Instant>>(12);
  return access;
}

bool is_recent(std::optional<Instant> at, Duration longest, Instant now) {
  return at && *at <= now && now - *at < longest;
}

Environment believed_environment(const AccessRow& row, Instant now) {
  bool is_stale =
      row.known.environment == Environment::sandbox && !is_recent(row.probed_at, kSuspicionHolds, now);
  return is_stale ? Environment::unknown : row.known.environment;
}

// A clock that went back since the token came cannot tell when it ends: it is taken as expired, which costs
// one refresh, and not as good for as long as the clock was wrong.
Instant believed_expiry(const AccessRow& row, Instant now) {
  bool went_back = row.refreshed_at && *row.refreshed_at > now + kClockSlack;
  bool too_far = *row.expires_at > now + kLongestLife + kClockSlack;
  return went_back || too_far ? now : *row.expires_at;
}

std::optional<AccessToken> open_token(const AccessRow& row, const std::string& name, const KeyRing& ring,
                                      Instant now) {
  if (!row.token) return std::nullopt;
  return AccessToken{open(ring, token_place(name), *row.token), row.token_id, believed_expiry(row, now),
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

// A person asks once more: also what does not open stands no longer in the way.
void begin_again(store::Transaction& change, const Subject& subject, const KeyRing& ring) {
  change.run(sql::kClearLatch, subject.name);
  if (!token_opens(change, ring, subject.name)) change.run(sql::kDropToken, subject.name);
}

// The token with its end put to now, for all, where it is the one that Amazon refused.
void expire_rejected(store::Transaction& change, const Subject& subject, std::optional<AccessToken>& token,
                     const std::string& rejected) {
  if (!token || rejected.empty() || token->token_id != rejected) return;
  token->expires_at = std::min(token->expires_at, change.now());
  change.run(sql::kExpireToken, subject.name, token->expires_at);
}

Turn decide(store::Transaction& change, const Subject& subject, const KeyRing& ring,
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
  require_sealing_key(change, ring);  // nobody asks Amazon for what could not be stored
  auto [lease, ours] = store::find_or_take_lease(change, lease_name(subject.name), kRefreshLease);
  if (ours) return OurTurn{lease.fence};
  if (freshness == Freshness::advisory) return *token;
  return AnothersTurn{lease.lapses_at()};
}

bool is_current(store::Snapshot& view, const Subject& subject) {
  if (subject.source == Source::environment) return true;  // others would have another name
  auto row = view.rows(sql::kFindVersion, subject.account);
  return row.step() && row.get<std::int64_t>(0) == subject.version;
}

// Ends our turn. True where its result counts: the lease was live and ours, the credentials are the same.
bool end_turn(store::Transaction& change, const Subject& subject, const OurTurn& turn) {
  auto lease = store::find_lease(change, lease_name(subject.name));
  bool held = lease && lease->fence == turn.fence;
  store::end_lease(change, lease_name(subject.name), turn.fence);
  return held && is_current(change, subject);
}

void ensure_row(store::Transaction& change, const Subject& subject) {
  change.run(sql::kEnsureAccess, subject.name, name_of(subject.source), subject.version);
}

void put_token(store::Transaction& change, const Subject& subject, const KeyRing& ring, AccessToken& token) {
  std::string key_id = sealing_key(change, ring);
  token.token_id = random_id(change.now());
  token.expires_at = std::min(token.expires_at, change.now() + kLongestLife);
  ensure_row(change, subject);
  change.run(sql::kStoreToken, subject.name, subject.version,
            store::Blob{seal(ring, key_id, token_place(subject.name), token.token)}, token.token_id, key_id,
            change.now(), token.expires_at);
}

void forget_old(store::Transaction& change, const Subject& subject) {
  change.run(sql::kForgetOldAccess, subject.name, change.now() - kRemembered);
  change.run(sql::kForgetOldPace, change.now() - kRemembered);
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
  return with_newest(ring, [&]() -> std::optional<Credentials> {
    auto row = credential_row(connection, subject);
    if (!row) return std::nullopt;
    return open_credentials(ring, subject.account, *row);
  });
}

Access load_access(store::Connection& connection, const Subject& subject, KeyRing& ring) {
  return with_newest(ring, [&] {
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

Turn take_turn(store::Connection& connection, const Subject& subject, KeyRing& ring,
               const std::string& rejected, Retry retry) {
  return with_newest(ring, [&] {
    store::Transaction change(connection);
    if (retry == Retry::yes) begin_again(change, subject, ring);
    Turn turn = decide(change, subject, ring, rejected);
    change.commit();
    return turn;
  });
}

bool store_success(store::Connection& connection, const Subject& subject, const OurTurn& turn, KeyRing& ring,
                   AccessToken& token) {
  return with_newest(ring, [&] {
    store::Transaction change(connection);
    bool counts = end_turn(change, subject, turn);
    if (counts) {
      put_token(change, subject, ring, token);
      forget_old(change, subject);
    }
    change.commit();
    return counts;
  });
}

bool store_failure(store::Connection& connection, const Subject& subject, const OurTurn& turn, State latch,
                   const std::string& error, std::optional<Duration> pause) {
  store::Transaction change(connection);
  bool counts = end_turn(change, subject, turn);
  if (counts) {
    ensure_row(change, subject);
    int failures = std::min(load_row(change, subject.name).known.failures, kMostFailures) + 1;
    std::optional<Instant> next_try_at;
    Duration told = std::min(pause.value_or(Duration::zero()), kLongestBackOff);
    if (latch == State::ok) next_try_at = change.now() + std::max(back_off_after(failures), told);
    change.run(sql::kStoreFailure, subject.name, subject.version, name_of(latch), error, change.now(), failures, next_try_at);
  }
  change.commit();
  return counts;
}

void give_up_turn(store::Connection& connection, const Subject& subject, const OurTurn& turn) {
  store::Transaction change(connection);
  end_turn(change, subject, turn);
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
