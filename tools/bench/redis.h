// Redis as a contender: a server of the benchmark's own with an append-only file, a unix socket, and one
// script that does what a grant does.
#pragma once

#include <filesystem>
#include <memory>

#include "bench/client.h"
#include "bench/server.h"

namespace bench {

struct Redis {
  std::shared_ptr<Server> server;
  OpenClient grants;
  OpenClient gets, sets;  // of `rows` keys
};

// `durable`: appendfsync always, else everysec. Throws Absent.
Redis start_redis(const std::filesystem::path& folder, bool durable, int rows);

}  // namespace bench
