#include "bench/words.h"

#include <fmt/format.h>

#include <cmath>

namespace bench {

std::string name_of(const Key& key) {
  std::string name = fmt::format("{}, {}", key.work, key.contender);
  if (!key.durability.empty()) name += ", " + key.durability;
  name += fmt::format(", {} process{}", key.processes, key.processes == 1 ? "" : "es");
  if (key.load != "saturated") name += ", " + key.load;
  if (key.rows > 0) name += ", " + rows_text(key.rows) + " rows";
  return name;
}

std::string rows_text(int rows) {
  if (rows % 1'000'000 == 0) return fmt::format("{} million", rows / 1'000'000);
  if (rows % 1'000 == 0) return fmt::format("{} thousand", rows / 1'000);
  return fmt::format("{}", rows);
}

std::string time_text(double us) {
  if (us >= 999'500) return fmt::format("{:.2f} s", us / 1e6);
  if (us >= 99'950) return fmt::format("{:.0f} ms", us / 1e3);
  if (us >= 9'995) return fmt::format("{:.1f} ms", us / 1e3);
  if (us >= 999.5) return fmt::format("{:.2f} ms", us / 1e3);
  return us >= 9.95 ? fmt::format("{:.0f} us", us) : fmt::format("{:.1f} us", us);
}

std::string rate_text(double per_second) {
  return fmt::format("{}", fmt::group_digits(std::llround(per_second)));
}

}  // namespace bench
