// Rules for text: which may be stored as TEXT in the database, and how it is trimmed, shortened and checked.
#pragma once

#include <string>
#include <string_view>

namespace purser {

// Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF) without NUL.
bool is_storable_text(std::string_view text);

// ASCII's control characters.
bool is_control(char c);

// The text without the blanks and line ends that pasting and files leave around it.
std::string_view trimmed(std::string_view text);

// The beginning of a caller's text, for a message: whole characters, at most 80 bytes, then "…".
std::string shortened(std::string_view text);

// Throws invalid_text where the name is not storable text, and usage where it is empty, longer than 200 bytes
// or holds control characters. `what` names it in the message: "task".
void require_name(std::string_view what, std::string_view name);

}  // namespace purser
