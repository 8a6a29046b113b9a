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
// A balance that is asked for at the end of a wait is waited for as long, at least.
constexpr Duration kShortestTokenTry = std::chrono::seconds(5);

bool is_observation_due(const AcquireOutcome& outcome) {
  if (const auto* refused = std::get_if<Refused>(&outcome)) return refused->observe_due;
  const auto* never = std::get_if<Never>(&outcome);
  return never != nullptr && never->observe_due;
}

bool is_passing(const Error& fault) {
  return fault.code() == ErrorCode::unreachable || fault.code() == ErrorCode::no_answer ||
         fault.code() == ErrorCode::service_failed || fault.code() == ErrorCode::timestamp_ahead ||
         fault.code() == ErrorCode::busy;
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
  Inside(Database& database_in, ServiceOptions options_in, std::string account_in)
      : database(database_in),
        options(std::move(options_in)),
        account{account_in, fingerprint_of(options.api_key)},
        ledger(database_in, std::move(account_in)) {}

  store::Connection& connection() const { return database.connection(); }
  Clock& clock() const { return connection().clock(); }
  void warn(const std::string& text) const { connection().log(LogLevel::warning, text); }

  // True where Keepa was asked, by us or by another just now. What passes by itself is a line in the log: one
  // for each wait, or a night without a network would fill a disk.
  bool refresh_if_possible(SteadyInstant give_up, bool& warned);
  AcquireOutcome decide(const AcquireRequest& request, SteadyInstant deadline,
                        const std::optional<AcquireOutcome>& last, bool& warned);
  http::Result send(const http::Request& request);
  // Ends the reservation with what came of its request. Throws where there is no answer.
  ParsedAnswer answer_for(Spending& spending, const http::Request& request, SettleOutcome& settled);
  SettleOutcome settle(Spending& spending, const ParsedAnswer& answer);
  template <typename End>
  SettleOutcome end(Spending& spending, End&& how);
  void learn_the_balance();
  // When to ask again after an answer that is none; throws where that is no use.
  SteadyInstant repeat_at(const ParsedAnswer& answer, Millitokens cost, Tries& tries,
                          SteadyInstant deadline) const;
  [[noreturn]] void give_up_on(Spending& spending, const http::Failure& failure);

  DatabaseLink database;
  ServiceOptions options;
  KeyedAccount account;
  Ledger ledger;
  http::Transport transport;
};

// --- Waiting for tokens ----------------------------------------------------------------------------

bool Service::Inside::refresh_if_possible(SteadyInstant give_up, bool& warned) {
  try {
    ask_for_balance(database, transport, options, account, NewKey::refused, give_up);
    return true;
  } catch (const Error& fault) {
    if (!is_passing(fault)) throw;
    if (!warned) warn(fmt::format("{}; what is known of the balance stays", fault.what()));
    warned = true;
    return false;
  }
}

