// The usage plan of an operation as a generic cell rate algorithm: `due_at` is when the next request would be
// due if they came evenly; one may go out as far before it as the burst allows. Slots are given in order.
#include <algorithm>

#include "spapi/access_book.h"
#include "spapi/sql.h"
#include "store/transaction.h"

namespace purser::spapi {
namespace {

using std::chrono::minutes;

// How many wait at once, at most. A slot further ahead is none that a queue has made, but a clock that was
// ahead: so a clock that is set back holds nobody up for longer. One that is set forward looks like idle
// time: it gives one burst more, which Amazon's 429 ends.
constexpr int kLongestQueue = 100;
constexpr Duration kShortestBound = std::chrono::seconds(10), kLongestBound = minutes(10);
constexpr Duration kLongestPause = minutes(5);  // what a Retry-After may say (http/retry.h)

struct Pace {
  Instant due_at;
  std::optional<Instant> paused_until;
  Duration interval;  // Amazon's own, where it has said so
};

Duration tolerance(const Pace& pace, const UsagePlan& plan) { return pace.interval * (plan.burst - 1); }

Duration longest_queue(const Pace& pace) {
  return std::clamp<Duration>(pace.interval * kLongestQueue, kShortestBound,
                              std::max<Duration>(kLongestBound, 2 * pace.interval));
}

// After a wrong clock nobody knows what has gone out: no burst, but one request now and then evenly.
Pace load_pace(store::Snapshot& view, const std::string& subject, const UsagePlan& plan) {
  auto row = view.rows(sql::kFindPace, subject, plan.operation);
  if (!row.step()) return {view.now(), {}, plan.interval};
  Pace pace{row.get<Instant>(0), row.get<std::optional<Instant>>(1),
            row.get<std::optional<Duration>>(2).value_or(plan.interval)};
  if (pace.paused_until > view.now() + kLongestPause) pace.paused_until.reset();
  Instant furthest = std::max(view.now(), pace.paused_until.value_or(view.now())) + longest_queue(pace);
  if (pace.due_at - tolerance(pace, plan) > furthest) pace.due_at = view.now() + tolerance(pace, plan);
  return pace;
}

void store_pace(store::Transaction& change, const std::string& subject, const UsagePlan& plan,
                const Pace& pace) {
  change.run(sql::kPutPace, subject, plan.operation, pace.due_at, pace.paused_until);
}

}  // namespace

Instant take_slot(store::Connection& connection, const std::string& subject, const UsagePlan& plan) {
  store::Transaction change(connection);
  Pace pace = load_pace(change, subject, plan);
  Instant slot = std::max(change.now(), pace.due_at - tolerance(pace, plan));
  pace.due_at = std::max(slot, pace.due_at) + pace.interval;
  store_pace(change, subject, plan, pace);
  change.commit();
  return slot;
}

bool is_paused(store::Connection& connection, const std::string& subject, const UsagePlan& plan) {
  store::Snapshot view(connection);
  return load_pace(view, subject, plan).paused_until > view.now();
}

void push_back(store::Connection& connection, const std::string& subject, const UsagePlan& plan,
               Duration pause) {
  store::Transaction change(connection);
  Pace pace = load_pace(change, subject, plan);
  Instant until = change.now() + std::clamp(pause, Duration::zero(), kLongestPause);
  pace.due_at = std::max(pace.due_at, until + tolerance(pace, plan));
  pace.paused_until = std::max(pace.paused_until.value_or(until), until);
  store_pace(change, subject, plan, pace);
  change.commit();
}

void follow(store::Connection& connection, const std::string& subject, const UsagePlan& plan,
            Duration interval) {
  {
    store::Snapshot view(connection);
    if (load_pace(view, subject, plan).interval == interval) return;
  }
  store::Transaction change(connection);
  change.run(sql::kPutInterval, subject, plan.operation, change.now(), interval);
  change.commit();
}

}  // namespace purser::spapi
