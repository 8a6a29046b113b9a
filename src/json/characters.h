// Reads Unicode characters from bytes that may not be UTF-8, and says which of them are safe to show.
//
// A terminal obeys control characters; bidirectional controls reorder a line; invisible characters make two
// names look like one. None of those is safe, nor is a byte that is no UTF-8.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

namespace purser::json {

struct Character {
  char32_t code = 0xFFFD;
  std::size_t bytes = 1;
  bool is_valid = false;  // false: a byte that is no UTF-8
};

// REQUIRES: `text` is not empty.
Character first_character(std::string_view text);

// Whether the byte continues a character of several bytes.
inline bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

struct CharacterRange {
  char32_t first, last;
};

// REQUIRES: the ranges are sorted and do not overlap.
template <std::size_t count>
bool is_in(const CharacterRange (&ranges)[count], char32_t code) {
  auto after =
      std::upper_bound(std::begin(ranges), std::end(ranges), code,
                       [](char32_t wanted, const CharacterRange& range) { return wanted < range.first; });
  return after != std::begin(ranges) && code <= std::prev(after)->last;
}

bool is_safe(const Character& character);

// The text with each unsafe character written as \uNNNN, which means the same in a JSON string.
// REQUIRES: `text` is the inside of a JSON string, in UTF-8.
std::string escaped(std::string_view text);

}  // namespace purser::json
