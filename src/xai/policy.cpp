#include "xai/policy.h"

#include <algorithm>

namespace purser::xai {

bool day_is_over(const QuotaRow& quota, Instant now) { return now >= quota.day_ends_at; }

QuotaRow next_day(const QuotaRow& quota, const Date& today, Instant today_ends_at) {
  if (today <= quota.last_reset_date) {
    // Not a new day after all: the zone was moved west. The stored one goes on until the calendar passes it.
    QuotaRow same = quota;
    same.day_ends_at = std::max(quota.day_ends_at, today_ends_at);
    return same;
  }
  QuotaRow next = quota;
  next.last_reset_date = today;
  next.day_ends_at = today_ends_at;
  next.no_credits = false;
  next.calls_today = next.bypass_calls = 0;
  return next;
}

std::optional<DenyReason> denial(const QuotaRow& quota) {
  if (quota.no_credits) return DenyReason::no_credits;
  if (quota.calls_today >= quota.daily_limit) return DenyReason::limit;
  return std::nullopt;
}

QuotaState describe(const QuotaRow& quota) {
  return {quota.last_reset_date, quota.calls_today,
          quota.daily_limit,     std::max<std::int64_t>(quota.daily_limit - quota.calls_today, 0),
          quota.bypass_calls,    quota.time_zone,
          quota.day_ends_at,     quota.no_credits};
}

bool is_newest(const std::optional<StoredVerdict>& stored, std::int64_t flight) {
  return !stored || !stored->flight || *stored->flight < flight;
}

std::string_view name_of(DenyReason reason) { return reason == DenyReason::limit ? "limit" : "no_credits"; }

}  // namespace purser::xai
