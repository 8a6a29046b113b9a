#include "frame/printable.h"

#include <fmt/format.h>

#include <algorithm>

#include "json/characters.h"

namespace purser::cli {
namespace {

using json::Character;
using json::CharacterRange;
using json::first_character;
using json::is_continuation;
using json::is_in;
using json::is_safe;

constexpr std::size_t kLongestQuote = 80;

// Marks that stand on the character before them.
constexpr CharacterRange kNarrow[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},
                                      {0x064B, 0x065F}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF},
                                      {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

// East Asian and emoji: two columns.
constexpr CharacterRange kWide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},  {0xA960, 0xA97C},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

// The number of bytes before the first that is a control or no ASCII: nearly always all.
std::size_t plain_beginning(std::string_view text) {
  auto special = [](char c) { return c < ' ' || c > '~'; };
  return static_cast<std::size_t>(std::find_if(text.begin(), text.end(), special) - text.begin());
}

constexpr std::string_view kOurColours[] = {"\x1b[1;31m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[0m"};

// The length of one of kOurColours at the beginning of the text; else 0.
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
    Character character = first_character(text);
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

std::size_t columns_of(std::string_view line) {
  std::size_t columns = 0;
  while (!line.empty()) {
    Character character = first_character(line);
    if (!is_in(kNarrow, character.code)) columns += is_in(kWide, character.code) ? 2 : 1;
    line.remove_prefix(character.bytes);
  }
  return columns;
}

std::string in_quotes(std::string_view typed) {
  std::string text = shortened(typed, kLongestQuote);
  std::string result = "'";
  for (std::string_view rest = text; !rest.empty();) {
    Character character = first_character(rest);
    for (char byte : rest.substr(0, character.bytes)) {
      result += is_safe(character) ? std::string(1, byte)
                                   : fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
    rest.remove_prefix(character.bytes);
  }
  return result + "'";
}

}  // namespace purser::cli
