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
  std::int64_t assumed = 0;     // of the day
  std::int64_t statements = 0;  // of the day
};

// The stored day is over. It never begins again: a clock that went back stays in it.
bool day_is_over(const QuotaRow& quota, Instant now);

// The day that follows: `today` is what the calendar says, which a zone further west may put before
// the stored day.
QuotaRow next_day(const QuotaRow& quota, const Date& today, Instant today_ends_at);

// Why no unit can be had now; nullopt: it can.
std::optional<DenyReason> denial(const QuotaRow& quota);

QuotaState describe(const QuotaRow& quota, std::optional<Pause> pause = {});

// A rate limit that says it lasts longer is everybody's: it is told to all at once, and not waited for.
inline constexpr Duration kLongestOwnWait = std::chrono::seconds(5);

// How long a pause lasts, where it is the `times`th in a row: from half a minute for a rate limit and two
// minutes for what a person must put right, twice as long each time, up to a quarter of an hour and an
// hour. What looks like a wrong key may be an outage of xAI's that passes, so it is looked at soon, and a
// probe takes no unit; who does put it right ends the pause by that. What xAI asks for is honoured, at
// first also where it is less, and up to an hour: beyond that it is no answer for a machine, and one probe
// an hour does no harm.
Duration length_of_pause(PauseReason reason, std::int64_t times, std::optional<Duration> retry_after);

// Whether `now` lies within `length` from `since`. After a clock that went back it does not: what a wrong
// clock began does not last for as long as that clock was wrong.
bool is_within(Instant now, Instant since, Duration length);

// A flight's answer counts where nothing newer is known of its key.
struct StoredVerdict {
  // that brought it, or, for one that was put by hand, the newest that there was
  std::optional<std::int64_t> flight;
};
bool is_newest(const std::optional<StoredVerdict>& stored, std::int64_t flight);

}  // namespace purser::xai
