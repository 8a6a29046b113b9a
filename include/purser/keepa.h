// Keepa's token bucket, shared by every worker: who may spend how much now, and what became of it.
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
// The controlled deficit: a task of the standard policy is granted *whatever it costs* while
// threshold (50) tokens are available: 55 - 80 = -25. Below that it waits for threshold + margin
// (55), never for a full bucket. A task with a buffer (the upserter, 20) never goes below it.
// available = projected balance - open reservations.
//
// Every grant is a reservation and ends exactly once: settled (what it really cost), released (never
// sent), or expired (nobody said anything: counted as spent). A second end changes nothing.
// Waiting is the caller's: no call sleeps, but `acquire_waiting`, which does so outside any transaction.
//
// The rules are in src/keepa/policy.h and bucket.h. Sources: unused tokens expire after an hour, so
// capacity = 60 x (refill rate - flow reduction); a request runs while the balance is positive, whatever
// it costs (Keepa's API documentation); one refill of `refillRate` tokens a minute (measured refillIn < 60
// s).
//
// Threads, processes, ownership: as the Database, which must outlive the Ledger and may be moved meanwhile.
// Errors: purser::Error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "purser/amount.h"
#include "purser/clock.h"
#include "purser/database.h"

namespace purser::keepa {

// --- What Keepa says -------------------------------------------------------------------------------

// The token fields of any of Keepa's answers, 429 included. Absent is not 0.
struct Observation {
  Millitokens tokens_left;                      // may be negative
  std::optional<Millitokens> refill_rate = {};  // per minute; without it the known one stays
  std::optional<Duration> refill_in = {};       // until the next minute's tokens: from then refill is stepped
  std::optional<Millitokens> flow_reduction = {};  // per minute, lost to trackings
  std::optional<Instant> server_time = {};         // Keepa's `timestamp`: orders observations
  std::optional<Millitokens> consumed = {};        // what the call cost
  std::vector<std::string> ignored =
      {};  // of an answer: fields that make no sense, each as if it were absent
};

// Reads an answer as it came. nullopt: JSON without an envelope (or a bad key's zeros), which says nothing of
// the bucket. Only the token fields are read: whatever bytes stand in the texts beside them. Throws
// invalid_response for what is no JSON, is nested deeper than 64, or has a tokensLeft that is no balance.
std::optional<Observation> parse_envelope(std::string_view response);

// All that an answer tells. Throws as parse_envelope.
struct Told {
  std::optional<Observation> observation;
  std::optional<Millitokens> consumed;    // also of an answer without an envelope
  std::optional<std::string> error_type;  // "invalidParameter"; "unknown" where it is no such word
  bool refuses_key = false;               // only zeros: nothing was charged, a person must put the key right
};
Told told_in(std::string_view response);

// --- Asking ----------------------------------------------------------------------------------------

inline constexpr Duration kDefaultLifetime = std::chrono::minutes(10);  // of a reservation
inline constexpr Duration kMaxLifetime = std::chrono::hours(1);
inline constexpr Duration kIdempotencyWindow = std::chrono::hours(24);

struct AcquireRequest {
  std::string task;       // its policy is a row; without one, `standard` applies
  Millitokens cost;       // 0 to kMaxCost; 0 is always granted
  std::string kind = {};  // of call, for estimates; may be empty
  Duration expires_in = kDefaultLifetime;
  std::string idempotency_key = {};  // repeated within 24 h: the first grant again. Empty: none
};

enum class Reason { threshold, buffer, max_deficit, queued, unknown_balance, no_refill, beyond_capacity };
enum class Advice { wait, skip };

// The task whose turn comes first.
struct Ahead {
  std::string task;
  Millitokens cost;
  std::string worker;  // that asked last
  Instant asked_at;
};
enum class Ending { settle, release, expire, nullify };

struct Granted {
  std::string reservation;               // id for settle / release
  std::optional<Millitokens> available;  // after this grant; nullopt while the balance is unknown
  Instant expires_at;
  bool replayed = false;        // an idempotency key's first grant
  std::optional<Ending> ended;  // a replayed grant that has ended: it holds nothing
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

// No refill reaches what this would need. Takes no place.
struct Never {
  Reason reason = Reason::beyond_capacity;
  std::optional<Millitokens> available;
  std::optional<Millitokens> target;
  bool observe_due = false;
};

using AcquireOutcome = std::variant<Granted, Refused, Never>;

// --- Answers ---------------------------------------------------------------------------------------

// The bucket, projected to the instant of the call.
struct BucketState {
  bool known = false;  // false before the first observation: then only `held` means anything
  Millitokens balance, held, available, refill_rate, capacity;  // refill_rate: effective, per minute
};

// Why an observation changed nothing.
enum class NotApplied {
  older,          // a later one is known
  from_before,    // older than the reservation that it came with: the answer to another call
  order_unknown,  // a stamp is more than 5 minutes ahead of now, and it is not lower than what is known
  key_refused,    // a bad key's zeros
  no_envelope     // there was none
};

struct ObserveOutcome {
  bool applied = false;              // false: `why` says it
  std::optional<Millitokens> drift;  // observed less expected; nullopt at the first and where not applied
  BucketState state;
  std::optional<NotApplied> why = {};
};

// What is charged: what is stated, else the full cost. An answer that is older than a later observation has
// its charge in that one already, and a bad key's zeros charge nothing; an answer from before the reservation
// says nothing of this call, and then its full cost is charged.
struct Settlement {
  std::optional<Observation> observation = {};
  std::optional<Millitokens> consumed = {};  // else the observation's, else the full cost
  bool force = false;                        // as for observe
};

struct SettleOutcome {
  bool settled = false;  // false: it had ended before
  ObserveOutcome observed;
};

struct Policy {
  std::string name;
  std::optional<Millitokens> threshold, margin;  // both, or
  std::optional<Millitokens> buffer;             // this one
  std::optional<Millitokens> max_deficit;        // only beside threshold
  Duration patience{};                           // how long a place outlives the wait that was told
};

// What is not named stays as it is (or is the standard's, for a new name).
struct PolicyChange {
  std::optional<Millitokens> threshold = {}, margin = {}, buffer = {};
  std::optional<std::optional<Millitokens>> max_deficit = {};  // engaged and empty: none
  std::optional<Duration> patience = {};
};

struct Reservation {
  std::string id, task, worker, kind;
  Millitokens cost;
  Instant created_at, expires_at;
};

struct Place {
  int place = 0;  // 1 is next
  std::string task, worker;
  Reason reason;
  Millitokens cost, target;
  Instant since, asked_at, lapses_at;
  std::optional<Instant> expected_at;  // when its turn is expected
};

struct Status {
  BucketState state;
  Millitokens threshold, target;  // of the standard policy, as they apply now
  std::optional<Instant> as_of, observed_at;
  std::vector<Reservation> reservations;  // open ones, oldest first
  std::vector<Place> places;
  std::vector<std::string> unknown_tasks;  // seen without a policy of their own
};

// What to send next: how much a task could have now, and what calls of a kind really cost.
struct AffordQuestion {
  std::string task;
  std::optional<Millitokens> cost = {};
  std::string kind = {};  // of call, as acquired; may be empty
};

// Over the latest kKindWindow calls of the kind whose settlement said what was consumed, so that an old price
// does not count for ever. A call that was to cost and cost nothing (a 429) is none of them.
inline constexpr int kKindWindow = 1000;
struct KindCost {
  std::int64_t calls = 0;
  std::optional<Millitokens> mean, max;      // mean: rounded up to a millitoken
  std::optional<Millitokens> reserved_mean;  // what was asked for them, rounded likewise
  std::optional<Instant> last_at;
};

struct Affordable {
  std::optional<Millitokens> largest;    // the largest cost that is granted now; nullopt: it has no limit
  std::optional<Millitokens> available;  // nullopt while the balance is unknown
  bool observe_due = false;
  // What an acquire of the cost would be answered; without a cost, of the least there is (a millitoken).
  bool now = false;
  bool never = false;
  std::optional<Instant> at;     // a forecast, as retry_at; nullopt: neither refill nor a turn will bring it
  std::optional<Reason> reason;  // but for now
  std::optional<int> place;      // in the queue: its own, or the one it would take
  std::optional<Millitokens> target;
  std::optional<KindCost> kind;  // of the kind that was asked about
  // How many calls at the largest cost that was seen fit into one grant now; nullopt: no limit, or none seen.
  std::optional<std::int64_t> calls_affordable;
};

struct LedgerEntry {
  std::int64_t id = 0;
  Instant at;
  std::string kind;  // open refill hold settle release expire drift carry void
  Millitokens balance_change, held_change, balance, held;
  std::optional<std::string> task, worker, reservation;
};

struct Verification {
  std::int64_t entries = 0;
  bool balance_matches = false;  // the sum of the rows is the balance, at every row
  bool held_matches = false;  // likewise, and it is the sum of the open reservations, each ended at most once
};

// --- The ledger of one account ---------------------------------------------------------------------

class Ledger {
 public:
  explicit Ledger(Database& database, std::string account = "default");

