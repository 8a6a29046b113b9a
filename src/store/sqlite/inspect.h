// Facts of the engine and of the file that decide nothing, for whoever takes care of it.
#pragma once

#include <string>

#include "store/transaction.h"

namespace purser::store {

// Of the SQLite that this process runs with: "3.40.1".
std::string engine_version();

// A checkpoint that runs beside a writer may lose a committed transaction (https://sqlite.org/wal.html,
// "The WAL-Reset Bug"): 3.7.0 to 3.51.2, but for 3.50.7 and 3.44.6. `version` as SQLITE_VERSION_NUMBER.
bool has_wal_reset_bug(int version);
bool engine_has_wal_reset_bug();

// Of pages that hold nothing: they are used again before the file grows.
std::int64_t free_bytes(Snapshot& view);

}  // namespace purser::store
