// The one place that opens SQLite: each connection distrusts what stands in the file. Its schema cannot be
// rewritten through it (defensive), and no function with a side effect runs from a view, trigger, index or
// check of it (untrusted schema).
#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <memory>

#include "purser/clock.h"

namespace purser::store {

// Throws SQLite::Exception.
std::unique_ptr<SQLite::Database> open_sqlite(const std::filesystem::path& path, int flags,
                                              int busy_milliseconds = 0);
// Nobody writes it meanwhile: no lock is taken, no log is looked for, no file is made.
std::unique_ptr<SQLite::Database> open_immutable(const std::filesystem::path& path);

// As SQLite takes a duration.
int milliseconds_for_sqlite(Duration duration);
// How long SQLite waits, from now on, for a lock of another program.
void wait_for_locks_at_most(sqlite3* database, Duration patience) noexcept;

}  // namespace purser::store
