// An online copy: one consistent state of a database, beside those that write it.
#pragma once

#include <filesystem>

#include "purser/progress.h"
#include "store/sqlite/sqlite_connection.h"

namespace purser::store {

// Where a copy may be put: the whole path of `wanted`. Throws already_exists where something stands there, or
// the log of a database that did; usage where it is a name that belongs to `database`; cannot_open,
// network_file_system for its folder.
std::filesystem::path place_for_copy(const std::filesystem::path& wanted,
                                     const std::filesystem::path& database);

// Copies into `destination`, an empty file. Holds a read snapshot on the source for all that time: in WAL
// mode what it reads then stands still, so that no writer makes SQLite's backup begin anew, and none waits.
// Throws schema_newer for a file that this library does not know. `progress`: in pages.
void copy_state(SqliteConnection& source, const std::filesystem::path& destination, const Progress& progress);

}  // namespace purser::store
