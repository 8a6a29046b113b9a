// What may be stored as TEXT.
#pragma once

#include <string>
#include <string_view>

namespace purser {

// Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF) without NUL.
bool is_storable_text(std::string_view text);

// ASCII's control characters.
bool is_control(char c);

// Without the blanks and line ends around it, which pasting and files leave.
std::string_view trimmed(std::string_view text);

// The beginning of what somebody gave, for a message: whole characters, at most 80 bytes, then "…".
std::string shortened(std::string_view text);

// Throws invalid_text for what is not storable; usage for a name that is empty, longer than 200 bytes or
// holds control characters. `what` names it in the message: "task".
void require_name(std::string_view what, std::string_view name);

}  // namespace purser
