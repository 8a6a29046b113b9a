// Who may spend: the decision of an acquire as a function of plain values. The transaction in acquire.cpp
// loads them, calls `decide`, and stores what follows from the verdict.
//
// Why every task that keeps asking is granted. Let
//   N  be the tasks that ask, each again within its policy's patience, and within half of it where the policy
//      advises to skip; P the longest patience,
//   r  the effective refill a minute, above 0, less what strangers with the same key take,
//   T  the highest target of a place, at most capacity; capacity does not shrink,
//   C  the most that a grant holds, L the longest that it stays open, H the most that are open at once,
//   X  the most that a grant costs beyond what it holds (a call dearer than reserved; a lost answer whose
//      cost an observation had counted before).
// Then a task is granted (or told `never`) within
//
//   W = (T + N (C + X) + H X) / r + N (L + P + 1 minute)
//
// of its first refusal:
// - It takes the last place, behind at most N - 1 others. None that comes later gets before it: while a place
//   holds up, only the first one is granted, the order is that of the rows, and who was granted queues again
//   at the end. A task that looks within its patience always holds up (below).
// - Every grant is made at `available` > 0, so at any time `available` is at least -C, and at least -C - H X
//   once all that are open have ended.
// - While a place is the first nobody else is granted: within L all open grants have ended, and from then on
//   `available` only rises, by the minute, to the place's target (what a full bucket loses on the way is
//   above capacity, so above every target). Within P its task asks and is granted. That leaves at least its
//   target - C - X, from where the next goes on: in sum the refill has to bring T + N (C + X) + H X.
// - The place of a task that is gone spends nothing, and ends: it was told at most what the refill needs for
//   its turn with all before it, which is in the sum, and lapses a patience (at most P) after that; or its
//   task is said to have left. Where its policy advises to skip it holds up for no longer than half its
//   patience from when somebody behind it has seen that its target is reached; but for one that
//   came again after it was passed, which has all of its patience. So does one that is passed: it costs
//   nobody a token.
//
// What is outside of this costs as much as it must: a clock that goes back by d, d; one that goes forward
// beyond a patience ends places, and a capacity that shrinks puts some out of reach: the wait may begin anew.
// Two kinds of tasks may be passed, and keep their rank; each time costs them at most
// (T + C + X) / r + L + P + 1 minute. One that does not look, but sleeps until retry_at, where the tokens
// come earlier than it was told (those before it took less than they reserved). And one that is advised to
// skip and comes again later than half its patience: once. From then on its place holds up for its patience,
// so that no rhythm of the others' can pass it for ever. tests/keepa/liveness_test.cpp holds all this to the
// letter.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keepa/bucket.h"
#include "purser/keepa.h"

namespace purser::keepa {

// A live place of the queue, in the order of refusal.
struct QueuedTask {
  std::string task;
  Millitokens cost, target;
  bool holds_up = true;      // those behind it
  Instant holds_up_until{};  // at the latest, as long as it does not ask again and the balance stays
};

struct Question {
  const Bucket& bucket;  // projected to `now`
  const Policy& policy;  // the task's own, or the standard one
  const std::vector<QueuedTask>& queue;
  const std::string& task;
  Millitokens cost;  // 0 to kMaxCost
  Instant now;
};

enum class Answer { grant, refuse, never };

struct Verdict {
  Answer answer;
  std::optional<Reason> reason;         // but for grant
  std::optional<Millitokens> target;    // but for grant and an unknown balance
  std::optional<int> place;             // 1 is next; where the task waits in the queue
  std::optional<Duration> retry_after;  // where refill will help, or the end of another's place
  std::optional<std::size_t> ahead;     // of the queue: whose turn comes first, where that is another's
};

Verdict decide(const Question& question);

// The largest cost that `decide` grants now, 0 where nothing that costs is; nullopt: as much as one may ask
// for.
std::optional<Millitokens> largest_granted(const Question& question);

// What an acquire of the threshold policy needs, and waits for: at most capacity, while there is refill.
Millitokens threshold_now(const Policy& policy, const Bucket& bucket);
Millitokens target_now(const Policy& policy, const Bucket& bucket, Millitokens cost);

// When the turn of the last of `queue` is expected, each before it that holds it up spending its cost once
// its target is reached; where no refill reaches that and its own target is: when those before it cease to
// hold it up. Else nullopt.
std::optional<Duration> time_to_turn(const Bucket& bucket, const std::vector<QueuedTask>& queue, Instant now);

// A place outlives the wait that was told by the policy's patience. A clock that went back does not prolong
// it: the place counts from now on (asked_at is never later than now).
struct PlaceLife {
  Instant asked_at;
  Duration live;        // the wait that was told, and the patience
  Duration patience{};  // of the task's policy
  // Of a task that is advised to skip: how long its place holds others up once its target is reached, and
  // since when they have seen that it is.
  std::optional<Duration> hold_limit = {};
  std::optional<Instant> reached_at = {};
};
Instant asked_at_of(const PlaceLife& life, Instant now);
Instant reached_at_of(const PlaceLife& life, Instant now);  // now, where nobody has seen it yet
bool has_lapsed(const PlaceLife& life, Instant now);

// A task that is advised to skip comes again in its own time, or not at all: half its patience. Where others
// were granted before it and it has asked again since, it lives: then all of it, or its own rhythm and the
// others' could lock in step, and it would be passed for ever.
std::optional<Duration> hold_limit_of(bool is_advised_to_skip, bool was_passed_and_asked, Duration patience);

// Whether a live place makes those behind it wait. It does not while no refill reaches its target (the plan
// shrank), nor while the tokens came earlier than its task was told and the task sleeps until then, nor
// beyond the limit of a task that is advised to skip: it keeps its rank and is passed.
bool holds_up(Millitokens target, const PlaceLife& life, const Bucket& bucket, Instant now);
// When a place that holds others up ceases to, while its task does not ask and the balance stays as it is.
Instant holds_up_until(const PlaceLife& life, Instant now);

// A refusal must not live on stale belief: true where the last observation is older than a minute, or in the
// future (the clock went back).
bool observe_due(std::optional<Instant> observed_at, Instant now);

}  // namespace purser::keepa
