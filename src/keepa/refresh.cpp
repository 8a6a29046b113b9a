#include "keepa/refresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "http/retry.h"
#include "keepa/client.h"
#include "keepa/envelope.h"
#include "keepa/ledger_writer.h"
#include "keepa/sql.h"
#include "keepa/waiting.h"
#include "store/lease.h"
#include "store/lease_wait.h"

namespace purser::keepa {
namespace {

// One name for the whole database: Keepa is asked for balances by one worker at a time.
constexpr char kLease[] = "keepa refresh";
constexpr Duration kLeaseMargin = std::chrono::seconds(10);
constexpr Duration kLongWait = std::chrono::seconds(5);  // after this, a log line says who is waited for
constexpr http::Backoff kBackoff{3, std::chrono::seconds(1), std::chrono::seconds(8)};

struct RefreshRow {
  bool known = false;
  std::optional<Instant> observed_at;
  std::optional<std::string> fingerprint;
  std::optional<Instant> begun_at;
};

std::optional<RefreshRow> find_refresh(store::Snapshot& view, const std::string& account) {
  auto row = view.rows(sql::kLoadRefresh, account);
  if (!row.step()) return std::nullopt;
  return RefreshRow{row.get<bool>(0), row.get<std::optional<Instant>>(1),
                    row.get<std::optional<std::string>>(2), row.get<std::optional<Instant>>(3)};
}

bool belongs_to_another(const std::optional<RefreshRow>& row, const KeyedAccount& account) {
  return row && row->fingerprint && *row->fingerprint != account.fingerprint;
}

[[noreturn]] void refuse_another_key(const std::string& account) {
  throw Error(
      ErrorCode::another_key,
      fmt::format("the Keepa account '{}' belongs to another API key than KEEPA_API_KEY: set the right one, "
                  "or let the account change over with `purser --account {} keepa refresh --new-key`",
                  account, account));
}

// False after the clock was set back: that is no reason to wait.
bool is_too_soon(const RefreshRow& row, Instant now) {
  return row.known && row.begun_at && *row.begun_at <= now && now - *row.begun_at < kRefreshInterval;
}

// --- Whose turn it is ------------------------------------------------------------------------------

struct Ours {
  std::string fence;
  RequestBaseline baseline;
  SteadyInstant lapses_at;
  // The account goes over to this key once Keepa has accepted it: a mistyped key takes nothing over.
  bool changes_over = false;
};
struct Anothers {
  std::string worker;
  Instant lapses_at;
};
using Turn = std::variant<Ours, Anothers, Refresh>;  // Refresh: there is nothing to do

Turn take_turn(store::Connection& connection, const KeyedAccount& account, NewKey new_key) {
  store::Transaction change(connection);
  LedgerWriter writer(change, find_or_make_account(change, account.name));
  auto row = find_refresh(change, account.name);
  bool changes_over = belongs_to_another(row, account);
  if (changes_over && new_key == NewKey::refused) refuse_another_key(account.name);
  Turn turn;
  if (!changes_over && is_too_soon(*row, change.now())) {
    turn = Refresh{false, row->observed_at, writer.unapplied()};
  } else if (auto [lease, taken] = store::find_or_take_lease(change, kLease, kRefreshDeadline + kLeaseMargin);
             taken) {
    change.run(sql::kBeginRefresh, account.name, change.now());
    RequestBaseline baseline = writer.baseline();
    baseline.is_ours = true;
    turn = Ours{lease.fence, baseline, connection.clock().steady_now() + kRefreshDeadline + kLeaseMargin,
                changes_over};
  } else {
    turn = Anothers{lease.holder, lease.lapses_at()};
  }
  writer.commit(connection);
  return turn;
}

void give_turn_back(store::Connection& connection, const std::string& fence) {
  store::Transaction change(connection);
  store::end_lease(change, kLease, fence);
  change.commit();
}

// --- The request -----------------------------------------------------------------------------------

bool may_repeat(const http::Result& result) {
  if (const auto* failure = std::get_if<http::Failure>(&result))
    return failure->cause != http::Cause::insecure;
  return http::is_passing(std::get<http::Response>(result).status);
}

http::Result ask_with_repeats(Clock& clock, http::Transport& transport, const ServiceOptions& options,
                              SteadyInstant give_up) {
  SteadyInstant deadline = std::min(clock.steady_now() + kRefreshDeadline, give_up);
  http::Request request = token_request_of(options);
  http::Repeats repeats(clock, kBackoff, deadline);
  for (;;) {
    auto left = std::chrono::floor<Duration>(deadline - clock.steady_now());
    http::Result result =
        transport.send(request, {options.connect_deadline,
                                 std::max(std::min({options.deadline, kOneTokenTry, left}), Duration{1}),
                                 http::kMaxBodyBytes});
    Duration asked_for{0};
    if (const auto* response = std::get_if<http::Response>(&result)) {
      asked_for = http::retry_after_of(*response, clock.now()).value_or(asked_for);
    }
    if (!may_repeat(result) || !repeats.wait(asked_for)) return result;
  }
}

Observation observation_in(http::Result result) {
  if (auto* failure = std::get_if<http::Failure>(&result)) {
    bool unsent = failure->fate == http::Fate::never_sent;
    throw Error(unsent ? ErrorCode::unreachable : ErrorCode::no_answer, failure->message);
  }
  ParsedResponse response = interpret(std::move(std::get<http::Response>(result)));
  if (response.observation) return *response.observation;  // of a 429 or a 5xx too
  bool credentials = response.meaning == Meaning::wrong_key || response.meaning == Meaning::no_access;
  throw Error(credentials ? ErrorCode::credentials_refused : ErrorCode::service_failed,
              message_for(response));
}

// --- What came of it -------------------------------------------------------------------------------

Refresh store_observation(store::Connection& connection, const KeyedAccount& account, const Ours& turn,
                          const Observation& observation) {
  store::Transaction change(connection);
  store::end_lease(change, kLease, turn.fence);
  LedgerWriter writer(change, load_account(change, account.name));
  auto row = find_refresh(change, account.name);
  bool is_anothers = belongs_to_another(row, account);
  if (is_anothers && !turn.changes_over) refuse_another_key(account.name);  // since our turn began
  require_not_ahead(observation, change.now(), Apply::if_newer);
  if ((is_anothers || !row->known) && !observation.refill_rate) {
    throw Error(ErrorCode::service_failed,
                "Keepa's answer has no refillRate, which a first one needs: try again");
  }
  if (is_anothers) writer.forget();
  if (is_anothers || !row->fingerprint) change.run(sql::kStoreFingerprint, account.name, account.fingerprint);
  Refresh done{true, row->observed_at, {}};
  done.observed = has_only_zeros(observation)
                      ? writer.unapplied(NotApplied::key_refused)
                      : writer.apply_if_later(observation, writer.standing(observation, turn.baseline));
  if (done.observed.applied) done.observed_at = change.now();
  writer.commit(connection);
  report_ignored(connection, observation);
  return done;
}

// A busy database passes: until `give_up`, and while the turn is ours, this tries again to store Keepa's
// response and to end the turn.
Refresh ask_and_store(store::Connection& connection, http::Transport& transport,
                      const ServiceOptions& options, const KeyedAccount& account, const Ours& turn,
                      SteadyInstant give_up) {
  Clock& clock = connection.clock();
  SteadyInstant deadline = std::min(give_up, turn.lapses_at);
  try {
    auto observation = observation_in(ask_with_repeats(clock, transport, options, give_up));
    return retried_while_busy(clock, deadline,
                              [&] { return store_observation(connection, account, turn, observation); });
  } catch (...) {
    try {
      retried_while_busy(clock, deadline, [&] { give_turn_back(connection, turn.fence); });
    } catch (const Error& fault) {
      connection.log(LogLevel::warning, fault.what());  // then it lapses by itself
    }
    throw;
  }
}

}  // namespace

KeyOwner owner_of_key(store::Connection& connection, const KeyedAccount& account) {
  store::Snapshot view(connection);
  auto row = find_refresh(view, account.name);
  if (!row || !row->fingerprint) return KeyOwner::nobody;
  return belongs_to_another(row, account) ? KeyOwner::another : KeyOwner::us;
}

KeyOwner record_key(store::Connection& connection, const KeyedAccount& account) {
  store::Transaction change(connection);
  auto row = find_refresh(change, account.name);
  if (row && !row->fingerprint) change.run(sql::kStoreFingerprint, account.name, account.fingerprint);
  change.commit();
  return belongs_to_another(row, account) ? KeyOwner::another : KeyOwner::us;
}

void require_own_key(store::Connection& connection, const KeyedAccount& account) {
  if (owner_of_key(connection, account) == KeyOwner::another) refuse_another_key(account.name);
}

Refresh fetch_balance(DatabaseLink database, http::Transport& transport, const ServiceOptions& options,
                      const KeyedAccount& account, NewKey new_key, SteadyInstant give_up) {
  store::Connection& connection = database.connection();
  Clock& clock = connection.clock();
  // Two holders may die one after the other; a third dead one is no accident.
  const SteadyInstant began = clock.steady_now();
  store::LeaseWait request_of_another(clock, std::min(began + 2 * (kRefreshDeadline + kLeaseMargin), give_up),
                                      "request for Keepa's balance");
  for (bool has_logged = false;;) {
    Turn turn = take_turn(connection, account, new_key);
    if (auto* none = std::get_if<Refresh>(&turn)) return *none;
    if (auto* ours = std::get_if<Ours>(&turn))
      return ask_and_store(connection, transport, options, account, *ours, give_up);
    request_of_another.require_patience();
    const auto& other = std::get<Anothers>(turn);
    if (clock.steady_now() - began >= kLongWait && !std::exchange(has_logged, true)) {
      connection.log(LogLevel::info, fmt::format("{} asks Keepa for the balance since before; "
                                                 "if it has died, another may ask at {}",
                                                 other.worker, rfc3339(other.lapses_at)));
    }
    request_of_another.look_again(other.lapses_at);
  }
}

}  // namespace purser::keepa
