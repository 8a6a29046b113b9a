// System calls on whole files that several of this folder need; their errors name the file.
#pragma once

#include <filesystem>

#include "purser/error.h"

namespace purser::store {

// read_only, disk_full or io_error, by errno.
Error file_error(const std::filesystem::path& path, int error);

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix);

// Without an error where there is none.
void remove_file(const std::filesystem::path& path);

// SQLite would play a log that is left of a removed database back into the new one of its name.
void remove_companions(const std::filesystem::path& database);

// Makes the names in the folder of `path` as durable as the files.
void sync_folder_of(const std::filesystem::path& path);

}  // namespace purser::store
