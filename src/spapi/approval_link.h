// Where a seller may apply for approval: an address out of an answer, which people will open.
#pragma once

#include <string>
#include <string_view>

namespace purser::spapi {

// https, of a host of Amazon's own, and nothing in it that a terminal, a browser or an eye reads as another
// address: no user, no port, no backslash, no letters beyond ASCII's.
bool is_amazon_link(std::string_view text);

// What the answer names instead, in words: that it is not to be followed, and its host as far as it is one.
std::string foreign_link_note(std::string_view text);

}  // namespace purser::spapi
