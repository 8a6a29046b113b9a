// What comes from elsewhere (arguments, paths, rows, services) as text that is safe to print.
//
// What is not safe (json/characters.h: control characters, bidirectional controls, invisible characters,
// bytes that are no UTF-8) becomes '?' in text for people; in JSON it is escaped (\u202e), which means the
// same. Emoji keep their variation selectors.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace purser::cli {

// Whether the colours of decision_word stay.
enum class Colours { none, ours };

// Text of many lines: line ends and tabs stay.
std::string printable_lines(std::string_view text, Colours colours = Colours::none);

// A value within a line: what would begin another line becomes a blank.
std::string one_line(std::string_view text);

// The beginning of what is longer than a person reads: whole characters, at most `most` bytes, then "…".
std::string shortened(std::string_view text, std::size_t most);

// No sentence needs more than two paths: the rest is what somebody typed.
inline constexpr std::size_t kLongestMessage = 8192;

// What an error says, for standard error.
inline std::string error_line(std::string_view message) {
  return one_line(shortened(message, kLongestMessage));
}

// How wide a terminal shows one line of it.
std::size_t columns_of(std::string_view line);

// What a person typed: in quotes, shortened, and what is not safe to print as \xNN.
std::string in_quotes(std::string_view typed);

}  // namespace purser::cli
