// The contenders of other projects: Redis, PostgreSQL, and a JSON file.
#pragma once

#include <filesystem>
#include <memory>

#include "bench/measure/client.h"
#include "bench/measure/server.h"

namespace bench {

// A Redis server of the benchmark's own, with an append-only file and a unix socket; one script does what a
// grant does.
struct Redis {
  std::shared_ptr<Server> server;
  OpenClient grants;
  OpenClient gets, sets;  // of `rows` keys
};

// `durable`: appendfsync is always, otherwise everysec. Throws Absent.
Redis start_redis(const std::filesystem::path& folder, bool durable, int rows);

// A PostgreSQL cluster of the benchmark's own, with a unix socket; one statement does what a grant does.
struct Postgres {
  std::shared_ptr<Server> server;
  OpenClient durable, normal;  // synchronous_commit is on, off
};

// Throws Absent.
Postgres start_postgres(const std::filesystem::path& folder);

// What a put cost before Purser: the whole cache is a JSON file, written again for each new entry. The median
// time of one put in Python, the way Keepa workers of that kind do it: json.dump of `rows` entries to another
// file, then a rename. Throws Absent if there is no python3.
double json_rewrite_us(const std::filesystem::path& folder, int rows);

}  // namespace bench
