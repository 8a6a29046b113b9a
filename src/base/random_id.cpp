#include "base/random_id.h"

#include <sys/random.h>

#include <array>
#include <cstdint>

#include "base/hex.h"
#include "purser/error.h"

namespace purser {
std::string random_id(Instant at) {
  std::array<std::uint8_t, 10> random{};
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    throw Error(ErrorCode::internal, "the kernel gave no random bytes for an id");
  }
  auto milliseconds = static_cast<std::uint64_t>(at.time_since_epoch().count());
  std::string id;
  id.reserve(32);
  for (unsigned shift = 48; shift > 0;) {
    shift -= 8;
    append_hex(id, static_cast<std::uint8_t>(milliseconds >> shift));
  }
  for (std::uint8_t byte : random) append_hex(id, byte);
  return id;
}

}  // namespace purser