AcquireOutcome Service::Inside::decide(const AcquireRequest& request, SteadyInstant deadline,
                                       const std::optional<AcquireOutcome>& last, bool& warned) {
  AcquireOutcome outcome = acquire_unless_busy(ledger, clock(), request, deadline, last);
  SteadyInstant give_up = std::max(deadline, clock().steady_now() + kShortestTokenTry);
  if (!is_observation_due(outcome) || !refresh_if_possible(give_up, warned)) return outcome;
  return acquire_unless_busy(ledger, clock(), request, deadline, outcome);
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

// What became of a request is told whatever the database says: a reservation that cannot be ended expires by
// itself, as spent, while an answer that is paid for would be lost.
template <typename End>
SettleOutcome Service::Inside::end(Spending& spending, End&& how) {
  try {
    return how();
  } catch (const Error& fault) {
    std::string id = spending.detach().reservation;
    warn(fmt::format("reservation {} could not be ended and expires as spent: {}", id, fault.what()));
    return {};
  }
}

void Service::Inside::give_up_on(Spending& spending, const http::Failure& failure) {
  if (failure.fate == http::Fate::never_sent) {
    end(spending, [&] { return SettleOutcome{spending.release(), {}}; });
    throw Error(ErrorCode::unreachable, failure.message + "; nothing was charged");
  }
  end(spending, [&] { return spending.settle(Settlement{}); });
  learn_the_balance();
  throw Error(ErrorCode::no_answer, failure.message + "; it may have been charged and is counted as spent");
}

// An answer to another key's request says nothing of this account any more.
SettleOutcome Service::Inside::settle(Spending& spending, const ParsedAnswer& answer) {
  return end(spending, [&]() -> SettleOutcome {
    KeyOwner owner = owner_of_key(connection(), account);
    if (owner == KeyOwner::nobody && answer.observation) owner = record_key(connection(), account);
    if (owner == KeyOwner::another) return {spending.release(), {false, {}, ledger.status().state}};
    return spending.settle(settlement_of(answer));
  });
}

// After a request that may have been charged. What the call came to is told, not what failed here.
void Service::Inside::learn_the_balance() {
  bool warned = false;
  try {
    refresh_if_possible(clock().steady_now() + kOneTokenTry, warned);
  } catch (const Error& fault) {
    warn(fault.what());
  }
}

ParsedAnswer Service::Inside::answer_for(Spending& spending, const http::Request& request,
                                         SettleOutcome& settled) {
  http::Result result = send(request);
  if (const auto* failure = std::get_if<http::Failure>(&result)) give_up_on(spending, *failure);
  auto& response = std::get<http::Response>(result);
  auto retry_after = http::retry_after_of(response, clock().now());
  ParsedAnswer answer = read_answer(std::move(response));
  answer.retry_after = retry_after;
  settled = settle(spending, answer);
  if (!answer.observation && was_worked_on(answer.meaning)) learn_the_balance();
  return answer;
}

SteadyInstant Service::Inside::repeat_at(const ParsedAnswer& answer, Millitokens cost, Tries& tries,
                                         SteadyInstant deadline) const {
  SteadyInstant now = clock().steady_now();
  Duration asked_to_wait = answer.retry_after.value_or(Duration::zero());
  if (answer.meaning == Meaning::no_tokens) {
    // Once the wait is over, the ledger is asked once more: it knows now what Keepa has, and says so.
    bool over = now >= deadline && (!answer.observation || ++tries.late_refusals > 1);
    if (over) throw Error(ErrorCode::rate_limited, explain(answer));
    auto refill_in = answer.observation ? answer.observation->refill_in : std::nullopt;
    return std::min(now + std::max(nap_after_no_tokens(refill_in), asked_to_wait), deadline);
  }
  if (answer.meaning == Meaning::in_between) {
    // It passes, and nothing was charged: as long as tokens are waited for, it is too.
    if (++tries.failures >= kBackoff.tries && now >= deadline) {
      throw Error(ErrorCode::service_failed, explain(answer));
    }
    Duration wait = http::backoff_before(tries.failures + 1, kBackoff, http::random_jitter());
    return now + std::max(wait, asked_to_wait);
  }
  bool may_repeat = answer.meaning == Meaning::failed && http::is_passing(answer.status) && cost < kCostly;
  bool in_time = asked_to_wait == Duration::zero() || now + asked_to_wait < deadline;
  if (may_repeat && in_time && ++tries.failures < kBackoff.tries) {
    Duration wait = http::backoff_before(tries.failures + 1, kBackoff, http::random_jitter());
    return now + std::max(wait, asked_to_wait);
  }
  bool credentials = answer.meaning == Meaning::wrong_key || answer.meaning == Meaning::no_access;
  throw Error(credentials ? ErrorCode::credentials_refused : ErrorCode::service_failed, explain(answer));
}

// --- The service -----------------------------------------------------------------------------------

Service::Service(Database& database, ServiceOptions options, const std::string& account)
    : inside_(
          (require_key(options.api_key), std::make_unique<Inside>(database, std::move(options), account))) {}
Service::~Service() = default;
Service::Service(Service&&) noexcept = default;

Ledger& Service::ledger() { return inside_->ledger; }

Refresh Service::refresh(NewKey new_key) {
  return ask_for_balance(inside_->database, inside_->transport, inside_->options, inside_->account, new_key,
                         SteadyInstant::max());
}

SpendingOutcome Service::acquire(const AcquireRequest& request, Duration wait) {
  Clock& clock = inside_->clock();
  SteadyInstant deadline = deadline_after(clock.steady_now(), wait);
  require_own_key(inside_->connection(), inside_->account);
  bool warned = false;
  std::optional<AcquireOutcome> last;
  for (;;) {
    AcquireOutcome outcome = inside_->decide(request, deadline, last, warned);
    if (auto* granted = std::get_if<Granted>(&outcome)) {
      return SpendingOutcome(std::in_place_type<Spending>, inside_->ledger, *granted, inside_->database);
    }
    if (auto* never = std::get_if<Never>(&outcome)) return *never;
    auto look_again = next_look(outcome, clock.steady_now(), deadline);
    if (!look_again) return std::get<Refused>(outcome);
    last = std::move(outcome);
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
    ParsedAnswer answer = inside_->answer_for(std::get<Spending>(outcome), request, settled);
    if (answer.meaning == Meaning::answered || answer.meaning == Meaning::rejected) {
      return Reply{answer.status, std::move(answer.body), answer.error, answer.consumed, settled};
    }
    clock.sleep_until(inside_->repeat_at(answer, call.cost, tries, deadline));
  }
}

}  // namespace purser::keepa
