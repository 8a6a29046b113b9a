// Days of a time zone: which one an instant is in, and when it ends. Only these functions load time zones,
// which takes 2 ms.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "purser/clock.h"

namespace purser::xai {

// A calendar day as ISO 8601 writes it: such strings order as the days do.
using Date = std::string;

// nullopt unless it is a day from 1970 to 9999 in the form YYYY-MM-DD.
std::optional<Date> parse_date(std::string_view text);

// These three throw unknown_time_zone for a name that this machine does not know.
void require_time_zone(const std::string& zone);
Date day_of(Instant at, const std::string& zone);
// The first instant of the next day: days have 23 or 25 hours where clocks change, and a midnight that a
// change skips is the first instant after it.
Instant end_of_day(const Date& day, const std::string& zone);

}  // namespace purser::xai
