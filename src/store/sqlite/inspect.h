// Facts of the engine and of the file for maintenance; no decision depends on them.
#pragma once

#include <string>

namespace purser::store {

// The version of SQLite that this process runs with: "3.40.1".
std::string engine_version();

// Whether a checkpoint that runs beside a writer may lose a committed transaction
// (https://sqlite.org/wal.html, "The WAL-Reset Bug"): in 3.7.0 to 3.51.2, except 3.50.7 and 3.44.6.
// `version` is SQLite's SQLITE_VERSION_NUMBER.
bool has_wal_reset_bug(int version);
bool engine_has_wal_reset_bug();

}  // namespace purser::store
