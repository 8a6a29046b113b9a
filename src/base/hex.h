// Bytes as lower-case hex digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace purser {

inline void append_hex(std::string& text, std::uint8_t byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  text += kDigits[byte >> 4U];
  text += kDigits[byte & 0xFU];
}

inline std::string hex_of(const std::uint8_t* bytes, std::size_t count) {
  std::string text;
  text.reserve(2 * count);
  for (std::size_t i = 0; i < count; ++i) append_hex(text, bytes[i]);
  return text;
}

}  // namespace purser
