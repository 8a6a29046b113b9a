// Replaces every occurrence of one text in another.
#pragma once

#include <string>
#include <string_view>

namespace purser {

// REQUIRES: `what` is not empty.
inline void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace purser
