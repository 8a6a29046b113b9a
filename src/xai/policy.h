// The quota's rules as functions of plain values: no database, no clock, no time zone.
#pragma once

#include <optional>

#include "purser/xai_quota.h"
#include "xai/calendar.h"

namespace purser::xai {

struct QuotaRow {
  std::int64_t daily_limit = 0;
  std::string time_zone;
  Date last_reset_date;
  Instant day_ends_at{};
  bool no_credits = false;
  std::int64_t calls_today = 0, bypass_calls = 0;
  bool paused = false;          // there is a pause, over or not
  std::int64_t assumed = 0;     // verdicts of the day
  std::int64_t statements = 0;  // of the day: how often its calls were stated
};

// The stored day is over. It never begins again: a clock that is set back stays in it.
bool day_is_over(const QuotaRow& quota, Instant now);

// The quota on the day that follows. `today` is the day by the calendar; in a zone further west it may be the
// stored day, or one before it.
QuotaRow next_day(const QuotaRow& quota, const Date& today, Instant today_ends_at);

// Why no unit can be taken now; nullopt: one can.
std::optional<DenyReason> denial(const QuotaRow& quota);

QuotaState describe(const QuotaRow& quota, std::optional<Pause> pause = {});

// The longest rate limit that a worker waits out by itself. A longer one becomes a pause of all at once.
inline constexpr Duration kLongestOwnWait = std::chrono::seconds(5);

// How long a pause lasts that is the `times`th in a row: from half a minute for a rate limit, and from two
// minutes for what a person must put right; twice as long each time, up to a quarter of an hour and an hour.
// What looks like a wrong key may be an outage of xAI's that passes, so it is looked at soon, and a probe
// takes no unit; a person who puts it right ends the pause by that. What xAI asks for is honoured: at first
// also where it is less, and up to an hour. A longer wait is no answer for a machine, and a probe an hour
// does no harm.
Duration length_of_pause(PauseReason reason, std::int64_t times, std::optional<Duration> retry_after);

// Whether `now` lies within `length` from `since`. With `since` in the future it does not: what began under a
// clock that was ahead does not last until that clock would be right.
bool is_within(Instant now, Instant since, Duration length);

struct StoredVerdict {
  // The flight that brought it or, for a verdict that was put by hand, the newest that there was then.
  std::optional<std::int64_t> flight;
};
// A flight's answer counts where nothing newer is known of its key.
bool is_newest(const std::optional<StoredVerdict>& stored, std::int64_t flight);

}  // namespace purser::xai
