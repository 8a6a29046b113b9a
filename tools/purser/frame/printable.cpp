#include "frame/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace purser::cli {
namespace {

constexpr std::size_t kLongestQuote = 80;

struct Character {
  char32_t code = 0xFFFD;
  std::size_t bytes = 1;
  bool valid = false;  // not: a byte that is no UTF-8
};

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// What can be written in fewer bytes, the halves of UTF-16, and what is beyond Unicode.
bool is_ill_formed(char32_t code, std::size_t bytes) {
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  return code < kLeast[bytes] || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF;
}

// The first one of a text that is not empty.
Character first_of(std::string_view text) {
  auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, true};
  std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || bytes > text.size()) return {};
  char32_t code = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!is_continuation(text[i])) return {};
    code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  return is_ill_formed(code, bytes) ? Character{} : Character{code, bytes, true};
}

struct Range {
  char32_t first, last;
};

template <std::size_t count>
bool is_in(const Range (&ranges)[count], char32_t code) {
  auto end = std::end(ranges);
  auto after = std::upper_bound(std::begin(ranges), end, code,
                                [](char32_t wanted, const Range& range) { return wanted < range.first; });
  return after != std::begin(ranges) && code <= std::prev(after)->last;
}

// Control characters, line and paragraph separators, and what Unicode calls default-ignorable (bidirectional
// controls, zero-width characters, fillers, tags), but for the variation selectors of emoji, FE00-FE0F.
constexpr Range kUnsafe[] = {{0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F},
                             {0x061C, 0x061C},   {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},
                             {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},   {0x3164, 0x3164},
                             {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},
                             {0x13430, 0x1345F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};

// Marks that stand on the character before them.
constexpr Range kNarrow[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},
                             {0x064B, 0x065F}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},
                             {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

// East Asian and emoji: two columns.
constexpr Range kWide[] = {{0x1100, 0x115F},   {0x231A, 0x231B},  {0x2E80, 0x303E},   {0x3041, 0xA4CF},
                           {0xA960, 0xA97C},   {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
                           {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
                           {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

bool is_safe(const Character& character) { return character.valid && !is_in(kUnsafe, character.code); }

// How many bytes are ASCII without controls: nearly always all.
std::size_t plain_beginning(std::string_view text) {
  auto special = [](char c) { return c < ' ' || c > '~'; };
  return static_cast<std::size_t>(std::find_if(text.begin(), text.end(), special) - text.begin());
}

constexpr std::string_view kOurColours[] = {"\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[0m"};

// The bytes of a colour of ours that stands first; else 0.
std::size_t colour_at(std::string_view text) {
  for (std::string_view colour : kOurColours) {
    if (text.substr(0, colour.size()) == colour) return colour.size();
  }
  return 0;
}

}  // namespace

std::string printable_lines(std::string_view text, Colours colours) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    if (std::size_t plain = plain_beginning(text); plain > 0) {
      result += text.substr(0, plain);
      text.remove_prefix(plain);
      continue;
    }
    Character character = first_of(text);
    std::size_t taken = colours == Colours::ours && text[0] == '\x1b' ? colour_at(text) : 0;
    if (taken == 0 && (is_safe(character) || text[0] == '\n' || text[0] == '\t')) taken = character.bytes;
    if (taken > 0) {
      result += text.substr(0, taken);
    } else if (text.substr(0, 2) != "\r\n") {  // a line's end of another system
      result += '?';
    }
    text.remove_prefix(std::max(taken, character.bytes));
  }
  return result;
}

std::string one_line(std::string_view text) {
  std::string line = printable_lines(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return line;
}

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  std::size_t end = most;
  while (most - end < 3 && end > 0 && is_continuation(text[end])) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::string escaped_for_json(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    Character character = first_of(text);
    if (is_safe(character)) {
      result += text.substr(0, character.bytes);
    } else if (character.code < 0x10000) {
      result += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(character.code));
    } else {
      auto above = static_cast<std::uint32_t>(character.code - 0x10000);
      result += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (above >> 10U), 0xDC00 + (above & 0x3FFU));
    }
    text.remove_prefix(character.bytes);
  }
  return result;
}

std::size_t columns_of(std::string_view line) {
  std::size_t columns = 0;
  while (!line.empty()) {
    Character character = first_of(line);
    if (!is_in(kNarrow, character.code)) columns += is_in(kWide, character.code) ? 2 : 1;
    line.remove_prefix(character.bytes);
  }
  return columns;
}

std::string in_quotes(std::string_view typed) {
  std::string text = shortened(typed, kLongestQuote);
  std::string result = "'";
  for (std::string_view rest = text; !rest.empty();) {
    Character character = first_of(rest);
    for (char byte : rest.substr(0, character.bytes)) {
      result += is_safe(character) ? std::string(1, byte)
                                   : fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
    rest.remove_prefix(character.bytes);
  }
  return result + "'";
}

}  // namespace purser::cli
