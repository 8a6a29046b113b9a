#include "keepa/policy.h"

#include <algorithm>

namespace purser::keepa {
namespace {

constexpr Duration kObservationAge = std::chrono::seconds(60);
// A task that waits only for another's turn looks again no sooner than this.
constexpr Duration kShortestQueueWait = std::chrono::seconds(5);

enum class Position { newcomer, first, behind };

Position position_of(const AcquireQuery& query) {
  for (const QueuedTask& queued : query.queue) {
    if (queued.task == query.task) return Position::first;
    if (queued.holds_up) return Position::behind;
  }
  return Position::newcomer;
}

bool has_refill(const Bucket& bucket) { return effective_rate(bucket) > Millitokens{}; }

Millitokens at_most_capacity(Millitokens level, const Bucket& bucket) {
  return has_refill(bucket) ? std::min(level, capacity(bucket)) : level;
}

bool is_reachable(Millitokens target, const Bucket& bucket) {
  return !bucket.known || target <= std::max(available(bucket), capacity(bucket));
}

bool within_deficit(const AcquireQuery& query) {
  const auto& limit = query.policy.max_deficit;
  return !limit || available(query.bucket) - query.cost >= -*limit;
}

// The first place is granted at its target, a newcomer to an empty queue at its threshold. If the queue did
// not hold newcomers back, a task that was refused below 50 and waits for 55 would be overtaken at 50 for
// ever.
bool grantable(const AcquireQuery& query, Position position) {
  Millitokens now = available(query.bucket);
  Millitokens target = target_now(query.policy, query.bucket, query.cost);
  if (query.policy.buffer) return now >= target;
  if (position == Position::first) return now >= target;
  return now >= threshold_now(query.policy, query.bucket) && within_deficit(query);
}

bool beyond_capacity(const AcquireQuery& query) {
  Millitokens most = capacity(query.bucket);
  if (query.policy.buffer) return query.cost + *query.policy.buffer > most;
  return query.policy.max_deficit && most - query.cost < -*query.policy.max_deficit;
}

Reason reason_to_wait(const AcquireQuery& query, Position position) {
  if (position == Position::behind) return Reason::queued;
  if (query.policy.buffer) return Reason::buffer;
  Millitokens level = threshold_now(query.policy, query.bucket);
  if (position == Position::first) {
    level = at_most_capacity(*query.policy.threshold + *query.policy.margin, query.bucket);
  }
  return available(query.bucket) < level ? Reason::threshold : Reason::max_deficit;
}

// The queue up to and including this task; it takes the last place if it has none.
std::vector<QueuedTask> queue_with(const AcquireQuery& query, Millitokens target) {
  std::vector<QueuedTask> line;
  for (const QueuedTask& other : query.queue) {
    if (other.task == query.task) break;
    line.push_back(other);
  }
  line.push_back({query.task, query.cost, target});
  return line;
}

std::size_t first_in_turn(const std::vector<QueuedTask>& queue) {
  auto first =
      std::find_if(queue.begin(), queue.end(), [](const QueuedTask& queued) { return queued.holds_up; });
  return static_cast<std::size_t>(first - queue.begin());
}

// Until those before the last one have asked or lapsed. For when no refill brings its turn but its tokens are
// there.
Duration time_until_passed(const std::vector<QueuedTask>& line, Instant now) {
  Instant end = now;
  for (const QueuedTask& queued : line) {
    if (queued.holds_up && &queued != &line.back()) end = std::max(end, queued.holds_up_until);
  }
  return end - now + Duration{1};
}

Decision wait_in_queue(const AcquireQuery& query, Position position) {
  Millitokens target = target_now(query.policy, query.bucket, query.cost);
  auto line = queue_with(query, target);
  auto wait = time_to_turn(query.bucket, line, query.now);
  if (wait && position == Position::behind) wait = std::max(*wait, kShortestQueueWait);
  std::optional<std::size_t> ahead;
  if (position == Position::behind) ahead = first_in_turn(query.queue);
  return {DecisionKind::refuse,
          reason_to_wait(query, position),
          target,
          static_cast<int>(line.size()),
          wait,
          ahead};
}

}  // namespace

Millitokens threshold_now(const Policy& policy, const Bucket& bucket) {
  return at_most_capacity(*policy.threshold, bucket);
}

Millitokens target_now(const Policy& policy, const Bucket& bucket, Millitokens cost) {
  if (policy.buffer) return cost + *policy.buffer;
  Millitokens target = at_most_capacity(*policy.threshold + *policy.margin, bucket);
  return policy.max_deficit ? std::max(target, cost - *policy.max_deficit) : target;
}

Decision decide(const AcquireQuery& query) {
  if (query.cost == Millitokens{}) return {DecisionKind::grant, {}, {}, {}, {}, {}};
  if (!query.bucket.known) return {DecisionKind::refuse, Reason::unknown_balance, {}, {}, {}, {}};
  Position position = position_of(query);
  bool enough = grantable(query, position);
  if (enough && position != Position::behind) return {DecisionKind::grant, {}, {}, {}, {}, {}};
  Millitokens target = target_now(query.policy, query.bucket, query.cost);
  if (!enough && !has_refill(query.bucket))
    return {DecisionKind::refuse, Reason::no_refill, target, {}, {}, {}};
  if (!enough && beyond_capacity(query))
    return {DecisionKind::never, Reason::beyond_capacity, target, {}, {}, {}};
  return wait_in_queue(query, position);
}

// Halves the range with `decide` itself, so that the two cannot disagree. It may: a task that is granted a
// cost is granted every smaller one.
std::optional<Millitokens> largest_granted(const AcquireQuery& query) {
  auto grants = [&query](Millitokens cost) {
    AcquireQuery other{query.bucket, query.policy, query.queue, query.task, cost, query.now};
    return decide(other).kind == DecisionKind::grant;
  };
  if (grants(kMaxCost)) return std::nullopt;
  Millitokens granted{};
  Millitokens refused = kMaxCost;
  while (refused.count - granted.count > 1) {
    Millitokens middle{granted.count + (refused.count - granted.count) / 2};
    (grants(middle) ? granted : refused) = middle;
  }
  return granted;
}

std::optional<Duration> time_to_turn(const Bucket& bucket, const std::vector<QueuedTask>& queue,
                                     Instant now) {
  if (!is_reachable(queue.back().target, bucket)) return std::nullopt;
  Millitokens spent_before;
  Millitokens needed = available(bucket);
  for (const QueuedTask& queued : queue) {
    if (!queued.holds_up && &queued != &queue.back()) continue;
    needed = std::max(needed, spent_before + queued.target);
    spent_before += queued.cost;
  }
  auto wait = time_to_gain(bucket, needed - available(bucket), now);
  bool is_reached = bucket.known && available(bucket) >= queue.back().target;
  return wait || !is_reached ? wait : std::optional(time_until_passed(queue, now));
}

Instant asked_at_of(const PlaceLife& life, Instant now) { return std::min(life.asked_at, now); }

Instant reached_at_of(const PlaceLife& life, Instant now) {
  return std::min(life.reached_at.value_or(now), now);
}

bool has_lapsed(const PlaceLife& life, Instant now) { return now > asked_at_of(life, now) + life.live; }

std::optional<Duration> hold_limit_of(bool is_advised_to_skip, bool was_passed_and_asked, Duration patience) {
  if (!is_advised_to_skip) return std::nullopt;
  return was_passed_and_asked ? patience : patience / 2;
}

bool holds_up(Millitokens target, const PlaceLife& life, const Bucket& bucket, Instant now) {
  if (!is_reachable(target, bucket)) return false;
  if (available(bucket) < target) return true;
  Instant asked_at = asked_at_of(life, now);
  if (now > asked_at + life.patience && now < asked_at + life.live - life.patience)
    return false;  // it sleeps
  return !life.hold_limit || now <= reached_at_of(life, now) + *life.hold_limit;
}

Instant holds_up_until(const PlaceLife& life, Instant now) {
  Instant asked_at = asked_at_of(life, now);
  Instant end = asked_at + life.live;
  // A task that was given a wait longer than its patience sleeps once its patience is over.
  bool falls_asleep = now <= asked_at + life.patience && life.live > 2 * life.patience;
  if (falls_asleep) end = asked_at + life.patience;
  if (life.hold_limit) end = std::min(end, reached_at_of(life, now) + *life.hold_limit);
  return end;
}

bool observe_due(std::optional<Instant> observed_at, Instant now) {
  if (!observed_at) return true;
  return now - *observed_at > kObservationAge || *observed_at - now > kObservationAge;
}

}  // namespace purser::keepa
