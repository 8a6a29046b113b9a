// The usage plan of an operation as a generic cell rate algorithm: `due_at` is when the next request would be
// due if they came evenly; one may go out as far before it as the burst allows. Slots are given in order.
#include <algorithm>

#include "spapi/access_book.h"
#include "spapi/sql.h"
#include "store/transaction.h"

namespace purser::spapi {
namespace {

using std::chrono::minutes;

// A slot further ahead is none that a queue has made, but a clock that was ahead.
constexpr Duration kLongestQueue = minutes(10);

struct Pace {
  Instant due_at;
  std::optional<Instant> paused_until;
};

Duration tolerance(const UsagePlan& plan) { return plan.interval * (plan.burst - 1); }

// After a wrong clock nobody knows what has gone out: no burst, but one request now and then evenly.
Pace load_pace(store::Snapshot& view, const std::string& subject, const UsagePlan& plan) {
  auto row = view.statement(sql::kFindPace).bind(subject, plan.operation);
  if (!row.step()) return {view.now(), {}};
  Pace pace{row.get<Instant>(0), row.get<std::optional<Instant>>(1)};
  Instant furthest = view.now() + kLongestQueue;
  if (pace.paused_until > furthest) pace.paused_until.reset();
  if (pace.due_at - tolerance(plan) > furthest) pace.due_at = view.now() + tolerance(plan);
  return pace;
}

void store_pace(store::Transaction& change, const std::string& subject, const UsagePlan& plan,
                const Pace& pace) {
  change.statement(sql::kPutPace).bind(subject, plan.operation, pace.due_at, pace.paused_until).run();
}

}  // namespace

Instant take_slot(store::Connection& connection, const std::string& subject, const UsagePlan& plan) {
  store::Transaction change(connection);
  Pace pace = load_pace(change, subject, plan);
  Instant slot = std::max(change.now(), pace.due_at - tolerance(plan));
  pace.due_at = std::max(slot, pace.due_at) + plan.interval;
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
  Instant until = change.now() + std::clamp(pause, Duration::zero(), kLongestQueue);
  pace.due_at = std::max(pace.due_at, until + tolerance(plan));
  pace.paused_until = std::max(pace.paused_until.value_or(until), until);
  store_pace(change, subject, plan, pace);
  change.commit();
}

}  // namespace purser::spapi
