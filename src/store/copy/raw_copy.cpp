#include "store/copy/raw_copy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "store/files/companions.h"
#include "store/files/file_checks.h"
#include "store/files/files.h"
#include "store/files/trusted_files.h"
#include "store/gate/lock_holders.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/sqlite_file.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

// Of SQLite's file format (https://www.sqlite.org/fileformat.html).
constexpr std::size_t kHeaderBytes = 100;
constexpr std::int64_t kSmallestDatabase = 512;
constexpr std::uint32_t kKnownFormat = 2;     // in WAL mode
constexpr char kMagic[] = "SQLite format 3";  // and its NUL
// Where every connection holds its lock on the file (the lock-byte page).
constexpr off_t kLockBytes = 0x40000000;
constexpr off_t kLockBytesLength = 512;

constexpr std::size_t kAtOnce = 1024UL * 1024;
constexpr const char* kSuffixes[] = {"", kLogSuffix, kJournalSuffix};

Error invalid(const fs::path& source, std::string_view why) {
  return {ErrorCode::invalid_backup, fmt::format("{} {}", source.string(), why)};
}

Error unreadable(const fs::path& path, int error) {
  return {ErrorCode::cannot_open, file_error(path, error).what()};
}

Error in_use(const fs::path& source) {
  return {
      ErrorCode::in_use,
      fmt::format("{} is open in a process{}, so that a copy of the files may be no state that there was: "
                  "copy it with `purser backup`, and restore that",
                  source.string(), in_brackets(programs_at(source)))};
}

// A pipe or a device of that name blocks nobody.
int open_to_read(const fs::path& path) {
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (descriptor < 0) throw unreadable(path, errno);
  return descriptor;
}

// --- Whether anybody is at work on it ------------------------------------------------------------------

// The descriptors that this process has of it.
std::ptrdiff_t open_here(FileIdentity file) {
  auto open = open_in_this_process();
  return std::count(open.begin(), open.end(), file);
}

// Closing a descriptor drops all locks that SQLite has on that file in this process. A thread that opens it
// at the same time takes this mutex of SQLite's before it locks anything: so it is seen here, or comes after.
void close_unless_in_use(int descriptor) {
  sqlite3_mutex* opening = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_VFS1);
  sqlite3_mutex_enter(opening);
  if (open_here(file_identity(descriptor)) <= 1) close(descriptor);
  sqlite3_mutex_leave(opening);
}

bool is_locked(int descriptor, const fs::path& path) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = kLockBytes;
  lock.l_len = kLockBytesLength;
  // Where the kernel refuses to say, the files may be changing.
  if (fcntl(descriptor, F_OFD_GETLK, &lock) != 0) throw unreadable(path, errno);
  return lock.l_type != F_UNLCK;
}

// --- What it is ----------------------------------------------------------------------------------------

std::uint32_t number_at(std::string_view header, std::size_t at, std::size_t bytes) {
  std::uint32_t number = 0;
  for (char byte : header.substr(at, bytes)) number = number << 8U | static_cast<unsigned char>(byte);
  return number;
}

std::string header_of(int descriptor, const fs::path& source) {
  std::string header(kHeaderBytes, '\0');
  ssize_t bytes = pread(descriptor, header.data(), header.size(), 0);
  if (bytes < 0) throw unreadable(source, errno);
  header.resize(static_cast<std::size_t>(bytes));
  return header;
}

// The first read plays back a journal or reads the log; the last close takes the log up.
void make_whole(const fs::path& source, const fs::path& copy) {
  try {
    auto database = open_sqlite(copy, SQLite::OPEN_READWRITE);
    std::string mode = database->execAndGet("PRAGMA journal_mode = WAL").getString();
    if (mode != "wal") throw invalid(source, fmt::format("stays in the journal mode {}", mode));
  } catch (const SQLite::Exception& fault) {
    ErrorCode code = error_code_of(fault.getExtendedErrorCode());
    bool unsound = code == ErrorCode::corrupt || code == ErrorCode::not_a_database;
    if (!unsound) throw_purser_error(fault);
    throw invalid(source, fmt::format("is no sound database: {}", fault.what()));
  }
}

// --- The bytes -----------------------------------------------------------------------------------------

void require_room(const fs::path& destination, std::int64_t bytes) {
  struct statvfs system {};
  if (statvfs(destination.c_str(), &system) != 0) return;
  auto room = static_cast<std::int64_t>(system.f_bavail * system.f_frsize);
  if (bytes <= room) return;
  throw Error(ErrorCode::disk_full,
              fmt::format("{} bytes are to be copied to {}, where {} are free: make room", bytes,
                          destination.parent_path().string(), room));
}

