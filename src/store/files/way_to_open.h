// How this user can open a database in its place, from the files beside it: by stat and access alone.
//
// SQLite reads a file in WAL mode through `-wal` and `-shm`, and makes them where they are missing. A user
// who may not make them (on a read-only mount, or with a right to read only) can read the database as an
// immutable file where there is no log: then no process has it open, and the file is the whole database. A
// user who may make files in the folder but not write the database makes none either: they would be this
// user's, and keep the database's owner out.
#pragma once

#include <filesystem>
#include <string>

namespace purser::store {

enum class Opening { shared, immutable };

// leave: makes no file that is missing, also where this user may.
enum class Companions { make, leave };

// Throws cannot_open, with what to do, where there is a log that this user cannot read.
Opening way_to_open(const std::filesystem::path& database, Companions companions);

// "/mnt is mounted read-only"; empty where the path is on no such mount.
std::string read_only_mount_in_words(const std::filesystem::path& path);

// Why this user cannot write the database, and what to do; empty where no such reason is found.
std::string why_not_written(const std::filesystem::path& database);

}  // namespace purser::store
