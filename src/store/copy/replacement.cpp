#include "store/copy/replacement.h"
#include "store/sqlite/sqlite_connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/descriptor.h"
#include "store/durability/disk_mark.h"
#include "store/files/companions.h"
#include "store/files/file_checks.h"
#include "store/files/files.h"
#include "store/gate/lock_holders.h"
#include "store/transaction.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

// Verbs come and go in milliseconds; a process that has it open for longer is a worker, and must be stopped.
constexpr Duration kPatience = std::chrono::seconds(2);
constexpr Duration kOneTry = std::chrono::milliseconds(10);
constexpr Duration kBetweenTries = std::chrono::milliseconds(20);
constexpr int kMostKept = 1000;  // of one second
constexpr auto kSameOwner = static_cast<uid_t>(-1);
constexpr mode_t kOwnerMode = 0600;
constexpr mode_t kGroupMayRead = 0640;

// Zeros for nothing at the path: no file, and no link either, since links were followed.
FileIdentity file_at(const fs::path& path) {
  struct stat file {};
  if (lstat(path.c_str(), &file) != 0) {
    if (errno == ENOENT) return {};
    throw Error(ErrorCode::cannot_open, file_error(path, errno).what());
  }
  if (S_ISREG(file.st_mode)) return {file.st_dev, file.st_ino};
  throw Error(ErrorCode::not_a_database, fmt::format("{} is no file", path.string()));
}

// 20261126T161200Z
std::string in_a_name(Instant at) {
  std::string text = rfc3339(std::chrono::floor<std::chrono::seconds>(at));
  std::string name = text.substr(0, text.find('.')) + "Z";
  name.erase(std::remove_if(name.begin(), name.end(), [](char c) { return c == '-' || c == ':'; }),
             name.end());
  return name;
}

bool link_to_new(const fs::path& from, const fs::path& to) {
  if (link(from.c_str(), to.c_str()) == 0) return true;
  if (errno == EEXIST) return false;
  throw file_error(to, errno);
}

// A second name first, so that the content has one at every instant.
void move_if_there(const fs::path& from, const fs::path& to) {
  if (!fs::exists(fs::symlink_status(from))) return;
  if (!link_to_new(from, to)) throw file_error(to, EEXIST);
  remove_file(from);
}

Error cannot_give(const UnfinishedFile& file, const char* what, int error) {
  return {ErrorCode::io_error,
          fmt::format("the {} of the database that stands there cannot be given to {} ({}): restore as its "
                      "owner, and on a file system that keeps owners and modes",
                      what, file.name().string(), in_words(error))};
}

bool is_damage(ErrorCode code) {
  return code == ErrorCode::corrupt || code == ErrorCode::not_a_database || code == ErrorCode::internal;
}

}  // namespace

Replacement::Replacement(const DatabaseOptions& options) : path_(real_path(options.path)), gate_(path_) {
  require_room_for_names(path_);
  require_local_folder(path_.parent_path());
  Clock& clock = *options.clock;
  SteadyInstant give_up = clock.steady_now() + std::min(options.busy_deadline, kPatience);
  while (!take(options)) {
    if (clock.steady_now() >= give_up) {
      throw Error(ErrorCode::in_use,
                  fmt::format("{} is open in other processes{}: stop the workers, and whatever else reads it",
                              path_.string(), in_brackets(programs_at(path_))));
    }
    clock.sleep_until(clock.steady_now() + kBetweenTries);
  }
}

// Not waiting inside the gate for those who have the database open: they may be waiting for the gate.
bool Replacement::take(const DatabaseOptions& options) {
  gate_->lock(options.busy_deadline);
  standing_ = file_at(path_);
  if (is_empty() || try_to_open(options)) return true;
  gate_->unlock();
  return false;
}

