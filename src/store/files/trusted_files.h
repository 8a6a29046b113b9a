// The conditions that a database and the files beside it must meet before they are opened, checked by stat
// alone: each has one name, and none could have been planted by a user who may write beside the database but
// not in it.
#pragma once

#include <filesystem>
#include <string>

namespace purser::store {

// with_a_second_name: a killed restore leaves the old file with two names, and the next restore goes on.
enum class Names { one, with_a_second_name };

// Throws unsafe_files where the database, `-wal`, `-shm`, `-journal` or `-gate` is mounted by itself (as a
// single file) or has a second name, and where require_trusted_companions does.
void require_trusted_files(const std::filesystem::path& database, Names names);

// Throws unsafe_files where `-wal`, `-shm`, `-journal` or `-gate` is not a regular file, belongs to a user
// who is neither root nor the owner of the database, or is writable by users who may not write the database.
void require_trusted_companions(const std::filesystem::path& database);

// The problem with the names, or with any of the files, and what to do; empty where there is none.
std::string second_name_in_words(const std::filesystem::path& file);
std::string distrust_in_words(const std::filesystem::path& database);

}  // namespace purser::store
