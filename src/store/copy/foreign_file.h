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
// that write. Not for a file that this process has open. Throws invalid_import for what is no sound SQLite
// file or lacks what the query asks for, busy, io_error.
std::vector<ForeignRow> read_foreign(const std::filesystem::path& file, Sql query);

}  // namespace purser::store
