// System calls on whole files; their errors name the file.
#pragma once

#include <filesystem>
#include <string>

#include "purser/error.h"

namespace purser::store {

// The system's message for an errno, and what to do about it: "Device or resource busy: ...".
std::string in_words(int error);

// The errno of a system call on a file as read_only, disk_full or io_error.
ErrorCode error_code_of_errno(int error);
// The same as an error; where access was denied, its message names the owner.
Error file_error(const std::filesystem::path& path, int error);

// The error of a file system that gives a file at `path` a mode open to others, whatever mode is requested.
Error keeps_no_permissions(const std::filesystem::path& path);

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix);

// Throws usage where `path`, or a name that purser puts beside it, is longer than SQLite or Linux can take.
void require_short_enough(const std::filesystem::path& path);
// The same for a database to be made: leaves room for the names of backups and replaced files beside it.
void require_room_for_names(const std::filesystem::path& database);

// Removes the file; no error where there is none.
void remove_file(const std::filesystem::path& path);

// Removes the files beside a database: SQLite would replay the log of a removed one into its successor.
void remove_companions(const std::filesystem::path& database);

// Syncs the folder of `path`, so that the names in it are as durable as the files.
void sync_folder_of(const std::filesystem::path& path);
// The same after a file was moved to `path`; the error says that it is there already.
void confirm_name_of(const std::filesystem::path& path);

}  // namespace purser::store
