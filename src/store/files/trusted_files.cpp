#include "store/files/trusted_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <optional>

#include "purser/error.h"
#include "store/files/access.h"
#include "store/files/companions.h"
#include "store/files/file_checks.h"
#include "store/files/files.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;

struct Facts {
  mode_t mode = 0;
  uid_t owner = 0;
  gid_t group = 0;
  std::uint64_t number = 0, names = 0;
  bool is_mounted = false;  // by itself; false also on an older kernel, which does not say
};

Facts facts_of(const struct stat& file) {
  return {file.st_mode, file.st_uid, file.st_gid, file.st_ino, file.st_nlink, false};
}

// Facts of the name itself: follows no link. Asks for no times: see `look_at` in file_checks.cpp.
std::optional<Facts> facts_at(const fs::path& path) {
  constexpr unsigned kWanted = STATX_TYPE | STATX_MODE | STATX_UID | STATX_GID | STATX_NLINK | STATX_INO;
  struct statx file {};
  if (statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, kWanted, &file) == 0) {
    bool is_mounted = (file.stx_attributes_mask & file.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    return Facts{file.stx_mode, file.stx_uid, file.stx_gid, file.stx_ino, file.stx_nlink, is_mounted};
  }
  struct stat plain {};
  if (lstat(path.c_str(), &plain) != 0) return std::nullopt;  // where statx is not let in
  return facts_of(plain);
}

// --- Names ---------------------------------------------------------------------------------------------

// Searches the same folder, where most second names are made.
fs::path other_name_of(const fs::path& path) {
  std::error_code failed;
  for (fs::directory_iterator entry(path.parent_path(), failed), end; !failed && entry != end;
       entry.increment(failed)) {
    std::error_code ignored;
    bool is_link = entry->is_symlink(ignored);
    if (!is_link && entry->path() != path && is_one_file(entry->path(), path)) return entry->path();
  }
  return {};
}

std::string mounted_in_words(const fs::path& path) {
  return fmt::format(
      "{} is mounted as a single file, so that the log and the gate beside it are not the ones of those who "
      "open it outside of this mount, and each side writes over what the other stores: mount the folder in "
      "which it lies, not the file",
      path.string());
}

std::string linked_in_words(const fs::path& path, const Facts& file) {
  fs::path other = other_name_of(path);
  std::string which = other.empty() ? fmt::format("which `find / -xdev -inum {}` lists", file.number)
                                    : "which is " + other.string();
  return fmt::format(
      "{} has {} names (hard links), and who opens it by another one has another log and writes over what is "
      "here: with no worker running, remove the other name, {} (where a restore was killed, run it again "
      "instead)",
      path.string(), file.names, which);
}

std::string names_in_words(const fs::path& path, const Facts& file, Names names) {
  if (file.is_mounted) return mounted_in_words(path);
  bool is_linked = S_ISREG(file.mode) && file.names > 1 && names == Names::one;
  return is_linked ? linked_in_words(path, file) : "";
}

// --- Companions ----------------------------------------------------------------------------------------

// A user who may write the database itself gains nothing by planting a file beside it.
bool may_be_from_a_writer(const Facts& file, const Facts& database) {
  if (file.owner == 0 || file.owner == database.owner || (database.mode & S_IWOTH) != 0) return true;
  return (database.mode & S_IWGRP) != 0 && file.group == database.group;
}

bool lets_more_write(const Facts& file, const Facts& database) {
  return (file.mode & kOthersMayWrite & ~database.mode) != 0;
}

std::string distrust_of(const fs::path& path, const Facts& file, const Facts& database) {
  constexpr const char* kAside =
      "stop the workers, move it away without opening the database, look at it, and open the database again";
  if (!S_ISREG(file.mode))
    return fmt::format("{} is no plain file, which SQLite and purser alone make there: {}", path.string(),
                       kAside);
  if (!may_be_from_a_writer(file, database)) {
    return fmt::format(
        "{} belongs to {}, the database to {}, who has not made it, so that what stands in it would become "
        "content of the database: {} (where a worker ran as that user, what it stored stands in there alone: "
        "with all its files copied away, `chown` it instead)",
        path.string(), user_in_words(file.owner), user_in_words(database.owner), kAside);
  }
  if (!lets_more_write(file, database)) return "";
  return fmt::format(
      "{} may be written by others (mode {:04o}) than the database (mode {:04o}), so that what stands in it "
      "need not be the database's: stop the workers; where nobody else has written it, `chmod go-w {}`, else "
      "move it away",
      path.string(), file.mode & 07777U, database.mode & 07777U, path.string());
}

std::string distrust_beside(const fs::path& database, const Facts& own) {
  for (const char* suffix : kCompanions) {
    fs::path path = with_suffix(database, suffix);
    auto file = facts_at(path);
    if (!file) continue;
    std::string why = distrust_of(path, *file, own);
    if (!why.empty()) return why;
  }
  return "";
}

void refuse(const std::string& why) {
  if (!why.empty()) throw Error(ErrorCode::unsafe_files, why);
}

}  // namespace

void require_trusted_files(const fs::path& database, Names names) {
  auto own = facts_at(database);
  if (!own) return;  // it says itself that it cannot be opened
  refuse(names_in_words(database, *own, names));
  for (const char* suffix : kCompanions) {
    fs::path path = with_suffix(database, suffix);
    if (auto file = facts_at(path)) refuse(names_in_words(path, *file, names));
  }
  refuse(distrust_beside(database, *own));
}

void require_trusted_companions(const fs::path& database) { refuse(distrust_in_words(database)); }

std::string second_name_in_words(const fs::path& file) {
  auto facts = facts_at(file);
  return facts ? names_in_words(file, *facts, Names::one) : "";
}

std::string distrust_in_words(const fs::path& database) {
  auto own = facts_at(database);
  return own ? distrust_beside(database, *own) : "";
}

}  // namespace purser::store
