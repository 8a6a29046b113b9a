#include "json/characters.h"

#include <fmt/format.h>

#include <cstdint>

namespace purser::json {
namespace {

// Overlong forms, the surrogates of UTF-16, and numbers beyond Unicode's last one.
bool is_ill_formed(char32_t code, std::size_t bytes) {
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  return code < kLeast[bytes] || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF;
}

// Control characters, line and paragraph separators, and the characters that Unicode calls default-ignorable
// (bidirectional controls, zero-width characters, fillers, tags), except the variation selectors of emoji,
// FE00-FE0F.
constexpr CharacterRange kUnsafe[] = {
    {0x0000, 0x001F}, {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C},
    {0x115F, 0x1160}, {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},
    {0xFFFE, 0xFFFF}, {0x13430, 0x1345F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};

}  // namespace

Character first_character(std::string_view text) {
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

bool is_safe(const Character& character) { return character.is_valid && !is_in(kUnsafe, character.code); }

std::string escaped(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    Character character = first_character(text);
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

}  // namespace purser::json
