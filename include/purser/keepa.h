// Keepa's token bucket, shared by every worker: decides which task may spend how many tokens now, and records
// how each grant ended.
//
//   purser::keepa::Ledger ledger(db);                       // the account "default"
//   auto outcome = ledger.acquire({.task = "backfiller", .cost = purser::tokens(80)});
//   if (auto* granted = std::get_if<purser::keepa::Granted>(&outcome)) {
//     std::string body = ...;                               // your request to Keepa
//     ledger.settle(granted->reservation, {.observation = purser::keepa::parse_envelope(body)});
//   } else if (auto* refused = std::get_if<purser::keepa::Refused>(&outcome)) {
//     ...                                                   // refused->reason, refused->retry_at
//   } else { ... }                                          // Never: no refill can reach this cost
//
// Policies. A task of the standard policy may go into a controlled deficit: it is granted *whatever it costs*
// while threshold (50) tokens are available: 55 - 80 = -25. Below the threshold it waits for threshold +
// margin (55), never for a full bucket. A task with a buffer (the upserter, 20) never goes below its buffer.
// available = projected balance - open reservations. See keepa_policy.h.
//
// The queue. A refused task takes a place, served in the order of refusal. While one task's turn has come,
// the others are refused as `queued`; every task that keeps asking is granted in the end.
//
// Reservations. Every grant is a reservation, which ends exactly once: settled (its real cost is charged),
// released (the request was never sent), or expired (neither came in time: its cost counts as spent). Ending
// it a second time changes nothing.
//
// Refill. Unused tokens expire after an hour, so capacity = 60 x (refill rate - flow reduction); a balance
// above the capacity is not cut. Where an observation gave refillIn, a minute's tokens arrive at each tick,
// so that the projection does not run ahead of Keepa. Sources: Keepa's API documentation (a request runs
// while the balance is positive, whatever it costs) and its plan description; one refill of `refillRate`
// tokens a minute is measured (refillIn < 60 s).
//
// Only acquire_waiting sleeps, and it does so outside any transaction.
// Threads, processes, ownership: as the Database, which must outlive the Ledger and may be moved meanwhile.
// Errors: purser::Error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "purser/amount.h"
#include "purser/clock.h"
#include "purser/database.h"
#include "purser/keepa_response.h"

