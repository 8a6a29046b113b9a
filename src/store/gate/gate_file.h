// Opens the gate's file: makes it where there is none, and refuses a stranger's.
#pragma once

#include <filesystem>

#include "purser/error.h"

namespace purser::store {

// The errno as read_only, disk_full or io_error; where access was denied, the message names the owner.
Error gate_error(const std::filesystem::path& gate, int error);

// Opens the gate's file with a new open file description, which the caller owns. The file may be there before
// its database is. Throws read_only, disk_full, io_error; unsafe_files for a file that a stranger could use:
// one that belongs neither to the database's owner nor to root, that others may write, that has a second
// name, or that is not a regular file. REQUIRES: forks are held off.
int open_gate_file(const std::filesystem::path& gate, const std::filesystem::path& database);

}  // namespace purser::store
