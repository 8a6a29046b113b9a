// Acquire, request, settle: what a worker does with Keepa, in one piece.
#include <fmt/format.h>

#include <algorithm>

#include "http/retry.h"
#include "keepa/client.h"
#include "keepa/key_fingerprint.h"
#include "keepa/refresh.h"
#include "keepa/waiting.h"

namespace purser::keepa {
namespace {

// A call of this cost or more is sent once: what failed inside Keepa may have been charged.
constexpr Millitokens kCostly = tokens(50);
constexpr http::Backoff kBackoff{3, std::chrono::seconds(1), std::chrono::seconds(10)};

bool is_observation_due(const AcquireOutcome& outcome) {
  if (const auto* refused = std::get_if<Refused>(&outcome)) return refused->observe_due;
  const auto* never = std::get_if<Never>(&outcome);
  return never != nullptr && never->observe_due;
}

bool is_passing(const Error& fault) {
  return fault.code() == ErrorCode::unreachable || fault.code() == ErrorCode::no_answer ||
         fault.code() == ErrorCode::service_failed;
}

Duration time_left(Clock& clock, SteadyInstant deadline) {
  SteadyInstant now = clock.steady_now();
  return deadline > now ? std::chrono::floor<Duration>(deadline - now) : Duration::zero();
}

// Of one call.
struct Tries {
  int failures = 0;
  int late_refusals = 0;  // 429s when the wait was over
};

}  // namespace

struct Service::Inside {
  Inside(Database& database_in, ServiceOptions options_in, const std::string& account_in)
      : database(database_in),
        options(std::move(options_in)),
        account{account_in, fingerprint_of(options.api_key)},
        ledger(database_in, account_in) {}

  store::Connection& connection() const { return database.connection(); }
  Clock& clock() const { return connection().clock(); }
  void warn(const std::string& text) const { connection().log(LogLevel::warning, text); }

  // True where Keepa was asked, by us or by another just now. What passes by itself is a line in the log: one
  // for each wait, or a night without a network would fill a disk.
  bool refresh_if_possible(bool& warned);
  AcquireOutcome decide(const AcquireRequest& request, SteadyInstant deadline, bool& warned);
  http::Result send(const http::Request& request);
  // Ends the reservation with what came of its request. Throws where there is no answer.
  Answer answer_for(Spending& spending, const http::Request& request, SettleOutcome& settled);
  SettleOutcome settle(Spending& spending, const Answer& answer);
  // When to ask again after an answer that is none; throws where that is no use.
  SteadyInstant repeat_at(const Answer& answer, Millitokens cost, Tries& tries, SteadyInstant deadline) const;
  [[noreturn]] void give_up_on(Spending& spending, const http::Failure& failure);

