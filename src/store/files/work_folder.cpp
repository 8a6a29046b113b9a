#include "store/files/work_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <iterator>

#include "store/files/access.h"
#include "store/files/companions.h"
#include "store/files/file_checks.h"
#include "store/files/files.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

// Each try may meet another: leftovers that it removes, or a user who keeps renaming or replacing the folder.
constexpr int kMostTries = 50;

constexpr int kFolder = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr long kFuse = 0x65735546;

enum class Lock { taken, held_by_another, refused };

Lock try_lock(const Descriptor& file) {
  int result = 0;
  do {
    result = flock(file.number(), LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return Lock::taken;
  return errno == EWOULDBLOCK ? Lock::held_by_another : Lock::refused;
}

struct stat status_of(const Descriptor& file, const fs::path& name) {
  struct stat status {};
  if (fstat(file.number(), &status) != 0) throw file_error(name, errno);
  return status;
}

fs::path by_descriptor(const Descriptor& file) { return fmt::format("/proc/self/fd/{}", file.number()); }

std::string owner_in_words(const fs::path& name) {
  struct stat file {};
  if (lstat(name.c_str(), &file) != 0) return "somebody";
  return user_in_words(file.st_uid);
}

Error in_the_way(const fs::path& name, int error) {
  if (error != EACCES && error != EPERM && error != ELOOP && error != ENOTDIR && error != EEXIST)
    return file_error(name, error);
  return {
      ErrorCode::read_only,
      fmt::format("{} is in the way and cannot be removed (it belongs to {}, you are {}): let its owner or "
                  "root remove it, or use a folder where nobody else may write",
                  name.string(), owner_in_words(name), user_in_words(geteuid()))};
}

Error at_work(const fs::path& name) {
  return {ErrorCode::busy, fmt::format("another process of {} is at work on {}: wait for it",
                                       owner_in_words(name), name.string())};
}

Error played_with(const fs::path& name) {
  return {ErrorCode::io_error,
          fmt::format("{}: somebody else renames and replaces it while it is made: use a folder where nobody "
                      "else may write",
                      name.string())};
}

// Some kinds of FUSE give files another owner than their maker; the owner proves nothing there.
bool keeps_owners(const Descriptor& place) {
  struct statfs system {};
  return fstatfs(place.number(), &system) != 0 || system.f_type != kFuse;
}

bool is_private(mode_t mode) { return (mode & 0700U) == 0700U && (mode & 0077U) == 0; }

// Removes the file last, since an interrupted removal is recognized by it. Returns the result for the file.
int remove_all(int folder, const std::string& name) noexcept {
  for (const char* suffix : kCompanions) unlinkat(folder, (name + suffix).c_str(), 0);
  return unlinkat(folder, name.c_str(), 0);
}

}  // namespace

bool WorkFolder::would_remove(const fs::path& name, const fs::path& file) {
  auto is_removed = [&](const char* suffix) {
    return is_one_file(with_suffix(name, suffix), file) ||
           is_one_file(with_suffix(name / kFile, suffix), file);
  };
  return is_removed("") || std::any_of(kCompanions.begin(), kCompanions.end(), is_removed);
}

void WorkFolder::tidy(const fs::path& name) noexcept {
  try {
    WorkFolder(Around{}, name).remove_stale();
  } catch (const std::exception&) {  // somebody else must remove it
  }
}

WorkFolder::WorkFolder(Around, fs::path name)
    : name_(std::move(name)), parent_(open(name_.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  if (!parent_.is_open()) throw file_error(name_.parent_path(), errno);
}

WorkFolder::WorkFolder(fs::path name) : WorkFolder(Around{}, std::move(name)) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    if (make()) return;
    remove_stale();
  }
  throw played_with(name_);
}

WorkFolder::~WorkFolder() { remove(); }

fs::path WorkFolder::file() const { return by_descriptor(folder_) / kFile; }

void WorkFolder::remove() noexcept {
  if (!folder_.is_open()) return;
  remove_all(folder_.number(), kFile);
  if (is_at_its_name()) unlinkat(parent_.number(), name_.filename().c_str(), AT_REMOVEDIR);
  folder_ = Descriptor(-1);
}

// False where something is at that name already, or another process locked or moved the folder first.
bool WorkFolder::make() {
  if (mkdirat(parent_.number(), name_.filename().c_str(), 0700) != 0) {
    if (errno == EEXIST) return false;
    throw file_error(name_, errno);
  }
  try {
    if (enter()) return true;
  } catch (...) {
    folder_ = Descriptor(-1);
    unlinkat(parent_.number(), name_.filename().c_str(), AT_REMOVEDIR);
    throw;
  }
  folder_ = Descriptor(-1);
  return false;
}

bool WorkFolder::enter() {
  // O_PATH first: the umask may take rights even from the owner, and then only this opens the folder.
  Descriptor place(openat(parent_.number(), name_.filename().c_str(), O_PATH | kFolder));
  if (!place.is_open() && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return false;
  if (!place.is_open()) throw file_error(name_, errno);
  make_private(place);
  folder_ = Descriptor(openat(place.number(), ".", O_RDONLY | kFolder));
  if (!folder_.is_open()) throw file_error(name_, errno);
  Lock lock = try_lock(folder_);
  if (lock == Lock::refused) throw file_error(name_, errno);
  return lock == Lock::taken && is_at_its_name();
}

void WorkFolder::make_private(const Descriptor& place) const {
  struct stat status = status_of(place, name_);
  if (status.st_uid != geteuid() && keeps_owners(place)) throw played_with(name_);
  if (is_private(status.st_mode)) return;
  [[maybe_unused]] int refused = chmod(by_descriptor(place).c_str(), 0700);
  if (!is_private(status_of(place, name_).st_mode)) throw keeps_no_permissions(name_);
}

bool WorkFolder::is_at_its_name() const {
  struct stat own {
  }, there{};
  return fstat(folder_.number(), &own) == 0 &&
         fstatat(parent_.number(), name_.filename().c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
         own.st_dev == there.st_dev && own.st_ino == there.st_ino;
}

void WorkFolder::remove_stale() const {
  Descriptor left(openat(parent_.number(), name_.filename().c_str(),
                         O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!left.is_open() && errno == ENOENT) return;
  if (!left.is_open()) throw in_the_way(name_, errno);
  Lock lock = try_lock(left);
  if (lock == Lock::held_by_another) throw at_work(name_);
  if (lock == Lock::refused) throw file_error(name_, errno);
  int error = unlink_left(left);
  if (error != 0 && error != ENOENT) throw in_the_way(name_, error);
}

// Removes a folder, or a file as earlier versions made it. Returns 0 or errno.
int WorkFolder::unlink_left(const Descriptor& left) const noexcept {
  struct stat status {};
  if (fstat(left.number(), &status) != 0) return errno;
  std::string name = name_.filename().string();
  if (S_ISREG(status.st_mode)) return remove_all(parent_.number(), name) == 0 ? 0 : errno;
  if (!S_ISDIR(status.st_mode)) return EEXIST;
  remove_all(left.number(), kFile);
  return unlinkat(parent_.number(), name.c_str(), AT_REMOVEDIR) == 0 ? 0 : errno;
}

}  // namespace purser::store
