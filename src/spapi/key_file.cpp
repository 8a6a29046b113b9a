#include "spapi/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "purser/error.h"
#include "store/files/file_checks.h"
#include "store/files/files.h"

namespace purser::spapi {
namespace {

namespace fs = std::filesystem;

constexpr Duration kMaxWait = std::chrono::seconds(10);
constexpr Duration kPollInterval = std::chrono::milliseconds(20);
constexpr char kUnfinished[] = "-rotating";

[[noreturn]] void throw_unwritable(const fs::path& file, int number) {
  throw Error(
      ErrorCode::read_only,
      fmt::format("the key file {} cannot be replaced here ({}): rotate where it is kept, as the user "
                  "who may write its folder, with PURSER_KEY_FILE set to it",
                  file.string(), std::strerror(number)));
}

[[noreturn]] void throw_system(ErrorCode code, const fs::path& file, int number) {
  throw Error(code, fmt::format("the key file {}: {}", file.string(), store::in_words(number)));
}

struct stat status_of(const Descriptor& opened, const fs::path& file) {
  struct stat status {};
  if (::fstat(opened.number(), &status) != 0) throw_system(ErrorCode::io_error, file, errno);
  return status;
}

// A file of root's may be read by one group: systemd, Kubernetes and Docker provide secrets so.
bool is_open_to_others(const struct stat& status) {
  mode_t forbidden = status.st_uid == 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
  return (status.st_mode & forbidden) != 0;
}

bool is_read_only_mount(const Descriptor& opened) {
  struct statvfs mount {};
  return ::fstatvfs(opened.number(), &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
}

// Does not advise chmod where this user cannot change the file: then its provider sets the mode.
std::string how_to_close(const Descriptor& opened, const struct stat& status, const fs::path& file) {
  bool may_change = status.st_uid == ::geteuid() && !is_read_only_mount(opened);
  if (may_change) return fmt::format("chmod 600 {}", file.string());
  if (status.st_uid != 0) return "its owner makes it 0600";
  return "root's may be 0440, for one group: in Kubernetes defaultMode: 0440 and an fsGroup, in Docker mode: "
         "0440 and a gid, with systemd LoadCredential=purser-key:FILE";
}

[[noreturn]] void refuse_unsafe(const Descriptor& opened, const struct stat& status, const fs::path& file) {
  throw Error(
      ErrorCode::unsafe_key_file,
      fmt::format("the key file {} (mode {:04o}, owner {}) may be read or written by others: {}",
                  file.string(), status.st_mode & 07777U, status.st_uid, how_to_close(opened, status, file)));
}

void require_private(const Descriptor& opened, const fs::path& file) {
  struct stat status = status_of(opened, file);
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::usage, fmt::format("the key file {} is not a regular file", file.string()));
  }
  if (is_open_to_others(status)) refuse_unsafe(opened, status, file);
  if (static_cast<std::size_t>(status.st_size) > kMaxKeyFileBytes) {
    throw Error(ErrorCode::usage,
                fmt::format("the key file {} has more than 16 KiB: it is no key ring", file.string()));
  }
}

Descriptor opened_to_read(const fs::path& file) {
  // O_NONBLOCK: opening a FIFO must not hang before it is refused.
  Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (opened.number() >= 0) return opened;
  if (errno != ENOENT) throw_system(ErrorCode::io_error, file, errno);
  throw Error(ErrorCode::no_master_key,
              fmt::format("there is no key file {}: put your copy of it there, since a new key opens nothing "
                          "that another has sealed; only where nothing was ever sealed, `purser key generate "
                          "--file {}` makes one",
                          file.string(), file.string()));
}

void write_all(const Descriptor& opened, const fs::path& file, std::string_view text) {
  while (!text.empty()) {
    ssize_t written = ::write(opened.number(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_system(store::error_code_of_errno(errno), file, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void write_durably(const Descriptor& opened, const fs::path& file, Pieces pieces) {
  for (std::string_view piece : pieces) write_all(opened, file, piece);
  if (::fsync(opened.number()) != 0) throw_system(store::error_code_of_errno(errno), file, errno);
}

Descriptor made(const fs::path& file) {
  return Descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
}

// Some file systems ignore modes and let all users read every file.
void require_closed_to_others(const Descriptor& opened, const fs::path& file) {
  if ((status_of(opened, file).st_mode & (S_IRWXG | S_IRWXO)) != 0) throw store::keeps_no_permissions(file);
}

[[noreturn]] void refuse_played_with(const fs::path& file) {
  throw Error(
      ErrorCode::io_error,
      fmt::format("somebody else makes files at {} while the key is changed: keep it in a folder where "
                  "nobody else may write",
                  file.string()));
}

bool is_at(const Descriptor& opened, const fs::path& file) {
  return store::file_identity(opened.number()) == store::file_identity(file);
}

}  // namespace

std::size_t read_key_file(const fs::path& file, unsigned char* memory) {
  // For its check alone, which refuses links that cannot be trusted. The file is opened by the given name,
  // since a descriptor's (/dev/fd/3) has no other.
  store::real_path(file);
  Descriptor opened = opened_to_read(file);
  require_private(opened, file);
  std::size_t length = 0;
  for (ssize_t got = -1; got != 0 && length < kMaxKeyFileBytes;) {
    got = ::read(opened.number(), memory + length, kMaxKeyFileBytes - length);
    if (got < 0 && errno != EINTR) throw_system(ErrorCode::io_error, file, errno);
    if (got > 0) length += static_cast<std::size_t>(got);
  }
  return length;
}

void create_key_file(const fs::path& wanted, Pieces pieces) {
  fs::path whole = fs::absolute(wanted);
  fs::path file = store::real_path(whole.parent_path()) / whole.filename();
  Descriptor opened = made(file);
  if (opened.number() < 0 && errno == EEXIST) {
    throw Error(ErrorCode::io_error,
                fmt::format("{} is there already, and a key file is never replaced: choose another name",
                            file.string()));
  }
  if (opened.number() < 0) throw_system(store::error_code_of_errno(errno), file, errno);
  try {
    require_closed_to_others(opened, file);
    write_durably(opened, file, pieces);
    store::sync_folder_of(file);
  } catch (...) {
    ::unlink(file.c_str());  // ours, and it holds half a key
    throw;
  }
}

LockedKeyFile::LockedKeyFile(const fs::path& file, Clock& clock)
    : path_(store::real_path(file)), unfinished_(path_) {
  unfinished_ += kUnfinished;
  const SteadyInstant give_up = clock.steady_now() + kMaxWait;
  for (;;) {
    if (auto lock = locked()) {
      locks_.push_back(std::move(*lock));
      return;
    }
    if (clock.steady_now() >= give_up) {
      throw Error(ErrorCode::busy,
                  fmt::format("another rotation of {} is under way and does not end", path_.string()));
    }
    clock.sleep_until(clock.steady_now() + kPollInterval);
  }
}

// nullopt: another process has the lock, or has just replaced the file.
std::optional<Descriptor> LockedKeyFile::locked() {
  Descriptor opened = opened_to_read(path_);
  require_private(opened, path_);
  if (::flock(opened.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) throw_system(ErrorCode::io_error, path_, errno);
    return std::nullopt;
  }
  if (!is_at(opened, path_)) return std::nullopt;
  return opened;
}

// Removes what a killed rotation left. REQUIRES: the lock is held, so no other process is writing it.
void LockedKeyFile::remove_unfinished() const {
  if (::unlink(unfinished_.c_str()) != 0 && errno != ENOENT) {
    if (store::error_code_of_errno(errno) == ErrorCode::read_only) throw_unwritable(path_, errno);
    throw_system(store::error_code_of_errno(errno), unfinished_, errno);
  }
}

// Keeps owner and mode: the workers may run as another user than the one who rotates.
Descriptor LockedKeyFile::make_unfinished() const {
  struct stat before = status_of(locks_.front(), path_);
  Descriptor opened = made(unfinished_);
  if (opened.number() < 0 && store::error_code_of_errno(errno) == ErrorCode::read_only)
    throw_unwritable(path_, errno);
  if (opened.number() < 0) throw_system(store::error_code_of_errno(errno), unfinished_, errno);
  struct stat after = status_of(opened, unfinished_);
  bool same_owner = after.st_uid == before.st_uid && after.st_gid == before.st_gid;
  mode_t mode = before.st_mode & (S_IRWXU | S_IRGRP);
  if ((!same_owner && ::fchown(opened.number(), before.st_uid, before.st_gid) != 0) ||
      ((after.st_mode & 0777U) != mode && ::fchmod(opened.number(), mode) != 0)) {
    throw_system(store::error_code_of_errno(errno), unfinished_, errno);
  }
  return opened;
}

void LockedKeyFile::replace(Pieces pieces) {
  remove_unfinished();
  try {
    Descriptor opened = make_unfinished();
    write_durably(opened, unfinished_, pieces);
    if (::flock(opened.number(), LOCK_EX | LOCK_NB) != 0) throw_system(ErrorCode::io_error, path_, errno);
    locks_.push_back(std::move(opened));
    if (!is_at(locks_.back(), unfinished_)) refuse_played_with(unfinished_);
    if (::rename(unfinished_.c_str(), path_.c_str()) != 0)
      throw_system(store::error_code_of_errno(errno), path_, errno);
  } catch (...) {
    ::unlink(unfinished_.c_str());
    throw;
  }
  if (!is_at(locks_.back(), path_)) refuse_played_with(path_);
  store::sync_folder_of(path_);
}

}  // namespace purser::spapi
