// PostgreSQL as a contender: a cluster of the benchmark's own, a unix socket, and one statement that does
// what a grant does.
#pragma once

#include <filesystem>
#include <memory>

#include "bench/client.h"
#include "bench/server.h"

namespace bench {

struct Postgres {
  std::shared_ptr<Server> server;
  OpenClient durable, normal;  // synchronous_commit on, off
};

// Throws Absent.
Postgres start_postgres(const std::filesystem::path& folder);

}  // namespace bench
