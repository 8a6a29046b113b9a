#include "xai/policy.h"

#include <algorithm>
#include <utility>

namespace purser::xai {
namespace {

constexpr Duration kFirstRatePause = std::chrono::seconds(30);
constexpr Duration kLongestRatePause = std::chrono::minutes(15);
constexpr Duration kFirstPause = std::chrono::minutes(2);

}  // namespace

bool day_is_over(const QuotaRow& quota, Instant now) { return now >= quota.day_ends_at; }

QuotaRow next_day(const QuotaRow& quota, const Date& today, Instant today_ends_at) {
  if (today <= quota.last_reset_date) {
    // Not a new day after all: the zone was moved west. The stored day goes on until the calendar passes it.
    QuotaRow same = quota;
    same.day_ends_at = std::max(quota.day_ends_at, today_ends_at);
    return same;
  }
  QuotaRow next = quota;
  next.last_reset_date = today;
  next.day_ends_at = today_ends_at;
  next.no_credits = false;
  next.calls_today = next.bypass_calls = next.assumed = next.statements = 0;
  return next;
}

std::optional<DenyReason> denial(const QuotaRow& quota) {
  if (quota.no_credits) return DenyReason::no_credits;
  if (quota.calls_today >= quota.daily_limit) return DenyReason::limit;
  return std::nullopt;
}

QuotaState describe(const QuotaRow& quota, std::optional<Pause> pause) {
  return {quota.last_reset_date, quota.calls_today,
          quota.daily_limit,     std::max<std::int64_t>(quota.daily_limit - quota.calls_today, 0),
          quota.bypass_calls,    quota.time_zone,
          quota.day_ends_at,     quota.no_credits,
          quota.assumed,         std::move(pause)};
}

Duration length_of_pause(PauseReason reason, std::int64_t times, std::optional<Duration> retry_after) {
  bool is_rate = reason == PauseReason::rate_limited;
  if (is_rate && times == 1 && retry_after && *retry_after > kLongestOwnWait)
    return std::min(*retry_after, kLongestPause);
  Duration length = is_rate ? kFirstRatePause : kFirstPause;
  const Duration longest = is_rate ? kLongestRatePause : kLongestPause;
  for (std::int64_t i = 1; i < times && length < longest; ++i) length *= 2;
  return std::min(std::max(std::min(length, longest), retry_after.value_or(Duration{0})), kLongestPause);
}

bool is_within(Instant now, Instant since, Duration length) { return since <= now && now < since + length; }

bool is_newest(const std::optional<StoredVerdict>& stored, std::int64_t flight) {
  return !stored || !stored->flight || *stored->flight < flight;
}

}  // namespace purser::xai
