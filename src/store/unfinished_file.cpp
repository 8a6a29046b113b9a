#include "store/unfinished_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <utility>

#include "store/file_checks.h"
#include "store/files.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

// The file last: what is left of a removal that was cut short is found by it.
constexpr const char* kRemoved[] = {"-journal", "-wal", "-shm", "-gate", ""};

constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;

bool try_lock(int descriptor) {
  int result = 0;
  do {
    result = flock(descriptor, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

bool is_at(int descriptor, const fs::path& path) { return file_identity(descriptor) == file_identity(path); }

// A rename that replaces nothing; where the file system cannot do that, by a second name.
int rename_to_new(const fs::path& from, const fs::path& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (link(from.c_str(), to.c_str()) != 0 || unlink(from.c_str()) != 0) return errno;
  return 0;
}

}  // namespace

bool UnfinishedFile::would_remove(const fs::path& path, const fs::path& file) {
  return std::any_of(std::begin(kRemoved), std::end(kRemoved),
                     [&](const char* suffix) { return is_one_file(with_suffix(path, suffix), file); });
}

UnfinishedFile::UnfinishedFile(fs::path path) : path_(std::move(path)) {
  while (!make()) remove_stale();
}

UnfinishedFile::~UnfinishedFile() {
  if (stands_) remove_all();
  close_file();
}

// False where a file stands there, or one who took ours for stale was quicker than our lock.
bool UnfinishedFile::make() {
  descriptor_ = open(path_.c_str(), kFlags | O_CREAT | O_EXCL, 0600);
  if (descriptor_ < 0 && errno != EEXIST) throw file_error(path_, errno);
  // The process's umask may take even from the owner.
  stands_ = descriptor_ >= 0 && fchmod(descriptor_, 0600) == 0 && try_lock(descriptor_) &&
            is_at(descriptor_, path_);
  if (!stands_) close_file();
  return stands_;
}

void UnfinishedFile::remove_stale() const {
  int descriptor = open(path_.c_str(), kFlags);
  if (descriptor < 0 && errno == ENOENT) return;
  if (descriptor < 0) throw file_error(path_, errno);
  bool stale = try_lock(descriptor);
  if (stale && is_at(descriptor, path_)) remove_all();
  bool removed = !is_at(descriptor, path_);
  close(descriptor);
  if (!stale) {
    throw Error(ErrorCode::busy,
                fmt::format("another process is at work on {}: wait for it", path_.string()));
  }
  if (!removed) throw file_error(path_, EACCES);
}

void UnfinishedFile::remove_all() const noexcept {
  for (const char* suffix : kRemoved) unlink(with_suffix(path_, suffix).c_str());
}

void UnfinishedFile::finish() {
  std::error_code none;
  auto log = fs::file_size(with_suffix(path_, "-wal"), none);
  if (!none && log > 0) throw Error(ErrorCode::internal, fmt::format("{} still has a log", path_.string()));
  remove_companions(path_);
  remove_file(with_suffix(path_, "-gate"));
  if (fsync(descriptor_) != 0) throw file_error(path_, errno);
}

void UnfinishedFile::become_new(const fs::path& place) {
  int error = rename_to_new(path_, place);
  if (error == EEXIST) {
    throw Error(ErrorCode::already_exists,
                fmt::format("{} exists, and no file is ever replaced: name another", place.string()));
  }
  if (error != 0) throw file_error(place, error);
  stands_ = false;
  sync_folder_of(place);
}

void UnfinishedFile::replace(const fs::path& place) {
  if (rename(path_.c_str(), place.c_str()) != 0) throw file_error(place, errno);
  stands_ = false;
  sync_folder_of(place);
}

void UnfinishedFile::close_file() noexcept {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

}  // namespace purser::store
