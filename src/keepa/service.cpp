// Service: acquire, request and settle in one piece.
#include <fmt/format.h>

#include <algorithm>

#include "http/retry.h"
#include "keepa/client.h"
#include "keepa/refresh.h"
#include "keepa/waiting.h"
#include "purser/keepa_status.h"

namespace purser::keepa {
namespace {

// A call of this cost or more is sent once: Keepa may have charged a call that failed inside it.
constexpr Millitokens kCostly = tokens(50);
constexpr http::Backoff kBackoff{3, std::chrono::seconds(1), std::chrono::seconds(10)};
// How long a refresh that begins at the end of a wait may still take, at least.
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

// The failures of one call.
struct Tries {
  int failures = 0;
  int late_refusals = 0;  // 429s after the wait was over
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

  // True where the balance is fresh: this worker or another has just asked Keepa. A failure that passes by
  // itself is logged, once a wait: a night without a network must not fill a disk.
  bool refresh_if_possible(SteadyInstant give_up, bool& warned);
  AcquireOutcome decide(const AcquireRequest& request, SteadyInstant deadline,
                        const std::optional<AcquireOutcome>& last, bool& warned);
  http::Result send(const http::Request& request);
  // Sends the request and ends the reservation with the result. Throws where there is no response.
  ParsedResponse response_for(Spending& spending, const http::Request& request, SettleOutcome& settled);
  SettleOutcome settle(Spending& spending, const ParsedResponse& response);
  template <typename End>
  SettleOutcome end(Spending& spending, End&& how);
  void learn_the_balance();
  // When to repeat the call after a response that is not its result; throws where that is no use.
  SteadyInstant repeat_at(const ParsedResponse& response, Millitokens cost, Tries& tries,
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
    fetch_balance(database, transport, options, account, NewKey::refused, give_up);
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

// Sends again only what was never sent.
http::Result Service::Inside::send(const http::Request& request) {
  for (http::Repeats repeats(clock(), kBackoff);;) {
    http::Result result =
        transport.send(request, {options.connect_deadline, options.deadline, options.max_response_bytes});
    const auto* failure = std::get_if<http::Failure>(&result);
    bool is_worth_it = failure != nullptr && failure->fate == http::Fate::never_sent &&
                       failure->cause != http::Cause::insecure;
    if (!is_worth_it || !repeats.wait()) return result;
  }
}

// Ends the reservation with `how`, or logs that it could not: the caller gets the response, which is paid
// for, even if the database fails, and the reservation expires as spent.
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

// If the account has gone over to another key meanwhile, the response says nothing of it.
SettleOutcome Service::Inside::settle(Spending& spending, const ParsedResponse& response) {
  return end(spending, [&]() -> SettleOutcome {
    KeyOwner owner = owner_of_key(connection(), account);
    if (owner == KeyOwner::nobody && response.observation) owner = record_key(connection(), account);
    if (owner == KeyOwner::another) return {spending.release(), {false, {}, ledger.status().state}};
    return spending.settle(settlement_of(response));
  });
}

// Refreshes after a request that may have been charged. Never throws an Error: the caller is to see how its
// call ended, not how this did.
void Service::Inside::learn_the_balance() {
  bool warned = false;
  try {
    refresh_if_possible(clock().steady_now() + kOneTokenTry, warned);
  } catch (const Error& fault) {
    warn(fault.what());
  }
}

ParsedResponse Service::Inside::response_for(Spending& spending, const http::Request& request,
                                             SettleOutcome& settled) {
  http::Result result = send(request);
  if (const auto* failure = std::get_if<http::Failure>(&result)) give_up_on(spending, *failure);
  auto& received = std::get<http::Response>(result);
  auto retry_after = http::retry_after_of(received, clock().now());
  ParsedResponse response = interpret(std::move(received));
  response.retry_after = retry_after;
  settled = settle(spending, response);
  if (!response.observation && was_worked_on(response.meaning)) learn_the_balance();
  return response;
}

SteadyInstant Service::Inside::repeat_at(const ParsedResponse& response, Millitokens cost, Tries& tries,
                                         SteadyInstant deadline) const {
  SteadyInstant now = clock().steady_now();
  Duration asked_to_wait = response.retry_after.value_or(Duration::zero());
  if (response.meaning == Meaning::no_tokens) {
    // Once the wait is over, the ledger decides once more: it knows Keepa's balance now.
    bool over = now >= deadline && (!response.observation || ++tries.late_refusals > 1);
    if (over) throw Error(ErrorCode::rate_limited, message_for(response));
    auto refill_in = response.observation ? response.observation->refill_in : std::nullopt;
    return std::min(now + std::max(nap_after_no_tokens(refill_in), asked_to_wait), deadline);
  }
  if (response.meaning == Meaning::in_between) {
    // Nothing was charged, and it passes: repeat while the wait lasts.
    if (++tries.failures >= kBackoff.tries && now >= deadline) {
      throw Error(ErrorCode::service_failed, message_for(response));
    }
    Duration wait = http::backoff_before(tries.failures + 1, kBackoff, http::random_jitter());
    return now + std::max(wait, asked_to_wait);
  }
  bool may_repeat =
      response.meaning == Meaning::failed && http::is_passing(response.status) && cost < kCostly;
  bool in_time = asked_to_wait == Duration::zero() || now + asked_to_wait < deadline;
  if (may_repeat && in_time && ++tries.failures < kBackoff.tries) {
    Duration wait = http::backoff_before(tries.failures + 1, kBackoff, http::random_jitter());
    return now + std::max(wait, asked_to_wait);
  }
  bool credentials = response.meaning == Meaning::wrong_key || response.meaning == Meaning::no_access;
  throw Error(credentials ? ErrorCode::credentials_refused : ErrorCode::service_failed,
              message_for(response));
}

// --- The service -----------------------------------------------------------------------------------

Service::Service(Database& database, ServiceOptions options, const std::string& account)
    : inside_(
          (require_key(options.api_key), std::make_unique<Inside>(database, std::move(options), account))) {}
Service::~Service() = default;
Service::Service(Service&&) noexcept = default;

Ledger& Service::ledger() { return inside_->ledger; }

Refresh Service::refresh(NewKey new_key) {
  return fetch_balance(inside_->database, inside_->transport, inside_->options, inside_->account, new_key,
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
    ParsedResponse response = inside_->response_for(std::get<Spending>(outcome), request, settled);
    if (response.meaning == Meaning::answered || response.meaning == Meaning::rejected) {
      return Reply{response.status, std::move(response.body), response.error, response.consumed, settled};
    }
    clock.sleep_until(inside_->repeat_at(response, call.cost, tries, deadline));
  }
}

}  // namespace purser::keepa
