// The one place that opens SQLite: each connection distrusts the content of the file. Its schema cannot be
// rewritten through the connection (defensive), and no function with a side effect runs from a view, trigger,
// index or CHECK in it (untrusted schema).
#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <memory>

#include "purser/clock.h"

namespace purser::store {

// Throws SQLite::Exception.
std::unique_ptr<SQLite::Database> open_sqlite(const std::filesystem::path& path, int flags,
                                              int busy_milliseconds = 0);
// Takes no lock, looks for no log and makes no file. REQUIRES: no process writes the file meanwhile.
std::unique_ptr<SQLite::Database> open_immutable(const std::filesystem::path& path);

// The duration as SQLite's int of milliseconds.
int milliseconds_for_sqlite(Duration duration);
// Sets how long SQLite waits, from now on, for another program's lock.
void wait_for_locks_at_most(sqlite3* database, Duration patience) noexcept;

}  // namespace purser::store
