// What stands beside and around a database, by stat and by what the kernel tells of it: no file of it is
// opened (see the rule in connection.cpp).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace purser::store {

struct FileFacts {
  mode_t mode = 0;  // permission bits, with the sticky bit
  uid_t owner = 0;
  gid_t group = 0;
  std::uint64_t names = 0;  // hard links
  std::int64_t bytes = 0;
};

// nullopt: there is none, or it cannot be looked at.
std::optional<FileFacts> file_facts(const std::filesystem::path& path);

struct FileSystemFacts {
  std::string name;  // "ext4", "tmpfs", or the number that statfs gives
  bool is_fuse = false, is_memory = false, is_network = false, is_overlay = false, is_read_only = false;
  std::int64_t free_bytes = 0;  // for this user
};

std::optional<FileSystemFacts> file_system_facts(const std::filesystem::path& path);

// Who reads the log at this moment, by SQLite's read marks: the locks of other processes on bytes 123 to 127
// of
// `-shm`. Processes of another container are not to be seen.
struct LogReader {
  pid_t pid = 0;
  std::string program;
};
std::vector<LogReader> log_readers(const std::filesystem::path& database);

// Files beside the database that work which was killed has left: "purser.db-unfinished", ...
std::vector<std::string> leftovers(const std::filesystem::path& database);

}  // namespace purser::store
