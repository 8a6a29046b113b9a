// Who may spend: the decision of an acquire as a function of plain values. The transaction in acquire.cpp
// loads them, calls `decide`, and stores what follows from the verdict.
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

// When the turn of the last of `queue` is expected, each before it spending its cost once its target is
// reached.
std::optional<Duration> time_to_turn(const Bucket& bucket, const std::vector<QueuedTask>& queue, Instant now);

// A place outlives the wait that was told by the policy's patience. A clock that went back does not prolong
// it: the place counts from now on (asked_at is never later than now).
struct PlaceLife {
  Instant asked_at;
  Duration live;
};
Instant asked_at_of(const PlaceLife& life, Instant now);
bool has_lapsed(const PlaceLife& life, Instant now);

// A refusal must not live on stale belief: true where the last observation is older than a minute, or in the
// future (the clock went back).
bool observe_due(std::optional<Instant> observed_at, Instant now);

}  // namespace purser::keepa
