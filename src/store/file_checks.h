// What can be known of a database file without opening it (see the rule in connection.cpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace purser::store {

// By statfs(2)'s f_type: nfs, smb, cifs, 9p, afs, ceph, lustre. WAL keeps its index in memory that all
// processes map, which a network mount does not share (https://www.sqlite.org/wal.html). FUSE is let in.
bool is_network_file_system(long f_type);

// Throws network_file_system for a folder on such a mount, cannot_open for none.
void require_local_folder(const std::filesystem::path& folder);

// Throws no_database, not_a_database (a folder, a device, an empty file) or network_file_system.
void require_database_file(const std::filesystem::path& path);

// The file's own name, through links that can be trusted (real_path.cpp): the gate stands beside that file.
std::filesystem::path real_path(const std::filesystem::path& path);

// Which file stands at that path; zeros for none.
struct FileIdentity {
  std::uint64_t device = 0, number = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};
FileIdentity file_identity(const std::filesystem::path& path) noexcept;
FileIdentity file_identity(int descriptor) noexcept;
// Whether a file stands at both, and it is the same one; whoever asks opens neither.
bool is_one_file(const std::filesystem::path& one, const std::filesystem::path& other) noexcept;

// A file that is looked at again and again: whether it is still the one that stood there first.
class WatchedFile {
 public:
  WatchedFile(const std::filesystem::path& path, FileIdentity first);
  ~WatchedFile();
  WatchedFile(const WatchedFile&) = delete;
  WatchedFile& operator=(const WatchedFile&) = delete;
  bool is_unchanged() const noexcept { return bytes_if_unchanged().has_value(); }
  std::optional<std::int64_t> bytes_if_unchanged() const noexcept;

 private:
  int folder_;  // from here the way is short; it gives no access
  std::string name_;
  FileIdentity first_;
};

// Gives `-wal` and `-shm` the mode of the main file, which is what lets a group read (0640). Best effort:
// only their owner can.
void align_companion_modes(const std::filesystem::path& path);

}  // namespace purser::store