  [[nodiscard]] AcquireOutcome acquire(const AcquireRequest& request);
  // Asks again, at `retry_at` or every 5 s, until granted, never, or `wait` has passed (on the Clock). A busy
  // database passes too: at the end the `last` answer stands, where there is one.
  [[nodiscard]] AcquireOutcome acquire_waiting(const AcquireRequest& request, Duration wait,
                                               std::optional<AcquireOutcome> last = {});

  SettleOutcome settle(const std::string& reservation, const Settlement& settlement);
  bool release(const std::string& reservation);  // false: it had ended before
  // Gives the task's place in the queue up: for one that will not ask again. False: it had none.
  bool leave(const std::string& task);

  // Makes the account where it does not exist. `force` applies an older or far-ahead envelope.
  ObserveOutcome observe(const Observation& observation, bool force = false);

  // Reads: no lock, no row.
  Status status() const;
  // A forecast, not a promise: between it and an acquire others may ask.
  Affordable afford(const AffordQuestion& question) const;
  std::vector<LedgerEntry> entries(int last) const;  // newest last
  Verification verify() const;

 private:
  DatabaseLink database_;
  std::string account_;
};

// Policies are one set per database.
std::vector<Policy> policies(Database& database);
Policy set_policy(Database& database, const std::string& name, const PolicyChange& change);

std::string_view name_of(Reason reason);  // "threshold", ...: stored and printed; never change them
std::string_view name_of(Advice advice);
std::string_view name_of(Ending ending);  // "settle", "release", "expire", "void"

// "purser --account second keepa release ID", as a shell takes it; `verb` with its words.
std::string keepa_command(std::string_view account, std::string_view verb);
// "purser keepa leave --task upserter", as a shell takes it.
std::string leave_command(std::string_view account, std::string_view task);

}  // namespace purser::keepa
