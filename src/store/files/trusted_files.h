// What must hold of a database and of the files beside it before anybody opens them, by stat alone: one name,
// and nobody who may write beside it what he may not write in it.
#pragma once

#include <filesystem>
#include <string>

namespace purser::store {

// with_a_second_name: a restore that was killed leaves the old file with two, and the next one goes on.
enum class Names { one, with_a_second_name };

// Throws unsafe_files for a database that is mounted by itself (as a single file) or has a second name, for
// such a `-wal`, `-shm`, `-journal` or `-gate`, and for what require_trusted_companions refuses.
void require_trusted_files(const std::filesystem::path& database, Names names);

// Throws unsafe_files where `-wal`, `-shm`, `-journal` or `-gate` is no plain file, belongs to somebody who
// is neither root nor the owner of the database, or may be written by others than the database.
void require_trusted_companions(const std::filesystem::path& database);

// What is wrong with its names, and what to do; empty where nothing is.
std::string second_name_in_words(const std::filesystem::path& file);
std::string distrust_in_words(const std::filesystem::path& database);

}  // namespace purser::store
