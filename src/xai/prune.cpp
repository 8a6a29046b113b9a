#include "xai/prune.h"

#include <fmt/format.h>

#include <set>

#include "purser/xai_verdicts.h"
#include "xai/quota_writer.h"
#include "xai/sql.h"

namespace purser::xai {
namespace {

// A call's longest deadline, and the day within which its answer may be given a second time.
constexpr Duration kAnswerMayCome = kMaxDeadline + std::chrono::hours(24);

void require_sums(store::Snapshot& view, const Date& date, std::int64_t calls, std::int64_t bypass_calls) {
  auto row = view.rows(sql::kLoadDayCalls, date);
  if (!row.step() || (row.get<std::int64_t>(0) == calls && row.get<std::int64_t>(1) == bypass_calls)) return;
  throw Error(ErrorCode::corrupt,
              fmt::format("the figures of {} are not the sums of its units: it is not pruned", date));
}

std::int64_t remove_unit(store::Transaction& change, const Date& date, const std::string& id) {
  std::int64_t calls = 0;
  std::int64_t bypass_calls = 0;
  {
    auto row = change.rows(sql::kForgetUnit, id);
    if (!row.step()) return 0;
    (row.get<std::string>(0) == "bypass" ? bypass_calls : calls) = row.get<std::int64_t>(1);
    row.step();
  }
  change.run(sql::kCountUnits, date, -calls, -bypass_calls);
  return 1;
}

}  // namespace

OldDays::OldDays(store::Connection& connection, Instant before) : connection_(&connection) {
  store::Snapshot view(connection);
  Date first_kept = day_of(before, load_quota(view).time_zone);
  std::set<Date> old;
  {
    auto row = view.rows(sql::kOldDays, first_kept, view.now() - kAnswerMayCome);
    while (row.step()) {
      days_.push_back(row.get<std::string>(0));
      old.insert(days_.back());
      found_.units += row.get<std::int64_t>(1);
      found_.usage += row.get<std::int64_t>(2);
    }
  }
  auto row = view.rows(sql::kFlightsOfDays, first_kept);
  while (row.step()) {
    if (old.count(row.get<std::string>(0)) != 0) flights_.push_back(row.get<std::int64_t>(1));
  }
  found_.days = static_cast<std::int64_t>(days_.size());
  found_.flights = static_cast<std::int64_t>(flights_.size());
}

// Reads outside the write transaction, since a day may have many units.
void OldDays::look_further(int steps) {
  while (steps_.size() < static_cast<std::size_t>(steps) && !days_.empty()) {
    store::Snapshot view(*connection_);
    take_steps_of(view, days_.front());
    days_.pop_front();
  }
}

void OldDays::take_steps_of(store::Snapshot& view, const Date& date) {
  std::deque<Step> steps;
  std::int64_t calls = 0;
  std::int64_t bypass_calls = 0;
  auto row = view.rows(sql::kUnitsOfDay, date);
  while (row.step()) {
    steps.push_back({date, row.get<std::string>(0)});
    (row.get<std::string>(1) == "bypass" ? bypass_calls : calls) += row.get<std::int64_t>(2);
  }
  require_sums(view, date, calls, bypass_calls);
  steps.push_back({date, {}});
  steps_.insert(steps_.end(), steps.begin(), steps.end());
}

std::optional<OldDays::Count> OldDays::remove_some(Portion& portion) {
  bool flights_first = !flights_.empty();
  if (!flights_first) look_further(portion.rows());
  if (!flights_first && steps_.empty()) return std::nullopt;
  store::Transaction change(*connection_);
  portion.begin();
  Count removed = flights_first ? remove_flights(change, portion.rows()) : take_steps(change, portion.rows());
  portion.end();
  change.commit();
  return removed;
}

OldDays::Count OldDays::remove_flights(store::Transaction& change, int most) {
  Count removed;
  for (; most > 0 && !flights_.empty(); --most, flights_.pop_front()) {
    removed.flights += change.count_rows(sql::kForgetFlight, flights_.front());
  }
  if (flights_.empty()) forget_leases_without_flight(change);
  return removed;
}

OldDays::Count OldDays::take_steps(store::Transaction& change, int most) {
  // An operator may have set the quota back to one of these days meanwhile.
  Date counted = load_quota(change).last_reset_date;
  Count removed;
  for (; most > 0 && !steps_.empty(); --most, steps_.pop_front()) {
    const Step& step = steps_.front();
    if (step.date == counted) continue;
    if (!step.unit.empty()) {
      removed.units += remove_unit(change, step.date, step.unit);
      continue;
    }
    removed.usage += change.count_rows(sql::kForgetUsage, step.date);
    removed.days += change.count_rows(sql::kForgetDay, step.date);
  }
  return removed;
}

}  // namespace purser::xai
