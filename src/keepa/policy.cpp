#include "keepa/policy.h"

#include <algorithm>

namespace purser::keepa {
namespace {

constexpr Duration kObservationAge = std::chrono::seconds(60);
// Whoever waits only for another's turn looks again no sooner.
constexpr Duration kShortestQueueWait = std::chrono::seconds(5);

enum class Position { newcomer, first, behind };

Position position_of(const Question& question) {
  for (const QueuedTask& queued : question.queue) {
    if (queued.task == question.task) return Position::first;
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

bool within_deficit(const Question& question) {
  const auto& limit = question.policy.max_deficit;
  return !limit || available(question.bucket) - question.cost >= -*limit;
}

// The first place is granted at its target, a newcomer at his threshold: else the task that refuses itself at
// 50 to wait for 55 would be overtaken at 50 by the next one for ever.
bool grantable(const Question& question, Position position) {
  Millitokens now = available(question.bucket);
  Millitokens target = target_now(question.policy, question.bucket, question.cost);
  if (question.policy.buffer) return now >= target;
  if (position == Position::first) return now >= target;
  return now >= threshold_now(question.policy, question.bucket) && within_deficit(question);
}

bool beyond_capacity(const Question& question) {
  Millitokens most = capacity(question.bucket);
  if (question.policy.buffer) return question.cost + *question.policy.buffer > most;
  return question.policy.max_deficit && most - question.cost < -*question.policy.max_deficit;
}

Reason reason_to_wait(const Question& question, Position position) {
  if (position == Position::behind) return Reason::queued;
  if (question.policy.buffer) return Reason::buffer;
  Millitokens level = threshold_now(question.policy, question.bucket);
  if (position == Position::first) {
    level = at_most_capacity(*question.policy.threshold + *question.policy.margin, question.bucket);
  }
  return available(question.bucket) < level ? Reason::threshold : Reason::max_deficit;
}

// The queue up to and with this task, which takes the last place where it has none.
std::vector<QueuedTask> queue_with(const Question& question, Millitokens target) {
  std::vector<QueuedTask> line;
  for (const QueuedTask& other : question.queue) {
    if (other.task == question.task) break;
    line.push_back(other);
  }
  line.push_back({question.task, question.cost, target});
  return line;
}

std::size_t first_in_turn(const std::vector<QueuedTask>& queue) {
  auto first =
      std::find_if(queue.begin(), queue.end(), [](const QueuedTask& queued) { return queued.holds_up; });
  return static_cast<std::size_t>(first - queue.begin());
}

// No refill brings its turn, but the tokens are there: it comes when those before it ask or lapse.
Duration time_until_passed(const std::vector<QueuedTask>& line, Instant now) {
  Instant end = now;
  for (const QueuedTask& queued : line) {
    if (queued.holds_up && &queued != &line.back()) end = std::max(end, queued.holds_up_until);
  }
  return end - now + Duration{1};
}

Verdict wait_in_queue(const Question& question, Position position) {
  Millitokens target = target_now(question.policy, question.bucket, question.cost);
  auto line = queue_with(question, target);
  auto wait = time_to_turn(question.bucket, line, question.now);
  if (wait && position == Position::behind) wait = std::max(*wait, kShortestQueueWait);
  std::optional<std::size_t> ahead;
  if (position == Position::behind) ahead = first_in_turn(question.queue);
  return {Answer::refuse, reason_to_wait(question, position), target, static_cast<int>(line.size()), wait,
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

Verdict decide(const Question& question) {
  if (question.cost == Millitokens{}) return {Answer::grant, {}, {}, {}, {}, {}};
  if (!question.bucket.known) return {Answer::refuse, Reason::unknown_balance, {}, {}, {}, {}};
  Position position = position_of(question);
  bool enough = grantable(question, position);
  if (enough && position != Position::behind) return {Answer::grant, {}, {}, {}, {}, {}};
  Millitokens target = target_now(question.policy, question.bucket, question.cost);
  if (!enough && !has_refill(question.bucket)) return {Answer::refuse, Reason::no_refill, target, {}, {}, {}};
  if (!enough && beyond_capacity(question))
    return {Answer::never, Reason::beyond_capacity, target, {}, {}, {}};
  return wait_in_queue(question, position);
}

// Asked of `decide` itself, by halving, so that the two cannot disagree: what is granted at a cost is granted
// at each smaller one.
std::optional<Millitokens> largest_granted(const Question& question) {
  auto grants = [&question](Millitokens cost) {
    Question other{question.bucket, question.policy, question.queue, question.task, cost, question.now};
    return decide(other).answer == Answer::grant;
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
  // One that was told more than its patience sleeps after that.
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
