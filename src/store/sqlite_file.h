// The one place that opens SQLite: each connection distrusts what stands in the file. Its schema cannot be
// rewritten through it (defensive), and no function with a side effect runs from a view, trigger, index or
// check of it (untrusted schema).
#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <memory>

namespace purser::store {

// Throws SQLite::Exception.
std::unique_ptr<SQLite::Database> open_sqlite(const std::filesystem::path& path, int flags,
                                              int busy_milliseconds = 0);
// Nobody writes it meanwhile: no lock is taken, no log is looked for, no file is made.
std::unique_ptr<SQLite::Database> open_immutable(const std::filesystem::path& path);

}  // namespace purser::store
