// An online copy: one consistent state of a database, beside those that write it.
#pragma once

#include <filesystem>

#include "purser/progress.h"
#include "store/sqlite/sqlite_connection.h"

namespace purser::store {

// The whole path of `wanted`, where a copy may be put. Throws already_exists where a file stands there, or
// the log of a database that stood there; usage where the name belongs to `database`; cannot_open,
// network_file_system for its folder.
std::filesystem::path place_for_copy(const std::filesystem::path& wanted,
                                     const std::filesystem::path& database);

// Copies into `destination`. Holds a read snapshot on the source for all that time: in WAL mode the snapshot
// does not change, so that no writer makes SQLite's backup start again, and no writer waits. Throws
// schema_newer for a file that this library does not know. `progress`: in pages.
// REQUIRES: `destination` is an empty file that no other process knows.
void copy_state(SqliteConnection& source, const std::filesystem::path& destination, const Progress& progress);

}  // namespace purser::store