namespace purser::keepa {

// --- Acquire ---------------------------------------------------------------------------------------

inline constexpr Duration kDefaultLifetime = std::chrono::minutes(10);  // of a reservation
inline constexpr Duration kMaxLifetime = std::chrono::hours(1);
inline constexpr Duration kIdempotencyWindow = std::chrono::hours(24);

struct AcquireRequest {
  std::string task;       // names its policy; without one of its own, `standard` applies
  Millitokens cost;       // 0 to kMaxCost; 0 is always granted
  std::string kind = {};  // of call, for estimates; may be empty
  Duration expires_in = kDefaultLifetime;
  std::string idempotency_key = {};  // a repeat within 24 h gets the first grant again. Empty: no key
};

enum class Reason { threshold, buffer, max_deficit, queued, unknown_balance, no_refill, beyond_capacity };
enum class Advice { wait, skip };  // skip: leave this run out rather than wait
enum class Ending { settle, release, expire, nullify };

struct Granted {
  std::string reservation;               // id for settle and release
  std::optional<Millitokens> available;  // after this grant; nullopt while the balance is unknown
  Instant expires_at;
  bool replayed = false;        // this is the first grant of the idempotency key
  std::optional<Ending> ended;  // how a replayed grant has ended; then it holds nothing
};

// The task whose turn comes first.
struct Ahead {
  std::string task;
  Millitokens cost;
  std::string worker;  // the one that asked last
  Instant asked_at;
};

struct Refused {
  Reason reason;
  std::optional<Millitokens> available;
  std::optional<Millitokens> target;    // what `available` must reach
  std::optional<int> place;             // in the queue; 1 is next. nullopt: no place was taken
  std::optional<Duration> retry_after;  // a forecast; look again at least every 5 s
  std::optional<Instant> retry_at;      // nullopt: only an observation or a person can tell
  bool observe_due = false;             // the last observation is older than 60 s
  Advice advice = Advice::wait;
  std::optional<Ahead> ahead = {};  // where the reason is `queued`
};

// No refill reaches what this cost needs. Takes no place.
struct Never {
  Reason reason = Reason::beyond_capacity;
  std::optional<Millitokens> available;
  std::optional<Millitokens> target;
  bool observe_due = false;
};

using AcquireOutcome = std::variant<Granted, Refused, Never>;

// --- Observe and settle ----------------------------------------------------------------------------

// The bucket, projected to the instant of the call.
struct BucketState {
  bool known = false;  // false before the first observation: then only `held` means anything
  Millitokens balance, held, available, refill_rate, capacity;  // refill_rate: effective, per minute
};

enum class Apply {
  if_newer,  // skips an observation that is older than the known one, or far ahead of this clock
  always     // the operator's override
};

// Why an observation changed nothing.
enum class NotApplied {
  older,          // a later one is known
  from_before,    // older than the reservation that it came with: it is the response to another call
  order_unknown,  // a stamp is more than 5 minutes ahead of now, and the balance is no lower than known
  key_refused,    // Keepa refused the API key: its response has only zeros
  no_envelope     // the response has no token fields
};

struct ObserveOutcome {
  bool applied = false;              // false: see `why`
  std::optional<Millitokens> drift;  // observed minus expected; nullopt at the first and if not applied
  BucketState state;
  std::optional<NotApplied> why = {};
};

// The charge is the consumption that is stated, else the full cost. An observation that is older than the
// known one charges nothing: the known balance already includes the charge. One from before the reservation
// says nothing about this call, so the full cost is charged. A call with a refused key is charged only what
// is stated.
struct Settlement {
  std::optional<Observation> observation = {};
  std::optional<Millitokens> consumed = {};  // absent: the observation's, else the full cost
  Apply apply = Apply::if_newer;             // of the observation
  bool key_refused = false;                  // ResponseFacts::refuses_key: the observation is ignored
};

struct SettleOutcome {
  bool settled = false;  // false: it had ended before
  ObserveOutcome observed;
};

// --- The ledger of one account ---------------------------------------------------------------------

// Results of the reading functions: include purser/keepa_status.h to call them.
struct Status;
struct AffordQuery;
struct Affordable;
struct LedgerEntry;
struct LedgerVerification;

class Ledger {
 public:
  explicit Ledger(Database& database, std::string account = "default");

  [[nodiscard]] AcquireOutcome acquire(const AcquireRequest& request);
  // Asks again, at `retry_at` or every 5 s, until granted, never, or `wait` has passed (on the Clock). Goes
  // on while the database is busy; if it still is at the end, returns the last outcome (`last` where this
  // call got none), or throws busy if there is no outcome at all.
  [[nodiscard]] AcquireOutcome acquire_waiting(const AcquireRequest& request, Duration wait,
                                               std::optional<AcquireOutcome> last = {});

  SettleOutcome settle(const std::string& reservation, const Settlement& settlement);
  bool release(const std::string& reservation);  // false: it had ended before
  // Gives up the place in the queue of a task that will not ask again. False: it had none.
  bool leave(const std::string& task);

  // Makes the account where it does not exist.
  ObserveOutcome observe(const Observation& observation, Apply apply = Apply::if_newer);

  Status status() const;
  // A forecast, not a promise: other tasks may acquire first.
  Affordable afford(const AffordQuery& query) const;
  std::vector<LedgerEntry> entries(int last) const;  // newest last
  LedgerVerification verify() const;                 // proves that the entries add up to the balance

 private:
  DatabaseLink database_;
  std::string account_;
};

std::string_view name_of(Reason reason);  // "threshold", ...: stored and printed; never change them
std::string_view name_of(Advice advice);
std::string_view name_of(Ending ending);  // "settle", "release", "expire", "void"

}  // namespace purser::keepa
