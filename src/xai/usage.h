// What calls used, as numbers that can be believed and added up. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "purser/xai_quota.h"

namespace purser::xai {

// The most that one record may say: a million million tokens, ten thousand dollars.
inline constexpr std::int64_t kMostTokens = 1'000'000'000'000;
inline constexpr std::int64_t kMostTicks = 10'000 * kUsdTicksPerDollar;

// No figure is negative.
bool is_possible(const Usage& usage);

// A figure that is negative or beyond belief counts as not given: no tokens, or a call without a cost.
Usage believed(const Usage& usage);

// Saturates at the largest number.
Usage sum(const Usage& a, const Usage& b);

// The model's name as a row keeps it: cut to 200 bytes; "unknown" for an empty one or no printable text.
std::string stored_model(std::string_view model);

}  // namespace purser::xai
