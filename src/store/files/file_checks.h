// What can be known of a database file without opening it (see the rule in sqlite_connection.cpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "store/files/folder_watch.h"

namespace purser::store {

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
// Of the name itself: a link is another file than the one that it leads to.
FileIdentity name_identity(const std::filesystem::path& path) noexcept;
// Of every file that this process has open; empty where the kernel does not list them.
std::vector<FileIdentity> open_in_this_process();
// Whether a file stands at both, and it is the same one; whoever asks opens neither.
bool is_one_file(const std::filesystem::path& one, const std::filesystem::path& other) noexcept;

// A file that is looked at again and again: whether it is still the one that stood there first.
class WatchedFile {
 public:
  WatchedFile(const std::filesystem::path& path, FileIdentity first);
  ~WatchedFile();
  WatchedFile(const WatchedFile&) = delete;
  WatchedFile& operator=(const WatchedFile&) = delete;
  // Throws Error where it cannot be looked at, which says nothing of what stands there.
  std::optional<std::int64_t> bytes_if_unchanged();
  // Of its folder, read by the last look at the file.
  FolderStamp folder_seen() const noexcept { return seen_; }

 private:
  FolderWatch folder_;  // from here the way is short
  std::filesystem::path path_;
  std::string name_;
  FileIdentity first_;
  int own_;  // gives no access; -1 where another one stands there already
  FolderStamp seen_;
};

// Gives `-wal` and `-shm` the mode of the main file, which is what lets a group read (0640). Best effort:
// only their owner can.
void align_companion_modes(const std::filesystem::path& path);

}  // namespace purser::store
