#include "base/environment.h"

#include <algorithm>
#include <cstdlib>

namespace purser {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  constexpr char kBlanks[] = " \t\r\n";
  text.erase(text.find_last_not_of(kBlanks) + 1);
  text.erase(0, std::min(text.find_first_not_of(kBlanks), text.size()));
  return text;
}

}  // namespace purser
