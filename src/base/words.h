// Sizes and durations in words, for lines that people read.
#pragma once

#include <cstdint>
#include <string>

#include "purser/clock.h"

namespace purser {

// "3 bytes", "12 kB", "45 MB", "6 GB": in steps of 1,000, rounded down.
std::string bytes_in_words(std::int64_t bytes);

// "50 s", "12 min", "5 h", "40 days": in the largest unit that gives at least 2; a negative duration as 0.
std::string in_words(Duration duration);

}  // namespace purser
