#include "store/files/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"
#include "store/files/access.h"
#include "store/files/companions.h"
#include "store/files/file_facts.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

// SQLite's own limit of 512 bytes, less the suffix that SQLite adds.
constexpr std::size_t kMostPathBytes = 504;
constexpr std::size_t kMostNameBytes = 255;  // the limit of every Linux file system
// The longest suffix of the files beside a database while SQLite or purser works on it.
constexpr std::size_t kLongestSuffix = std::string_view(kUnfinishedSuffix).size();
// The longest permanent one: "-before-schema-12-20261126T120000.123Z".
constexpr std::size_t kLongestLastingSuffix = 40;

std::string_view what_to_do(int error) {
  switch (error) {
    case EMFILE:
      return "this process has as many files open as it may: raise that limit (ulimit -n, LimitNOFILE=), or "
             "close what it holds";
    case ENFILE: return "this machine has as many files open as it may: raise fs.file-max";
    case ENAMETOOLONG: return "choose a shorter name";
    case EBUSY:
      return "a file system is mounted on just this file, as a container does with a single file: mount the "
             "folder that it stands in instead";
    case EXDEV: return "it is another mount than its folder: mount the whole folder instead";
    case EROFS:
      return "mount it for writing; where nobody made it so, look at dmesg: so does a disk that fails";
    case ENOSPC: return "make room and try again";
    case EDQUOT: return "this user's quota is used up: make room, or have it raised";
    case EIO: return "the disk or the file system failed: look at dmesg";
    case ELOOP: return "links are not followed here, or lead in a circle: name the file itself";
    case ENOTDIR: return "a part of that path is a file, and no folder";
    case ENOTEMPTY: return "something stands in it that is none of purser's: move that away";
    case ENOLCK:
    case EOPNOTSUPP:
    case ENOSYS:
    case EINVAL: return "this file system lacks what purser needs: use a local disk (ext4, xfs, btrfs)";
    default: return "";
  }
}

std::string name_of_file_system(const fs::path& path) {
  auto facts = file_system_facts(path);
  return facts ? facts->name : "unknown";
}

}  // namespace

ErrorCode error_code_of_errno(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS: return ErrorCode::read_only;
    case ENOSPC:
    case EDQUOT: return ErrorCode::disk_full;
    default: return ErrorCode::io_error;
  }
}

std::string in_words(int error) {
  std::string_view advice = what_to_do(error);
  return advice.empty() ? std::strerror(error) : fmt::format("{}: {}", std::strerror(error), advice);
}

Error file_error(const fs::path& path, int error) {
  std::string why = error == EACCES || error == EPERM ? whose_file(path) : "";
  return {error_code_of_errno(error),
          fmt::format("{}: {}{}{}", path.string(), in_words(error), why.empty() ? "" : ": ", why)};
}

Error keeps_no_permissions(const fs::path& path) {
  return {
      ErrorCode::read_only,
      fmt::format("{}: this file system ({}) keeps no permissions, so that others may read what is there: "
                  "use another one (ext4, xfs, btrfs), or mount this one for this user alone (umask=077)",
                  path.string(), name_of_file_system(path.parent_path()))};
}

fs::path with_suffix(fs::path path, const char* suffix) { return path += suffix; }

void require_short_enough(const fs::path& path) {
  std::size_t whole = path.native().size(), name = path.filename().native().size();
  if (whole > kMostPathBytes) {
    throw Error(ErrorCode::usage,
                fmt::format("{}: that path has {} bytes, and SQLite opens none of more than {}: choose a "
                            "shorter one",
                            path.string(), whole, kMostPathBytes));
  }
  if (name + kLongestSuffix > kMostNameBytes) {
    throw Error(ErrorCode::usage,
                fmt::format("{}: that name has {} bytes, and the files beside it need room for theirs: "
                            "choose one of at most {}",
                            path.string(), name, kMostNameBytes - kLongestSuffix));
  }
}

void require_room_for_names(const fs::path& database) {
  struct stat there {};
  if (lstat(database.c_str(), &there) == 0) return;
  fs::path longest = database;
  longest += std::string(kLongestLastingSuffix, 'x');
  std::size_t whole = longest.native().size(), name = longest.filename().native().size() + kLongestSuffix;
  if (whole <= kMostPathBytes && name <= kMostNameBytes) return;
  throw Error(
      ErrorCode::usage,
      fmt::format("{} is too long for a database, beside which backups will stand: choose a name of at "
                  "most {} bytes, and a whole path of at most {}",
                  database.string(), kMostNameBytes - kLongestSuffix - kLongestLastingSuffix,
                  kMostPathBytes - kLongestLastingSuffix));
}

void remove_file(const fs::path& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) throw file_error(path, errno);
}

void remove_companions(const fs::path& database) {
  for (const char* suffix : kSqliteCompanions) remove_file(with_suffix(database, suffix));
}

void sync_folder_of(const fs::path& path) {
  Descriptor folder(open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || fsync(folder.number()) != 0) throw file_error(path.parent_path(), errno);
}

void confirm_name_of(const fs::path& path) {
  try {
    sync_folder_of(path);
  } catch (const Error& fault) {
    throw Error(
        fault.code(),
        fmt::format("{} is in its place, but the disk did not confirm it, so that a power cut may undo "
                    "that: {}",
                    path.string(), fault.what()));
  }
}

}  // namespace purser::store
