#include "xai/maintenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "xai/pauses.h"
#include "xai/quota_writer.h"
#include "xai/sql.h"

namespace purser::xai {
namespace {

// Names the figures themselves, since an upgrade compares this text before and after.
std::string sums_text(store::Snapshot& view) {
  auto row = view.rows(sql::kSumOfDays);
  row.step();
  return fmt::format("days: {}, calls: {}, bypassing: {}", row.get<std::int64_t>(0), row.get<std::int64_t>(1),
                     row.get<std::int64_t>(2));
}

// When the day ends in `time_zone`; in its own zone where this machine does not know that one.
Instant end_of(const CountedDay& day, const std::string& time_zone) {
  if (day.time_zone == time_zone) return day.ends_at;
  try {
    return end_of_day(day.date, time_zone);
  } catch (const Error& fault) {
    if (fault.code() != ErrorCode::unknown_time_zone) throw;
    return day.ends_at;
  }
}

void count_no_fewer(QuotaWriter& writer, const CountedDay& replaced) {
  QuotaRow row = writer.row();
  if (replaced.date < row.last_reset_date) return;
  if (replaced.date > row.last_reset_date) {
    writer.begin_day(replaced.date);
    row.last_reset_date = replaced.date;
    row.day_ends_at = end_of(replaced, row.time_zone);
    row.no_credits = false;
  }
  row.no_credits = row.no_credits || replaced.no_credits;
  writer.store(row);
  writer.state_calls(std::max<std::int64_t>(replaced.calls - writer.row().calls_today, 0), "restore");
}

// --- What doctor says ------------------------------------------------------------------------------

// After a move to a zone further west, or a clock that was ahead by hours: it passes by itself.
constexpr Duration kPassesSoon = std::chrono::hours(48);

// The day that a fresh database stands on.
constexpr std::string_view kFirstDate = "1970-01-01";

Finding day_of_the_quota(const QuotaRow& quota, Instant now) {
  Date today;
  try {
    today = day_of(now, quota.time_zone);
  } catch (const Error& fault) {
    return {
        "xai_day", Level::problem, fault.what(),
        "install the time zones of this machine (Debian's package tzdata), or: purser xai time-zone ZONE"};
  }
  if (quota.last_reset_date == kFirstDate) return {"xai_day", Level::ok, "nothing was counted yet", ""};
  std::string text =
      fmt::format("the quota stands on {}, today is {} in {}", quota.last_reset_date, today, quota.time_zone);
  if (quota.last_reset_date <= today) return {"xai_day", Level::ok, text, ""};
  std::string advice = fmt::format(
      "where the clock was wrong: purser xai set-day {} --calls {} --yes (as many as are counted now; "
      "xAI's console knows how many it was)",
      today, quota.calls_today);
  bool passes = quota.day_ends_at - now <= kPassesSoon;
  return {"xai_day", passes ? Level::warning : Level::problem,
          text + ": until that day is over there is no new quota", advice};
}

// ", the last at 2026-01-01T06:10:00Z (judge 480, query 20)": for what the day's units were used;
// "" for none.
std::string uses_of(store::Snapshot& view, const Date& date) {
  std::string uses;
  Instant last;
  auto row = view.rows(sql::kUsesOfDay, date);
  while (row.step()) {
    uses +=
        fmt::format("{}{} {}", uses.empty() ? "" : ", ", row.get<std::string>(0), row.get<std::int64_t>(1));
    last = std::max(last, row.get<Instant>(2));
  }
  return uses.empty() ? "" : fmt::format(", the last at {} ({})", rfc3339(last), uses);
}

Finding limit(store::Snapshot& view, const QuotaRow& quota, Instant now) {
  const char* name = "xai_limit";
  std::int64_t used = day_is_over(quota, now) ? 0 : quota.calls_today;
  std::string text = fmt::format("{} of {} calls of the day are used", used, quota.daily_limit);
  if (used < quota.daily_limit) return {name, Level::ok, text, ""};
  return {name, Level::warning,
          fmt::format("{}{}: none is allowed before {}", text, uses_of(view, quota.last_reset_date),
                      rfc3339(quota.day_ends_at)),
          "if the day may cost more: purser xai limit N; for whom it went: ops_xai_units"};
}

Finding credits(const QuotaRow& quota, Instant now) {
  if (!quota.no_credits || day_is_over(quota, now)) {
    return {"xai_credits", Level::ok, "xAI has not said that its credits are used up", ""};
  }
  return {"xai_credits", Level::problem,
          fmt::format("xAI says that the credits are used up: nothing is asked before {}",
                      rfc3339(quota.day_ends_at)),
          fmt::format("buy credits, then: purser xai limit {}", quota.daily_limit)};
}

std::string_view advice_for(PauseReason reason) {
  switch (reason) {
    case PauseReason::rate_limited: return "wait, ask xAI for a higher limit, or: purser xai resume";
    case PauseReason::wrong_key: return "set XAI_API_KEY to a valid key for all workers";
    case PauseReason::no_permission: return "look at the permissions of the API key at xAI";
    case PauseReason::unknown_model: return "set XAI_MODEL to a model that xAI has, for all workers";
  }
  return "";
}

std::string until_when(const Pause& pause, Instant now) {
  if (pause.until_at <= now) return "nobody is answered since: the next call finds out";
  std::string text = fmt::format("xAI is not asked before {}", rfc3339(pause.until_at));
  if (pause.others_answered) text += " with that key and model; others, with another, are answered";
  return text;
}

Finding pause(store::Snapshot& view, const QuotaRow& quota) {
  auto found = quota.paused ? find_last_pause(view) : std::nullopt;
  if (!found) return {"xai_pause", Level::ok, "xAI may be asked", ""};
  bool holds_all_up = found->until_at > view.now() && !found->others_answered;
  bool is_rate = found->reason == PauseReason::rate_limited;
  return {"xai_pause", is_rate || !holds_all_up ? Level::warning : Level::problem,
          fmt::format("{} ({} found out, with the model {}): {}", name_of(found->reason), found->worker,
                      found->model, until_when(*found, view.now())),
          std::string(advice_for(found->reason))};
}

Finding assumptions(const QuotaRow& quota, Instant now) {
  std::int64_t assumed = day_is_over(quota, now) ? 0 : quota.assumed;
  if (assumed == 0) return {"xai_assumed", Level::ok, "no verdict of the day was assumed", ""};
  return {"xai_assumed", Level::warning,
          fmt::format("verdicts of {} that were assumed, since xAI gave none: {}", quota.last_reset_date,
                      assumed),
          "where money hangs on a verdict: purser xai judge --no-fallback"};
}

}  // namespace

std::vector<Check> verify(store::Snapshot& view) {
  if (view.schema_version() < 2) return {};
  std::int64_t wrong = count_wrong_days(view);
  std::string detail = sums_text(view);
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
  QuotaWriter writer(change);
  if (replaced) count_no_fewer(writer, *replaced);
  ended.calls_today = writer.row().calls_today;
  return ended;
}

std::vector<Finding> findings(store::Snapshot& view) {
  QuotaRow quota = load_quota(view);
  return {day_of_the_quota(quota, view.now()), limit(view, quota, view.now()), credits(quota, view.now()),
          pause(view, quota), assumptions(quota, view.now())};
}

}  // namespace purser::xai
