#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "purser/error.h"

namespace purser {
namespace {

constexpr std::size_t kMaxNameBytes = 200;

bool is_continuation(unsigned char byte) { return (byte & 0xC0U) == 0x80U; }

// The length in bytes of the sequence that begins with `lead`, and the allowed range of its second byte
// (RFC 3629, section 4); length 0 for a byte that begins no sequence, and for NUL.
struct Sequence {
  std::size_t length = 0;
  unsigned char second_low = 0x80, second_high = 0xBF;
};

Sequence sequence_of(unsigned char lead) {
  if (lead == 0) return {};
  if (lead < 0x80) return {1};
  if (lead >= 0xC2 && lead <= 0xDF) return {2};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {3};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {4};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {};
}

// Whether eight bytes are all ASCII and none of them NUL, as in nearly all text.
bool are_plain(const char* bytes) {
  constexpr std::uint64_t kOnes = 0x01'01'01'01'01'01'01'01, kHighBits = 0x80'80'80'80'80'80'80'80;
  std::uint64_t eight = 0;
  std::memcpy(&eight, bytes, sizeof eight);
  // Subtracting 1 from a NUL borrows and sets its high bit. The borrow may also flag the byte above it, which
  // changes nothing: the eight are then not plain anyway.
  return ((eight | (eight - kOnes)) & kHighBits) == 0;
}

}  // namespace

bool is_storable_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (i + sizeof(std::uint64_t) <= text.size() && are_plain(text.data() + i)) {
      i += sizeof(std::uint64_t);
      continue;
    }
    Sequence sequence = sequence_of(static_cast<unsigned char>(text[i]));
    if (sequence.length == 0 || i + sequence.length > text.size()) return false;
    for (std::size_t k = 1; k < sequence.length; ++k) {
      auto byte = static_cast<unsigned char>(text[i + k]);
      if (!is_continuation(byte)) return false;
      if (k == 1 && (byte < sequence.second_low || byte > sequence.second_high)) return false;
    }
    i += sequence.length;
  }
  return true;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

std::string shortened(std::string_view text) {
  constexpr std::size_t kMost = 80;
  if (text.size() <= kMost) return std::string(text);
  std::size_t end = kMost;
  while (kMost - end < 3 && is_continuation(static_cast<unsigned char>(text[end]))) --end;
  return std::string(text.substr(0, end)) + "…";
}

void require_name(std::string_view what, std::string_view name) {
  if (!is_storable_text(name)) {
    throw Error(ErrorCode::invalid_text, fmt::format("{}: this is not valid UTF-8 text without NUL", what));
  }
  if (name.empty())
    throw Error(ErrorCode::usage, fmt::format("{}: a name is needed, this one is empty", what));
  if (name.size() > kMaxNameBytes) {
    throw Error(ErrorCode::usage, fmt::format("{}: a name has at most {} bytes, this one has {}", what,
                                              kMaxNameBytes, name.size()));
  }
  if (std::any_of(name.begin(), name.end(), is_control)) {
    throw Error(ErrorCode::usage, fmt::format("{}: a name holds no control characters", what));
  }
}

}  // namespace purser
