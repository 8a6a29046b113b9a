#include "bench/measure/client.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <stdexcept>

#include "purser/clock.h"

namespace bench {

std::int64_t now_ms() { return purser::system_clock().now().time_since_epoch().count(); }

std::string make_id(std::int64_t at_ms) {
  struct {
    std::uint64_t eight = 0;
    std::uint16_t two = 0;
  } random;
  if (getrandom(&random, sizeof random, 0) != sizeof random) throw std::runtime_error("no random bytes");
  return fmt::format("{:012x}{:016x}{:04x}", at_ms, random.eight, random.two);
}

}  // namespace bench
