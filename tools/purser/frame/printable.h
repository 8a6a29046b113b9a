// Makes text from elsewhere (arguments, paths, rows, services) safe to print.
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

// A text of many lines: newlines and tabs stay.
std::string printable_lines(std::string_view text, Colours colours = Colours::none);

// A value within a line: newlines and tabs become blanks.
std::string one_line(std::string_view text);

// A text of more than `most` bytes is cut to whole characters of at most so many bytes, and "…".
std::string shortened(std::string_view text, std::size_t most);

// Two of the longest paths (4096 bytes each): what is longer in a message was typed by the user.
inline constexpr std::size_t kLongestMessage = 8192;

// An error's message, for standard error.
inline std::string error_line(std::string_view message) {
  return one_line(shortened(message, kLongestMessage));
}

// The columns that a line takes on a terminal.
std::size_t columns_of(std::string_view line);

// What the user typed: in quotes, shortened, with \xNN for bytes that are not safe to print.
std::string in_quotes(std::string_view typed);

}  // namespace purser::cli
