// Who may spend: the decision of an acquire as a function of plain values. The transaction in acquire.cpp
// loads them, calls `decide`, and stores what follows from the verdict.
//
// Why every task that keeps asking is granted. Let
//   N  be the tasks that ask, each again within A (at most its policy's patience) of the last time,
//   r  the effective refill a minute, above 0, less what strangers with the same key take,
//   T  the highest target of a place, at most capacity; capacity does not shrink,
//   C  the most that a grant holds, L the longest that it stays open, H the most that are open at once,
//   X  the most that a grant costs beyond what it holds (a call dearer than reserved; a lost answer whose
//      cost an observation had counted before).
// Then a task is granted (or told `never`) within
//
//   W = (T + N (C + X) + H X) / r + N (L + A + 1 minute)
//
// of its first refusal:
// - It takes the last place, behind at most N - 1 others. None that comes later gets before it: while a place
//   holds up, only the first one is granted, the order is that of the rows, and who was granted queues again
//   at the end. A task that looks within its patience always holds up (below).
// - Every grant is made at `available` > 0, so at any time `available` is at least -C, and at least -C - H X
//   once all that are open have ended.
// - While a place is the first nobody else is granted: within L all open grants have ended, and from then on
//   `available` only rises, by the minute, to the place's target (what a full bucket loses on the way is
//   above capacity, so above every target). Within A its task asks and is granted. That leaves at least its
//   target - C - X, from where the next goes on: in sum the refill has to bring T + N (C + X) + H X.
// - The place of a task that is gone spends nothing, and ends: it was told at most what the refill needs for
//   its turn with all before it, which is in the sum, and lapses a patience (at most A) after that. So does
//   one that is passed: it costs nobody a token.
//
// What is outside of this costs as much as it must: a clock that goes back by d, d; one that goes forward
// beyond a patience ends places, and a capacity that shrinks puts some out of reach: the wait may begin anew.
// A task that does not look, but sleeps until retry_at, may be passed where the tokens come earlier than it
// was told (those before it took less than they reserved). It keeps its rank; each time that it is passed
// costs it at most (T + C + X) / r + L + A + 1 minute. tests/keepa/liveness_test.cpp holds all this to the
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
  bool holds_up = true;  // those behind it
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
  std::optional<Duration> retry_after;  // where refill will help
};

Verdict decide(const Question& question);

// The largest cost that `decide` grants now, 0 where nothing that costs is; nullopt: as much as one may ask
// for.
std::optional<Millitokens> largest_granted(const Question& question);

// What an acquire of the threshold policy needs, and waits for: at most capacity, while there is refill.
Millitokens threshold_now(const Policy& policy, const Bucket& bucket);
Millitokens target_now(const Policy& policy, const Bucket& bucket, Millitokens cost);

// When the turn of the last of `queue` is expected, each before it that holds it up spending its cost once
// its target is reached; nullopt where no refill reaches that.
std::optional<Duration> time_to_turn(const Bucket& bucket, const std::vector<QueuedTask>& queue, Instant now);

// A place outlives the wait that was told by the policy's patience. A clock that went back does not prolong
// it: the place counts from now on (asked_at is never later than now).
struct PlaceLife {
  Instant asked_at;
  Duration live;        // the wait that was told, and the patience
  Duration patience{};  // of the task's policy
};
Instant asked_at_of(const PlaceLife& life, Instant now);
bool has_lapsed(const PlaceLife& life, Instant now);

// Whether a live place makes those behind it wait. It does not while no refill reaches its target (the plan
// shrank), nor while the tokens came earlier than its task was told and the task sleeps until then: it keeps
// its rank and is passed.
bool holds_up(Millitokens target, const PlaceLife& life, const Bucket& bucket, Instant now);

// A refusal must not live on stale belief: true where the last observation is older than a minute, or in the
// future (the clock went back).
bool observe_due(std::optional<Instant> observed_at, Instant now);

}  // namespace purser::keepa
