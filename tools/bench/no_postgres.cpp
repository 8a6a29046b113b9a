// Built without libpq.
#include "bench/postgres.h"

namespace bench {

Postgres start_postgres(const std::filesystem::path&) {
  throw Absent("built without it (Debian: libpq-dev, then configure and build again)");
}

}  // namespace bench
