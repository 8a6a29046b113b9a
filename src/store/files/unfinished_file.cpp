#include "store/files/unfinished_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

#include "base/replace_all.h"
#include "store/files/companions.h"
#include "store/files/files.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;

// Renames and never replaces: by RENAME_NOREPLACE, or by a second name where the file system lacks that.
int move_to_new(int from, int to, const char* name) {
  if (renameat2(from, WorkFolder::kFile, to, name, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (linkat(from, WorkFolder::kFile, to, name, 0) != 0) return errno;
  if (unlinkat(from, WorkFolder::kFile, 0) == 0) return 0;
  int error = errno;
  unlinkat(to, name, 0);
  return error;
}

bool is_private(mode_t mode) { return (mode & 0600U) == 0600U && (mode & 0077U) == 0; }

}  // namespace

UnfinishedFile::UnfinishedFile(fs::path name) : folder_(std::move(name)) {
  Descriptor file(openat(folder_.descriptor(), WorkFolder::kFile, kFlags | O_CREAT | O_EXCL, 0600));
  struct stat made {};
  if (!file.is_open() || fstat(file.number(), &made) != 0) throw file_error(this->name(), errno);
  // The umask may take rights even from the owner; some file systems give rights to all.
  if (is_private(made.st_mode)) return;
  [[maybe_unused]] int refused = fchmod(file.number(), 0600);
  if (fstat(file.number(), &made) != 0) throw file_error(this->name(), errno);
  if (!is_private(made.st_mode)) throw keeps_no_permissions(this->name());
}

void UnfinishedFile::finish() {
  std::error_code none;
  auto log = fs::file_size(with_suffix(path(), kLogSuffix), none);
  if (!none && log > 0) throw Error(ErrorCode::internal, fmt::format("{} still has a log", name().string()));
  remove_companions(path());
  remove_file(with_suffix(path(), kGateSuffix));
  Descriptor file(openat(folder_.descriptor(), WorkFolder::kFile, kFlags));
  if (!file.is_open() || fsync(file.number()) != 0) throw file_error(name(), errno);
}

void UnfinishedFile::become_new(const fs::path& place) {
  int error = move_to_new(folder_.descriptor(), folder_.parent(), place.filename().c_str());
  if (error == EEXIST) {
    throw Error(ErrorCode::already_exists,
                fmt::format("{} exists, and no file is ever replaced: name another", place.string()));
  }
  if (error != 0) throw file_error(place, error);
  folder_.remove();
}

void UnfinishedFile::replace(const fs::path& place, FileIdentity standing) {
  struct stat there {};
  int found = fstatat(folder_.parent(), place.filename().c_str(), &there, AT_SYMLINK_NOFOLLOW);
  if (found != 0 || !(FileIdentity{there.st_dev, there.st_ino} == standing)) {
    throw Error(
        ErrorCode::file_replaced,
        fmt::format("somebody else put another file at {} meanwhile: nothing was changed", place.string()));
  }
  if (renameat(folder_.descriptor(), WorkFolder::kFile, folder_.parent(), place.filename().c_str()) != 0)
    throw file_error(place, errno);
  folder_.remove();
}

Error UnfinishedFile::renamed(const Error& fault) const {
  std::string message = fault.what();
  replace_all(message, path().string(), name().string());
  replace_all(message, path().parent_path().string(), name().string());
  return {fault.code(), message};
}

}  // namespace purser::store
