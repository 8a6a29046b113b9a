// The contenders of other projects: Redis, PostgreSQL, and a JSON file.
#pragma once

#include <filesystem>
#include <memory>

#include "bench/measure/client.h"
#include "bench/measure/server.h"

namespace bench {

// A Redis server that the benchmark starts, with an append-only file and a unix socket. One script does the
// work of a grant.
struct Redis {
  std::shared_ptr<Server> server;
  OpenClient grants;
  OpenClient gets, sets;  // of `rows` keys
};

// `durable`: appendfsync is always, otherwise everysec. Throws Absent.
Redis start_redis(const std::filesystem::path& folder, bool durable, int rows);

// A PostgreSQL cluster that the benchmark makes, with a unix socket. One statement does the work of a grant.
struct Postgres {
  std::shared_ptr<Server> server;
  OpenClient durable, normal;  // synchronous_commit is on, off
};

// Throws Absent.
Postgres start_postgres(const std::filesystem::path& folder);

// What a put costs without Purser, where the whole cache is a JSON file that is rewritten for each new entry:
// the median time of one put in Python, by json.dump of `rows` entries to another file and a rename. Throws
// Absent if there is no python3.
double json_rewrite_us(const std::filesystem::path& folder, int rows);

}  // namespace bench
