#include "xai/doctor.h"

#include <fmt/format.h>

#include <string_view>

#include "xai/calendar.h"
#include "xai/quota_book.h"

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

Finding credits(const QuotaRow& quota, Instant now) {
  if (!quota.no_credits || day_is_over(quota, now)) {
    return {"xai_credits", Level::ok, "xAI has not said that its credits are used up", ""};
  }
  return {"xai_credits", Level::problem,
          fmt::format("xAI says that the credits are used up: nothing is asked before {}",
                      rfc3339(quota.day_ends_at)),
          fmt::format("buy credits, then: purser xai limit {}", quota.daily_limit)};
}

}  // namespace

std::vector<Finding> findings(store::Snapshot& view) {
  QuotaRow quota = load_quota(view);
  return {day_of_the_quota(quota, view.now()), credits(quota, view.now())};
}

}  // namespace purser::xai
