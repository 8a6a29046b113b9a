// Converts values of the command line to amounts, durations and numbers, within bounds. A value that is
// malformed or out of bounds throws Error(usage), which names the option and what it accepts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "frame/verb.h"
#include "purser/amount.h"
#include "purser/clock.h"

namespace purser::cli {

struct TokenRange {
  Millitokens least, most;
};
inline constexpr TokenRange kCosts{{0}, kMaxCost};
inline constexpr TokenRange kBalances{-kMaxBalance, kMaxBalance};
inline constexpr TokenRange kRates{{0}, kMaxCost};

// Each gives nullopt where the option was not given.
std::optional<Millitokens> tokens_option(const Arguments& arguments, std::string_view name, TokenRange range);
std::optional<std::int64_t> integer_option(const Arguments& arguments, std::string_view name,
                                           std::int64_t least, std::int64_t most);
std::optional<Cents> price_option(const Arguments& arguments, std::string_view name);
// Accepts 1500ms, 90s, 2m, 12h, 30d: more than zero, at most `most`.
std::optional<Duration> duration_option(const Arguments& arguments, std::string_view name, Duration most);

}  // namespace purser::cli
