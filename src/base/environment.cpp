#include "base/environment.h"

#include <cstdlib>

#include "base/text.h"

namespace purser {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(trimmed(value));
}

}  // namespace purser
