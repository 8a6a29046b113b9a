// The gate's file: made where there is none, and never somebody else's.
#pragma once

#include <filesystem>

#include "purser/error.h"

namespace purser::store {

// read_only, disk_full or io_error, by errno, with whose file it is.
Error gate_error(const std::filesystem::path& gate, int error);

// A descriptor of its own, while forks are held off. The file may stand before its database does. Throws
// read_only, disk_full, io_error; unsafe_files for what a stranger could use: a file that belongs neither to
// the database's owner nor to root, that others may write, that has a second name, or is no file.
int open_gate_file(const std::filesystem::path& gate, const std::filesystem::path& database);

}  // namespace purser::store
