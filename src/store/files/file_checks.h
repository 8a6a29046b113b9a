// Checks of a database file that do not open it (see the rule in sqlite_connection.cpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "store/files/folder_watch.h"

namespace purser::store {

// Throws network_file_system for a folder on such a mount, cannot_open where there is no such folder.
void require_local_folder(const std::filesystem::path& folder);

// Throws no_database, not_a_database (a folder, a device, an empty file) or network_file_system.
void require_database_file(const std::filesystem::path& path);

// The file's own name, following links that can be trusted (real_path.cpp): the gate is beside that file.
std::filesystem::path real_path(const std::filesystem::path& path);

// The file at a path, by device and inode; zeros for none.
struct FileIdentity {
  std::uint64_t device = 0, number = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};
FileIdentity file_identity(const std::filesystem::path& path) noexcept;
FileIdentity file_identity(int descriptor) noexcept;
// The identity of the name itself: a link is another file than its target.
FileIdentity name_identity(const std::filesystem::path& path) noexcept;
// The identity of every file that this process has open; empty where the kernel does not list them.
std::vector<FileIdentity> open_in_this_process();
// Whether both paths name the same existing file; opens neither.
bool is_one_file(const std::filesystem::path& one, const std::filesystem::path& other) noexcept;

// Checks again and again whether the file at a path is still the first one.
class WatchedFile {
 public:
  WatchedFile(const std::filesystem::path& path, FileIdentity first);
  ~WatchedFile();
  WatchedFile(const WatchedFile&) = delete;
  WatchedFile& operator=(const WatchedFile&) = delete;
  // The file's size; nullopt where it is gone or replaced. Throws Error where it cannot be looked at, which
  // proves nothing about the file.
  std::optional<std::int64_t> bytes_if_unchanged();
  // The folder's stamp, read by the last look at the file.
  FolderStamp folder_seen() const noexcept { return seen_; }

 private:
  FolderWatch folder_;  // lookups from its descriptor are short
  std::filesystem::path path_;
  std::string name_;
  FileIdentity first_;
  int own_;  // an O_PATH descriptor; -1 where another file is there already
  FolderStamp seen_;
};

// Gives `-wal` and `-shm` the mode of the main file, so that a group may read them too (0640). Best effort:
// only their owner can.
void align_companion_modes(const std::filesystem::path& path);

}  // namespace purser::store