// False where somebody has it open.
bool Replacement::try_to_open(DatabaseOptions options) {
  options.path = path_;
  options.busy_deadline = std::min(options.busy_deadline, kOneTry);
  try {
    present_ = SqliteConnection::open(options, Accept::any_schema, Sharing::alone);
  } catch (const Error& fault) {
    if (fault.code() == ErrorCode::busy) return false;
    if (!is_damage(fault.code())) throw;
  }
  return true;
}

// The old file's second name comes last, so that a kill seldom leaves it with two.
std::optional<fs::path> Replacement::put(UnfinishedFile& file, Instant now) {
  if (take_up_log()) remove_companions(path_);
  std::optional<fs::path> kept = keep_what_stands(file, now);
  try {
    remove_companions(path_);
    sync_folder_of(path_);  // before the new file has the name: nothing of the old one's beside it
    is_empty() ? file.become_new(path_) : file.replace(path_, standing_);
  } catch (...) {
    if (kept) take_back(*kept);
    throw;
  }
  clear_failure(gate_->page());  // of another file
  gate_.keep();
  confirm_name_of(path_);
  return kept;
}

std::optional<fs::path> Replacement::keep_what_stands(const UnfinishedFile& file, Instant now) const {
  if (is_empty()) return std::nullopt;
  give_owner_and_mode_to(file);
  fs::path kept = keep(now);
  try {
    for (const char* log : kLogSuffixes) move_if_there(with_suffix(path_, log), with_suffix(kept, log));
  } catch (...) {
    take_back(kept);
    throw;
  }
  return kept;
}

// The new file did not get there: all is as it was.
void Replacement::take_back(const fs::path& kept) const noexcept {
  for (const char* log : kLogSuffixes) {
    fs::path from = with_suffix(kept, log), to = with_suffix(path_, log);
    if (link(from.c_str(), to.c_str()) == 0 || errno == EEXIST) unlink(from.c_str());
  }
  unlink(kept.c_str());
}

// Where the database is damaged, or the disk fails, the log is kept with it. A full disk is neither: then all
// stays as it is.
bool Replacement::take_up_log() {
  if (!present_) return false;
  try {
    present_->empty_log();
    return true;
  } catch (const Error& fault) {
    if (!is_damage(fault.code()) && fault.code() != ErrorCode::io_error) throw;
    return false;
  }
}

fs::path Replacement::keep(Instant now) const {
  std::string name = path_.string() + "-replaced-" + in_a_name(now);
  for (int i = 1; i <= kMostKept; ++i) {
    fs::path kept = i == 1 ? name : fmt::format("{}-{}", name, i);
    if (link_to_new(path_, kept)) return kept;
  }
  throw file_error(name, EEXIST);
}

void Replacement::give_owner_and_mode_to(const UnfinishedFile& file) const {
  struct stat old {
  }, made{};
  if (lstat(path_.c_str(), &old) != 0) throw file_error(path_, errno);
  if (!(FileIdentity{old.st_dev, old.st_ino} == standing_)) {
    throw Error(ErrorCode::file_replaced,
                fmt::format("somebody else put another file at {} while it was restored: nothing was changed",
                            path_.string()));
  }
  Descriptor opened(open(file.path().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!opened.is_open() || fstat(opened.number(), &made) != 0) throw file_error(file.name(), errno);
  bool has_both = old.st_uid == made.st_uid && old.st_gid == made.st_gid;
  if (!has_both) has_both = fchown(opened.number(), old.st_uid, old.st_gid) == 0;
  if (!has_both && geteuid() == 0) throw cannot_give(file, "owner", errno);
  // Another group than the one that was let in reads nothing.
  bool has_group =
      has_both || old.st_gid == made.st_gid || fchown(opened.number(), kSameOwner, old.st_gid) == 0;
  mode_t mode = (has_group ? old.st_mode & kGroupMayRead : 0) | kOwnerMode;
  if ((made.st_mode & 0077U) != (mode & 0077U) && fchmod(opened.number(), mode) != 0)
    throw cannot_give(file, "mode", errno);
}

}  // namespace purser::store
