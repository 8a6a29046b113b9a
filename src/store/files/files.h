// System calls on whole files that several of this folder need; their errors name the file.
#pragma once

#include <filesystem>
#include <string>

#include "purser/error.h"

namespace purser::store {

// What the system says of an errno, and what to do about it: "Device or resource busy: ...".
std::string in_words(int error);

// Of an errno of a system call on a file: read_only, disk_full or io_error.
ErrorCode error_code_of_errno(int error);
// The same as an error, which says whose file it is where this user may not.
Error file_error(const std::filesystem::path& path, int error);

// No name of `path` can be given to a file: its mode stays open to others, whatever is asked for.
Error keeps_no_permissions(const std::filesystem::path& path);

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix);

// Throws usage where `path`, or a name that purser puts beside it, is longer than SQLite or Linux can take.
void require_short_enough(const std::filesystem::path& path);
// The same where a database is to be made, beside which backups and replaced files will stand.
void require_room_for_names(const std::filesystem::path& database);

// Without an error where there is none.
void remove_file(const std::filesystem::path& path);

// SQLite would play a log that is left of a removed database back into the new one of its name.
void remove_companions(const std::filesystem::path& database);

// Makes the names in the folder of `path` as durable as the files.
void sync_folder_of(const std::filesystem::path& path);
// The same for a file that is in its place now, which the error says.
void confirm_name_of(const std::filesystem::path& path);

}  // namespace purser::store
