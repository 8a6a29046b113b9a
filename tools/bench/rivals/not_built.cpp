// Stands in for the servers whose client libraries were not found when this was configured.
#include "bench/rivals/rivals.h"

namespace bench {

#ifndef BENCH_HAS_REDIS
Redis start_redis(const std::filesystem::path&, bool, int) {
  throw Absent("built without it (Debian: libhiredis-dev, then configure and build again)");
}
#endif

#ifndef BENCH_HAS_POSTGRES
Postgres start_postgres(const std::filesystem::path&) {
  throw Absent("built without it (Debian: libpq-dev, then configure and build again)");
}
#endif

}  // namespace bench