  Database& database;
  ServiceOptions options;
  KeyedAccount account;
  Ledger ledger;
  http::Transport transport;
};

// --- Waiting for tokens ----------------------------------------------------------------------------

bool Service::Inside::refresh_if_possible(bool& warned) {
  try {
    ask_for_balance(database, transport, options, account, NewKey::refused);
    return true;
  } catch (const Error& fault) {
    if (!is_passing(fault)) throw;
    if (!warned) warn(fmt::format("{}; what is known of the balance stays", fault.what()));
    warned = true;
    return false;
  }
}

AcquireOutcome Service::Inside::decide(const AcquireRequest& request, SteadyInstant deadline, bool& warned) {
  AcquireOutcome outcome = acquire_unless_busy(ledger, clock(), request, deadline);
  if (!is_observation_due(outcome) || !refresh_if_possible(warned)) return outcome;
  return acquire_unless_busy(ledger, clock(), request, deadline);
}

// --- One request -----------------------------------------------------------------------------------

// What was never sent may be sent again.
http::Result Service::Inside::send(const http::Request& request) {
  for (int next = 2;; ++next) {
    http::Result result =
        transport.send(request, {options.connect_deadline, options.deadline, options.largest_answer});
    const auto* failure = std::get_if<http::Failure>(&result);
    bool repeat = failure != nullptr && failure->fate == http::Fate::never_sent &&
                  failure->cause != http::Cause::insecure && next <= kBackoff.tries;
    if (!repeat) return result;
    clock().sleep_until(clock().steady_now() + http::backoff_before(next, kBackoff, http::random_jitter()));
  }
}

void Service::Inside::give_up_on(Spending& spending, const http::Failure& failure) {
  if (failure.fate == http::Fate::never_sent) {
    spending.release();
    throw Error(ErrorCode::unreachable, failure.message + "; nothing was charged");
  }
  spending.settle(Settlement{});
  bool warned = false;
  refresh_if_possible(warned);
  throw Error(ErrorCode::no_answer, failure.message + "; it may have been charged and is counted as spent");
}

// An answer to another key's request says nothing of this account any more.
SettleOutcome Service::Inside::settle(Spending& spending, const Answer& answer) {
  if (is_own_key(connection(), account)) return spending.settle(settlement_of(answer));
  return {spending.release(), {false, {}, ledger.status().state}};
}

Answer Service::Inside::answer_for(Spending& spending, const http::Request& request, SettleOutcome& settled) {
  http::Result result = send(request);
  if (const auto* failure = std::get_if<http::Failure>(&result)) give_up_on(spending, *failure);
  Answer answer = read_answer(std::move(std::get<http::Response>(result)));
  settled = settle(spending, answer);
  bool warned = false;
  if (!answer.observation && was_worked_on(answer.meaning)) refresh_if_possible(warned);
  return answer;
}

SteadyInstant Service::Inside::repeat_at(const Answer& answer, Millitokens cost, Tries& tries,
                                         SteadyInstant deadline) const {
  SteadyInstant now = clock().steady_now();
  if (answer.meaning == Meaning::no_tokens) {
    // Once the wait is over, the ledger is asked once more: it knows now what Keepa has, and says so.
    bool over = now >= deadline && (!answer.observation || ++tries.late_refusals > 1);
    if (over) throw Error(ErrorCode::rate_limited, explain(answer));
    auto refill_in = answer.observation ? answer.observation->refill_in : std::nullopt;
    return std::min(now + std::min(refill_in.value_or(kLongestNap), kLongestNap), deadline);
  }
  bool may_repeat = answer.meaning == Meaning::failed && answer.status >= 500 && cost < kCostly;
  if (may_repeat && ++tries.failures < kBackoff.tries) {
    return now + http::backoff_before(tries.failures + 1, kBackoff, http::random_jitter());
  }
  bool credentials = answer.meaning == Meaning::wrong_key || answer.meaning == Meaning::no_access;
  throw Error(credentials ? ErrorCode::credentials_refused : ErrorCode::service_failed, explain(answer));
}

// --- The service -----------------------------------------------------------------------------------

Service::Service(Database& database, ServiceOptions options, std::string account)
    : inside_(
          (require_key(options.api_key), std::make_unique<Inside>(database, std::move(options), account))) {}
Service::~Service() = default;
Service::Service(Service&&) noexcept = default;

Ledger& Service::ledger() { return inside_->ledger; }

Refresh Service::refresh(NewKey new_key) {
  return ask_for_balance(inside_->database, inside_->transport, inside_->options, inside_->account, new_key);
}

SpendingOutcome Service::acquire(const AcquireRequest& request, Duration wait) {
  Clock& clock = inside_->clock();
  SteadyInstant deadline = deadline_after(clock.steady_now(), wait);
  require_own_key(inside_->connection(), inside_->account);
  bool warned = false;
  for (;;) {
    AcquireOutcome outcome = inside_->decide(request, deadline, warned);
    if (auto* granted = std::get_if<Granted>(&outcome)) {
      return SpendingOutcome(std::in_place_type<Spending>, inside_->ledger, *granted, inside_->database);
    }
    if (auto* never = std::get_if<Never>(&outcome)) return *never;
    auto look_again = next_look(outcome, clock.steady_now(), deadline);
    if (!look_again) return std::get<Refused>(outcome);
    clock.sleep_until(*look_again);
  }
}

CallOutcome Service::call(const Call& call, Duration wait) {
  Clock& clock = inside_->clock();
  SteadyInstant deadline = deadline_after(clock.steady_now(), wait);
  http::Request request = request_of(inside_->options, call);
  AcquireRequest tokens_wanted{.task = call.task, .cost = call.cost, .kind = call.kind};
  for (Tries tries;;) {
    SpendingOutcome outcome = acquire(tokens_wanted, time_left(clock, deadline));
    if (auto* refused = std::get_if<Refused>(&outcome)) return *refused;
    if (auto* never = std::get_if<Never>(&outcome)) return *never;
    SettleOutcome settled;
    Answer answer = inside_->answer_for(std::get<Spending>(outcome), request, settled);
    if (answer.meaning == Meaning::answered || answer.meaning == Meaning::rejected) {
      return Reply{answer.status, std::move(answer.body), answer.error, answer.consumed, settled};
    }
    clock.sleep_until(inside_->repeat_at(answer, call.cost, tries, deadline));
  }
}

}  // namespace purser::keepa
