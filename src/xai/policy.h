// The quota's rules as functions of plain values: no database, no clock, no time zone.
#pragma once

#include <optional>

#include "purser/xai.h"
#include "xai/calendar.h"

namespace purser::xai {

struct QuotaRow {
  std::int64_t daily_limit = 0;
  std::string time_zone;
  Date last_reset_date;
  Instant day_ends_at{};
  bool no_credits = false;
  std::int64_t calls_today = 0, bypass_calls = 0;
};

// The stored day is over. It never begins again: a clock that went back stays in it.
bool day_is_over(const QuotaRow& quota, Instant now);

// The day that follows: `today` is what the calendar says, which a zone further west may put before the
// stored day.
QuotaRow next_day(const QuotaRow& quota, const Date& today, Instant today_ends_at);

// Why no unit can be had now; nullopt: it can.
std::optional<DenyReason> denial(const QuotaRow& quota);

QuotaState describe(const QuotaRow& quota);

// A flight's answer counts where nothing newer is known of its key.
struct StoredVerdict {
  // that brought it, or, for one that was put by hand, the newest that there was
  std::optional<std::int64_t> flight;
};
bool is_newest(const std::optional<StoredVerdict>& stored, std::int64_t flight);

}  // namespace purser::xai
