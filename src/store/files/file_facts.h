// Facts of the files beside a database and of its file system, from stat and the kernel alone: no file of the
// database is opened (see the rule in sqlite_connection.cpp).
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

// nullopt where there is no such file or stat fails.
std::optional<FileFacts> file_facts(const std::filesystem::path& path);

// Whether statfs(2)'s f_type is nfs, smb, cifs, 9p, afs, ceph or lustre. WAL keeps its index in memory that
// all processes map, which a network mount does not share (https://www.sqlite.org/wal.html). FUSE is allowed.
bool is_network_file_system(long f_type);

struct FileSystemFacts {
  std::string name;  // "ext4", "tmpfs", or statfs's number
  bool is_fuse = false, is_memory = false, is_network = false, is_overlay = false, is_read_only = false;
  std::int64_t free_bytes = 0;  // for this user
};

std::optional<FileSystemFacts> file_system_facts(const std::filesystem::path& path);

// Files beside the database that killed runs have left: "purser.db-unfinished", ...
std::vector<std::string> leftovers(const std::filesystem::path& database);

}  // namespace purser::store