void write_all(int to, const fs::path& path, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = write(to, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) throw file_error(path, errno);
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

class Bytes {
 public:
  Bytes(std::int64_t whole, const Progress& progress)
      : whole_(whole), progress_(progress), buffer_(kAtOnce) {}

  void copy(int from, const fs::path& source, int to, const fs::path& destination) {
    for (;;) {
      ssize_t bytes = read(from, buffer_.data(), buffer_.size());
      if (bytes < 0 && errno == EINTR) continue;
      if (bytes < 0) throw file_error(source, errno);
      if (bytes == 0) return;
      write_all(to, destination, {buffer_.data(), static_cast<std::size_t>(bytes)});
      done_ += bytes;
      if (progress_) progress_(done_, std::max(whole_, done_));
    }
  }

 private:
  std::int64_t whole_, done_ = 0;
  const Progress& progress_;
  std::vector<char> buffer_;
};

void copy_log(Bytes& bytes, const fs::path& source, const fs::path& destination) {
  Descriptor from(open_to_read(source));
  Descriptor to(open(destination.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!to.is_open()) throw file_error(destination, errno);
  bytes.copy(from.number(), source, to.number(), destination);
}

Instant instant_of(const timespec& time) {
  return Instant(std::chrono::floor<Duration>(std::chrono::seconds(time.tv_sec) +
                                              std::chrono::nanoseconds(time.tv_nsec)));
}

}  // namespace

RawSource::RawSource(const fs::path& path)
    : path_(real_path(path)), descriptor_(-1), files_(present_files()) {
  require_trusted_companions(path_);
  if (open_here(file_identity(path_)) > 0) throw in_use(path_);
  descriptor_ = open_to_read(path_);
  try {
    require_ours();
    if (is_locked(descriptor_, path_)) throw in_use(path_);
  } catch (...) {
    close_unless_in_use(descriptor_);
    throw;
  }
}

RawSource::~RawSource() { close_unless_in_use(descriptor_); }

// No bytes for no file.
RawSource::Version RawSource::version_of(const fs::path& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) {
    if (errno == ENOENT) return {};
    throw unreadable(path, errno);
  }
  if (!S_ISREG(file.st_mode)) throw invalid(path, "is no file");
  return {file.st_ino, file.st_size, instant_of(file.st_mtim), instant_of(file.st_ctim)};
}

std::array<RawSource::Version, RawSource::kFiles> RawSource::present_files() const {
  std::array<Version, kFiles> files;
  for (std::size_t i = 0; i < kFiles; ++i) files.at(i) = version_of(with_suffix(path_, kSuffixes[i]));
  return files;
}

void RawSource::require_ours() const {
  if (files_[0].bytes == 0) throw invalid(path_, "is an empty file");
  std::string header = header_of(descriptor_, path_);
  bool begins_well = header.compare(0, sizeof kMagic, kMagic, sizeof kMagic) == 0;
  if (files_[0].bytes < kSmallestDatabase || header.size() < kHeaderBytes || !begins_well)
    throw invalid(path_, "is no SQLite database");
  if (number_at(header, 18, 1) > kKnownFormat || number_at(header, 19, 1) > kKnownFormat)
    throw invalid(path_,
                  "is no sound database of purser's: this version of SQLite does not write its file format");
  if (number_at(header, 68, 4) != kApplicationId)
    throw invalid(path_, "is a SQLite database, but not one of purser's");
  if (files_[1].bytes == 0 && files_[2].bytes == 0) require_all_pages(header);
}

// Where it has a log, pages may stand there alone.
void RawSource::require_all_pages(std::string_view header) const {
  std::uint32_t page = number_at(header, 16, 2);
  bool counted = number_at(header, 24, 4) == number_at(header, 92, 4);
  std::int64_t whole = std::int64_t{number_at(header, 28, 4)} * (page == 1 ? 65'536 : page);
  if (counted && files_[0].bytes < whole)
    throw invalid(path_, fmt::format("is truncated: it has {} of {} bytes", files_[0].bytes, whole));
}

void RawSource::copy_to(const UnfinishedFile& destination, const Progress& progress) const {
  copy_files(destination.path(), progress);
  if (is_locked(descriptor_, path_) || present_files() != files_) throw in_use(path_);
  make_whole(path_, destination.path());
}

void RawSource::copy_files(const fs::path& destination, const Progress& progress) const {
  std::int64_t whole = 0;
  for (const Version& file : files_) whole += file.bytes;
  require_room(destination, whole);
  Bytes bytes(whole, progress);
  {
    Descriptor to(open(destination.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!to.is_open()) throw file_error(destination, errno);
    bytes.copy(descriptor_, path_, to.number(), destination);
  }
  for (std::size_t i = 1; i < kFiles; ++i) {
    if (files_.at(i).bytes > 0)
      copy_log(bytes, with_suffix(path_, kSuffixes[i]), with_suffix(destination, kSuffixes[i]));
  }
}

}  // namespace purser::store
