// Built without hiredis.
#include "bench/redis.h"

namespace bench {

Redis start_redis(const std::filesystem::path&, bool, int) {
  throw Absent("built without it (Debian: libhiredis-dev, then configure and build again)");
}

}  // namespace bench
