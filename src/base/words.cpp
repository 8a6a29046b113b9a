#include "base/words.h"

#include <fmt/format.h>

#include <algorithm>

namespace purser {

std::string bytes_in_words(std::int64_t bytes) {
  const char* unit = "bytes";
  for (const char* larger : {"kB", "MB", "GB", "TB"}) {
    if (bytes < 1000) break;
    bytes /= 1000;
    unit = larger;
  }
  return fmt::format("{} {}", bytes, unit);
}

std::string in_words(Duration duration) {
  std::int64_t seconds = std::max<std::int64_t>(0, duration.count() / 1000);
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  if (seconds < 172'800) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} days", seconds / 86'400);
}

}  // namespace purser
