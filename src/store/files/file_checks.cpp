#include "store/files/file_checks.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>

#include "purser/error.h"
#include "store/files/access.h"
#include "store/files/companions.h"
#include "store/files/file_facts.h"
#include "store/files/files.h"

namespace purser::store {
namespace {

// SQLite's smallest page: SQLite treats a shorter file as an empty one.
constexpr off_t kSmallestDatabase = 512;

Error missing(const std::filesystem::path& path) {
  return {
      ErrorCode::no_database,
      fmt::format("there is no database at {}: if the workers' is elsewhere, name it; `purser init` makes a "
                  "new, empty one",
                  path.string())};
}

Error cannot_look_at(const std::filesystem::path& path, int error) {
  std::string why = error == EACCES ? whose_file(path) : "";
  return {error == EIO ? ErrorCode::io_error : ErrorCode::cannot_open,
          fmt::format("{}: {}{}{}", path.string(), in_words(error), why.empty() ? "" : ": ", why)};
}

}  // namespace

void require_local_folder(const std::filesystem::path& folder) {
  struct statfs file_system {};
  if (statfs(folder.c_str(), &file_system) != 0) {
    throw Error(ErrorCode::cannot_open, fmt::format("the folder {}: {}", folder.string(), in_words(errno)));
  }
  if (is_network_file_system(file_system.f_type)) {
    throw Error(
        ErrorCode::network_file_system,
        fmt::format(
            "{} is a network mount, on which SQLite's WAL does not work: put the database on a local disk",
            folder.string()));
  }
}

void require_database_file(const std::filesystem::path& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) throw missing(path);
    throw cannot_look_at(path, errno);
  }
  if (!S_ISREG(file.st_mode)) {
    throw Error(ErrorCode::not_a_database, fmt::format("{} is no file", path.string()));
  }
  if (file.st_size == 0) {
    throw Error(ErrorCode::not_a_database,
                fmt::format("{} is an empty file: `purser init` makes a database of it", path.string()));
  }
  if (file.st_size < kSmallestDatabase) {
    throw Error(ErrorCode::not_a_database, fmt::format("{} is no SQLite database", path.string()));
  }
  require_local_folder(path);
}

namespace {

// Asks for the inode and the size only: since Linux 6.13 the file system notes that a process has read a
// file's times, the next write then changes them, and a sync of the file costs a second write.
std::optional<struct statx> look_at(int folder, const char* name, int flags) noexcept {
  struct statx file {};
  if (statx(folder, name, flags, STATX_INO | STATX_SIZE, &file) == 0) return file;
  // EPERM comes from a seccomp filter that is older than statx, not from the file.
  struct stat plain {};
  if (errno != EPERM || fstatat(folder, name, &plain, flags) != 0) return std::nullopt;
  file.stx_dev_major = major(plain.st_dev);
  file.stx_dev_minor = minor(plain.st_dev);
  file.stx_ino = plain.st_ino;
  file.stx_size = static_cast<std::uint64_t>(plain.st_size);
  return file;
}

FileIdentity identity_of(const std::optional<struct statx>& file) noexcept {
  if (!file) return {};
  return {makedev(file->stx_dev_major, file->stx_dev_minor), file->stx_ino};
}

}  // namespace

FileIdentity file_identity(const std::filesystem::path& path) noexcept {
  return identity_of(look_at(AT_FDCWD, path.c_str(), 0));
}

FileIdentity file_identity(int descriptor) noexcept {
  return identity_of(look_at(descriptor, "", AT_EMPTY_PATH));
}

FileIdentity name_identity(const std::filesystem::path& path) noexcept {
  return identity_of(look_at(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW));
}

bool is_one_file(const std::filesystem::path& one, const std::filesystem::path& other) noexcept {
  FileIdentity file = file_identity(one);
  return !(file == FileIdentity{}) && file == file_identity(other);
}

std::vector<FileIdentity> open_in_this_process() {
  std::vector<FileIdentity> all;
  DIR* listed = opendir("/proc/self/fd");
  if (listed == nullptr) return all;
  while (const dirent* entry = readdir(listed)) {
    int descriptor = -1;
    std::string_view name = entry->d_name;
    auto read = std::from_chars(name.data(), name.data() + name.size(), descriptor);
    if (read.ec == std::errc() && descriptor != dirfd(listed)) all.push_back(file_identity(descriptor));
  }
  closedir(listed);
  return all;
}

WatchedFile::WatchedFile(const std::filesystem::path& path, FileIdentity first)
    : folder_(path.parent_path()),
      path_(path),
      name_(folder_.descriptor() < 0 ? path.string() : path.filename().string()),
      first_(first),
      own_(open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)) {
  if (own_ < 0 || file_identity(own_) == first) return;
  close(own_);
  own_ = -1;
}

WatchedFile::~WatchedFile() {
  if (own_ >= 0) close(own_);
}

std::optional<std::int64_t> WatchedFile::bytes_if_unchanged() {
  seen_ = folder_.look();
  if (own_ >= 0 && folder_.is_unchanged(seen_)) {
    if (auto file = look_at(own_, "", AT_EMPTY_PATH)) return static_cast<std::int64_t>(file->stx_size);
  }
  folder_.note();
  auto file = look_at(folder_.descriptor() < 0 ? AT_FDCWD : folder_.descriptor(), name_.c_str(), 0);
  if (!file && errno != ENOENT && errno != ENOTDIR) throw cannot_look_at(path_, errno);
  if (file && first_ == identity_of(file)) return static_cast<std::int64_t>(file->stx_size);
  folder_.forget();
  return std::nullopt;
}

namespace {

// Changes only a regular file with one name, and follows no link: root may work in somebody else's folder.
// O_PATH gives no access to the file, and closing such a descriptor drops no lock.
void set_mode(const std::filesystem::path& path, mode_t mode) {
  int descriptor = open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return;
  struct stat file {};
  bool plain = fstat(descriptor, &file) == 0 && S_ISREG(file.st_mode) && file.st_nlink == 1;
  if (plain && (file.st_mode & 0777U) != mode) {
    [[maybe_unused]] int not_ours = chmod(fmt::format("/proc/self/fd/{}", descriptor).c_str(), mode);
  }
  close(descriptor);
}

}  // namespace

void align_companion_modes(const std::filesystem::path& path) {
  struct stat main_file {};
  if (stat(path.c_str(), &main_file) != 0) return;
  for (const char* suffix : {kLogSuffix, kIndexSuffix}) {
    auto companion = path;
    companion += suffix;
    set_mode(companion, main_file.st_mode & 0777U);
  }
}

}  // namespace purser::store
