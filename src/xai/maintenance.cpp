#include "xai/maintenance.h"

#include <fmt/format.h>

#include <algorithm>

#include "xai/pauses.h"
#include "xai/quota_book.h"
#include "xai/sql.h"

namespace purser::xai {
namespace {

// With the figures themselves: an upgrade compares what was said before it and after it.
std::string in_words(store::Snapshot& view) {
  auto row = view.rows(sql::kSumOfDays);
  row.step();
  return fmt::format("days: {}, calls: {}, bypassing: {}", row.get<std::int64_t>(0), row.get<std::int64_t>(1),
                     row.get<std::int64_t>(2));
}

// Where the zone is another one, the day ends when it ends there, if this machine knows it.
Instant end_of(const CountedDay& day, const std::string& time_zone) {
  if (day.time_zone == time_zone) return day.ends_at;
  try {
    return end_of_day(day.date, time_zone);
  } catch (const Error& fault) {
    if (fault.code() != ErrorCode::unknown_time_zone) throw;
    return day.ends_at;
  }
}

void count_no_fewer(QuotaBook& book, const CountedDay& replaced) {
  QuotaRow row = book.row();
  if (replaced.date < row.last_reset_date) return;
  if (replaced.date > row.last_reset_date) {
    book.begin_day(replaced.date);
    row.last_reset_date = replaced.date;
    row.day_ends_at = end_of(replaced, row.time_zone);
    row.no_credits = false;
  }
  row.no_credits = row.no_credits || replaced.no_credits;
  book.store(row);
  book.state_calls(std::max<std::int64_t>(replaced.calls - book.row().calls_today, 0), "restore");
}

}  // namespace

std::vector<Check> verify(store::Snapshot& view) {
  if (view.schema_version() < 2) return {};
  std::int64_t wrong = count_wrong_days(view);
  std::string detail = in_words(view);
  if (wrong != 0) detail += fmt::format("; days whose figures are not the sums of their units: {}", wrong);
  return {{"xai_days", wrong == 0, detail}};
}

std::optional<CountedDay> counted_day(store::Snapshot& view) {
  if (view.schema_version() < 2) return std::nullopt;
  QuotaRow row = counted_quota_at(view, load_older_quota(view), view.now());
  return CountedDay{row.last_reset_date, row.day_ends_at, row.time_zone, row.calls_today, row.no_credits};
}

EndedPromises forget_promises(store::Transaction& change, const std::optional<CountedDay>& replaced) {
  EndedPromises ended;
  end_pauses(change);
  ended.flights = change.count_rows(sql::kEndOpenFlights, change.now());
  QuotaBook book(change);
  if (replaced) count_no_fewer(book, *replaced);
  ended.calls_today = book.row().calls_today;
  return ended;
}

}  // namespace purser::xai
