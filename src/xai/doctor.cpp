#include "xai/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "xai/calendar.h"
#include "xai/pauses.h"
#include "xai/quota_book.h"
#include "xai/sql.h"

namespace purser::xai {
namespace {

// A zone further west, or a clock that was ahead by hours: that passes by itself.
constexpr Duration kPassesSoon = std::chrono::hours(48);

// What a fresh database stands on.
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

// "judge 480, query 20 since 06:10:00": for what the day's units went, and since when none is left.
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
  auto found = quota.paused ? last_pause(view) : std::nullopt;
  if (!found) return {"xai_pause", Level::ok, "xAI may be asked", ""};
  bool holds_all_up = found->until_at > view.now() && !found->others_answered;
  bool of_itself = found->reason == PauseReason::rate_limited;
  return {"xai_pause", of_itself || !holds_all_up ? Level::warning : Level::problem,
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

std::vector<Finding> findings(store::Snapshot& view) {
  QuotaRow quota = load_quota(view);
  return {day_of_the_quota(quota, view.now()), limit(view, quota, view.now()), credits(quota, view.now()),
          pause(view, quota), assumptions(quota, view.now())};
}

}  // namespace purser::xai
