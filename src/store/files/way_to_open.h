// How a database can be opened by this user, at this place, from what stands beside it: by stat and access
// alone.
//
// SQLite reads a file in WAL mode through `-wal` and `-shm`, and makes them where they are missing. Who may
// not (a read-only mount, a user who may only read) can read it as an immutable file, where there is no log:
// then nobody has it open, and the file is the whole database. Who may make files in the folder but not write
// the database makes none either: they would be his, and keep its owner out.
#pragma once

#include <filesystem>
#include <string>

namespace purser::store {

enum class Opening { shared, immutable };

// leave: also who may make files makes none where there is none yet.
enum class Companions { make, leave };

// Throws cannot_open where there is a log that this user cannot read, and says what to do.
Opening way_to_open(const std::filesystem::path& database, Companions companions);

// "/mnt is mounted read-only"; empty where it is not.
std::string read_only_mount_in_words(const std::filesystem::path& path);

// Why this user cannot write the database, and what to do; empty where nothing of the kind is seen.
std::string why_not_written(const std::filesystem::path& database);

}  // namespace purser::store
