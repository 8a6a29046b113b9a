// Somebody else's SQLite file, read without a trace: neither it nor its companions change, none is made.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "store/statement.h"

namespace purser::store {

using ForeignRow = std::vector<std::optional<std::string>>;

// All rows of one query, each column as bytes; nullopt for NULL. One consistent state, also beside programs
// that write. Throws invalid_import for a file that is no sound SQLite database or lacks the query's tables
// and columns, busy, io_error.
// REQUIRES: this process has the file not open.
std::vector<ForeignRow> read_foreign(const std::filesystem::path& file, Sql query);

}  // namespace purser::store
