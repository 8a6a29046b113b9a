// What stands beside and around a database, by stat and by what the kernel tells of it: no file of it is
// opened (see the rule in sqlite_connection.cpp).
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

// By statfs(2)'s f_type: nfs, smb, cifs, 9p, afs, ceph, lustre. WAL keeps its index in memory that all
// processes map, which a network mount does not share (https://www.sqlite.org/wal.html). FUSE is let in.
bool is_network_file_system(long f_type);

struct FileSystemFacts {
  std::string name;  // "ext4", "tmpfs", or the number that statfs gives
  bool is_fuse = false, is_memory = false, is_network = false, is_overlay = false, is_read_only = false;
  std::int64_t free_bytes = 0;  // for this user
};

std::optional<FileSystemFacts> file_system_facts(const std::filesystem::path& path);

// Files beside the database that work which was killed has left: "purser.db-unfinished", ...
std::vector<std::string> leftovers(const std::filesystem::path& database);

}  // namespace purser::store
