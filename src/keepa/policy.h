// Who may spend: the decision of an acquire as a function of plain values. The transaction in
// ledger_acquire.cpp loads them, calls `decide`, and stores what follows from the decision.
//
// Why every task that keeps asking is granted. Let
//   N  be the number of tasks that ask, each again within its policy's patience, and within half of it where
//      the policy advises to skip; P the longest patience,
//   r  the effective refill a minute, above 0, less what others outside this database take with the same key,
//   T  the highest target of a place, at most capacity; capacity does not shrink,
//   C  the most that a grant holds, L the longest that it stays open, H the most that are open at once,
//   X  the most that a grant costs beyond what it holds (a call dearer than reserved; a lost response whose
//      cost an observation had counted before).
// Then a task is granted (or refused as `never`) within
//
//   W = (T + N (C + X) + H X) / r + N (L + P + 1 minute)
//
// of its first refusal:
// - It takes the last place, behind at most N - 1 others. No later place gets ahead of it: while a place
//   holds others up, only the first one is granted, the order is that of the rows, and a task that was
//   granted queues again at the end. A task that asks again within its patience always holds up (below).
// - Every grant is made at `available` > 0, so at any time `available` is at least -C, and at least -C - H X
//   once all open grants have ended.
// - While a place is the first, no other task is granted: within L all open grants have ended, and from then
//   on `available` only rises, minute by minute, to the place's target (what a full bucket loses on the way
//   is above capacity, so above every target). Within P its task asks and is granted. That leaves at least
//   its target - C - X, from where the next one goes on: in sum the refill has to bring
//   T + N (C + X) + H X.
// - The place of a task that is gone spends nothing, and ends. The wait it was given is at most what the
//   refill needs for its turn with all before it, which is in the sum, and it lapses a patience (at most P)
//   after that; or `leave` ends it. Where its policy advises to skip, it holds others up for at most half its
//   patience from when a task behind it has seen that its target is reached; for its whole patience once it
//   was passed and has asked again. A place that is passed costs no other task a token.
//
// Not covered by the bound: a clock set back by d adds up to d. A clock set forward beyond a patience ends
// places, and a shrinking capacity puts some out of reach: their wait may start again. Two kinds of tasks may
// be passed, and keep their rank; each time costs them at most (T + C + X) / r + L + P + 1 minute. The first
// kind does not look, but sleeps until retry_at, while the tokens come earlier than forecast (those before it
// took less than they reserved). The second is advised to skip and comes again later than half its patience:
// it is passed once. From then on its place holds up for all of its patience, so that no rhythm of the others
// can pass it for ever. tests/keepa/liveness_test.cpp holds the code to every sentence of this.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keepa/bucket.h"
#include "purser/keepa.h"
#include "purser/keepa_policy.h"

namespace purser::keepa {

// A live place of the queue, in the order of refusal.
struct QueuedTask {
  std::string task;
  Millitokens cost, target;
  bool holds_up = true;      // makes those behind it wait
  Instant holds_up_until{};  // at the latest, if it does not ask again and the balance stays
};

struct AcquireQuery {
  const Bucket& bucket;  // projected to `now`
  const Policy& policy;  // the task's own, or the standard one
  const std::vector<QueuedTask>& queue;
  const std::string& task;
  Millitokens cost;  // 0 to kMaxCost
  Instant now;
};

enum class DecisionKind { grant, refuse, never };

struct Decision {
  DecisionKind kind;
  std::optional<Reason> reason;         // nullopt: granted
  std::optional<Millitokens> target;    // nullopt: granted, or the balance is unknown
  std::optional<int> place;             // where the task waits in the queue; 1 is next
  std::optional<Duration> retry_after;  // nullopt: neither refill nor the end of another's place will help
  std::optional<std::size_t> ahead;     // index in the queue of the task whose turn comes first, if another's
};

Decision decide(const AcquireQuery& question);

// The largest cost that `decide` grants now: 0 where it grants only what is free; nullopt where it grants
// kMaxCost.
std::optional<Millitokens> largest_granted(const AcquireQuery& question);

// The threshold as it applies now: while there is refill, at most capacity. REQUIRES: policy.threshold.
Millitokens threshold_now(const Policy& policy, const Bucket& bucket);
// What a refused acquire waits for.
Millitokens target_now(const Policy& policy, const Bucket& bucket, Millitokens cost);

// How long until the turn of the last of `queue`, if each one before it that holds it up spends its cost once
// its target is reached. Where no refill brings that although its own target is reached: until those before
// it cease to hold it up. Otherwise nullopt. REQUIRES: `queue` is not empty.
std::optional<Duration> time_to_turn(const Bucket& bucket, const std::vector<QueuedTask>& queue, Instant now);

// How long a place lives. It outlives the wait that its task was given by the policy's patience.
struct PlaceLife {
  Instant asked_at;
  Duration live;        // the wait that its task was given, plus the patience
  Duration patience{};  // of the task's policy
  // Of a task that is advised to skip: how long its place holds others up once its target is reached, and
  // since when another task has seen that it is.
  std::optional<Duration> hold_limit = {};
  std::optional<Instant> reached_at = {};
};
// At most now: a clock that was set back does not prolong a place.
Instant asked_at_of(const PlaceLife& life, Instant now);
// Likewise; now, if no task has seen it yet.
Instant reached_at_of(const PlaceLife& life, Instant now);
bool has_lapsed(const PlaceLife& life, Instant now);

// Half the patience for a task that is advised to skip: it comes again in its own time, or not at all. All of
// the patience if others were granted before it and it has asked again since: it is alive, and otherwise its
// rhythm and the others' could lock in step so that it is passed for ever. nullopt: no limit.
std::optional<Duration> hold_limit_of(bool is_advised_to_skip, bool was_passed_and_asked, Duration patience);

// Whether a live place makes those behind it wait. If it does not, it keeps its rank and is passed. It does
// not
// - while no refill reaches its target (the plan shrank),
// - while its target is reached earlier than its task was forecast, and the task sleeps until then,
// - beyond the hold_limit of a task that is advised to skip.
bool holds_up(Millitokens target, const PlaceLife& life, const Bucket& bucket, Instant now);
// When a place that holds others up ceases to, if its task does not ask and the balance stays as it is.
Instant holds_up_until(const PlaceLife& life, Instant now);

// A refusal must not rest on a stale balance: true where the last observation is older than a minute, or in
// the future (the clock was set back).
bool observe_due(std::optional<Instant> observed_at, Instant now);

}  // namespace purser::keepa
