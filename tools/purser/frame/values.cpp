#include "frame/values.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "frame/human.h"
#include "frame/printable.h"
#include "purser/error.h"

namespace purser::cli {
namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view typed, std::string_view accepted) {
  throw Error(ErrorCode::usage, fmt::format("{} takes {}, not {}", name, accepted, in_quotes(typed)));
}

// nullopt where not all of `text` is the number.
std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 5> kUnits{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

// nullopt for what is malformed, not above zero, or more than `most`.
std::optional<Duration> parse_duration(std::string_view text, Duration most) {
  auto digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
  auto number = whole_number(text.substr(0, digits));
  for (const Unit& unit : kUnits) {
    if (text.substr(digits) != unit.name) continue;
    if (!number || *number == 0 || *number > most.count() / unit.milliseconds) return std::nullopt;
    return Duration(*number * unit.milliseconds);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Millitokens> tokens_option(const Arguments& arguments, std::string_view name,
                                         TokenRange range) {
  if (!arguments.has(name)) return std::nullopt;
  std::string typed = arguments.text(name);
  auto amount = parse_tokens(typed);
  if (amount && *amount >= range.least && *amount <= range.most) return amount;
  refuse(name, typed,
         fmt::format("a number of tokens from {} to {} with at most three decimals (80, 54.5)",
                     to_string(range.least), to_string(range.most)));
}

std::optional<Cents> price_option(const Arguments& arguments, std::string_view name) {
  if (!arguments.has(name)) return std::nullopt;
  std::string typed = arguments.text(name);
  if (auto price = parse_price(typed)) return price;
  refuse(
      name, typed,
      fmt::format("US dollars from 0 to {} with at most two decimals (49.9, 49.90)", kMaxPrice.count / 100));
}

std::optional<std::int64_t> integer_option(const Arguments& arguments, std::string_view name,
                                           std::int64_t least, std::int64_t most) {
  if (!arguments.has(name)) return std::nullopt;
  std::string typed = arguments.text(name);
  auto number = whole_number(typed);
  if (number && *number >= least && *number <= most) return number;
  refuse(name, typed, fmt::format("a whole number from {} to {}", least, most));
}

std::optional<Duration> duration_option(const Arguments& arguments, std::string_view name, Duration most) {
  if (!arguments.has(name)) return std::nullopt;
  std::string typed = arguments.text(name);
  if (auto duration = parse_duration(typed, most)) return duration;
  refuse(name, typed,
         fmt::format("a duration with its unit (1500ms, 90s, 2m, 12h, 30d), more than zero and at most {}",
                     human(most)));
}

}  // namespace purser::cli
