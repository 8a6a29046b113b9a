#include "store/durability/group_sync.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <limits>
#include <utility>

#include "purser/error.h"
#include "store/durability/disk_mark.h"
#include "store/durability/log_file.h"
#include "store/durability/main_file.h"
#include "store/files/companions.h"
#include "store/files/files.h"

namespace purser::store {
namespace {

// Longer than a sync takes on a healthy disk: a thread that has not ended by then may be dead.
constexpr std::chrono::nanoseconds kStaleClaim = std::chrono::milliseconds(50);

// Numbers are never taken back, since a sync under way would then count later commits as its own: they wrap
// around, and are compared by their distance. So any value is one to go on from.
bool reaches(std::uint64_t counter, std::uint64_t number) {
  return static_cast<std::int64_t>(counter - number) >= 0;
}

void raise_to(std::atomic<std::uint64_t>& counter, std::uint64_t value) {
  std::uint64_t present = counter.load(std::memory_order_relaxed);
  while (!reaches(present, value) &&
         !counter.compare_exchange_weak(present, value, std::memory_order_release)) {
  }
}

Error not_durable(const std::filesystem::path& path, const std::string& why) {
  return {ErrorCode::io_error,
          fmt::format("{}: the change is stored, but the disk did not confirm it ({}): a power cut may lose "
                      "it. See to the disk; until it takes writes again nothing more is granted",
                      path.string(), why)};
}

std::filesystem::path log_of(std::filesystem::path path) { return path += kLogSuffix; }

}  // namespace

GroupSync::GroupSync(sqlite3* database, const std::filesystem::path& path, bool has_index)
    : database_(database),
      path_(path),
      log_(file_identity(log_of(path))),
      names_log_(!has_index || log_index(database).frames == 0) {}

bool GroupSync::announce(SharedPage& page) {
  std::uint64_t committed = page.committed.load(std::memory_order_relaxed);
  return page.begun.exchange(committed + 1, std::memory_order_relaxed) != committed;
}

GroupSync::Commit GroupSync::note_commit(SharedPage& page, bool takes_number) {
  if (std::exchange(names_log_, false) && sync_folder() != SQLITE_OK) note_failure(page);
  bool another_epoch = bind_to_log(page);
  std::uint64_t number = page.committed.load(std::memory_order_relaxed);
  if (takes_number || another_epoch) ++number;
  page.committed.store(number, std::memory_order_release);
  page.begun.store(number, std::memory_order_relaxed);
  return {page.epoch.load(std::memory_order_relaxed), number};
}

// True where it begins a new epoch: the numbers were of another file, or `synced` was ahead of `committed`.
bool GroupSync::bind_to_log(SharedPage& page) const {
  bool is_ours = page.log_device.load(std::memory_order_relaxed) == log_.device &&
                 page.log_number.load(std::memory_order_relaxed) == log_.number;
  std::uint64_t committed = page.committed.load(std::memory_order_relaxed);
  bool is_sane = reaches(committed, page.synced.load(std::memory_order_acquire));
  if (is_ours && is_sane) return false;
  page.epoch.fetch_add(1, std::memory_order_acq_rel);
  page.log_device.store(log_.device, std::memory_order_relaxed);
  page.log_number.store(log_.number, std::memory_order_relaxed);
  if (!is_sane) page.synced.store(committed, std::memory_order_relaxed);
  return true;
}

void GroupSync::make_durable(SharedPage& page, Commit commit) const {
  for (;;) {
    std::uint32_t ended = page.syncs_ended.load(std::memory_order_acquire);
    bool is_synced = reaches(page.synced.load(std::memory_order_acquire), commit.number);
    // Read after `synced`: where another epoch's sync raised that, the new epoch is seen here.
    bool is_same_log = page.epoch.load(std::memory_order_acquire) == commit.epoch;
    if (is_synced && is_same_log) return;
    if (has_failed(page)) throw not_durable(path_, "the sync that it shared failed");
    if (!is_same_log) return sync(page);
    std::int64_t claim = claim_time();
    if (!take_claim(page.syncing_since, kStaleClaim, claim)) {
      futex_wait(page.syncs_ended, ended, kStaleClaim);
    } else if (sync_for_all(page, commit, claim)) {
      return;
    }
  }
}

// False where another epoch has begun. Ends the claim in every case, also where it throws.
bool GroupSync::sync_for_all(SharedPage& page, Commit commit, std::int64_t claim) const {
  struct Turn {
    SharedPage& page;
    std::int64_t claim;
    ~Turn() {
      end_claim(page.syncing_since, claim);
      page.syncs_ended.fetch_add(1, std::memory_order_release);
      futex_wake(page.syncs_ended, std::numeric_limits<int>::max());
    }
  } turn{page, claim};
  std::uint64_t upto = page.committed.load(std::memory_order_acquire);
  // Read after `committed`, for the same reason.
  if (page.epoch.load(std::memory_order_acquire) != commit.epoch) return false;
  sync(page);
  // Numbers only grow, also over epochs: one of an ended epoch satisfies no commit of the next.
  raise_to(page.synced, upto);
  return true;
}

// Returns once all that this connection wrote is on disk; throws where it may not be.
void GroupSync::sync(SharedPage& page) const {
  int result = sync_log();
  if (result != SQLITE_OK) {
    note_failure(page);
    throw not_durable(path_, sqlite3_errstr(result));
  }
  // Of two concurrent syncs, the kernel may have reported a loss to the other alone.
  if (has_failed(page)) throw not_durable(path_, "a sync beside it failed");
  if (file_identity(log_of(path_)) == log_) return;
  throw Error(ErrorCode::file_replaced,
              fmt::format("{} was removed or replaced while it was open, and with it what was stored since: "
                          "open the database again",
                          log_of(path_).string()));
}

int GroupSync::sync_log() const { return sync_file(log_file(database_)); }

int GroupSync::sync_folder() const {
  try {
    sync_folder_of(path_);
    return SQLITE_OK;
  } catch (const Error&) {
    return SQLITE_IOERR_DIR_FSYNC;
  }
}

bool GroupSync::hears_of_fault(SharedPage& page) {
  std::uint64_t faults = page.faults.load(std::memory_order_relaxed);
  auto heard = std::exchange(faults_heard_, faults);
  return heard && *heard != faults && sync_log() != SQLITE_OK;
}

void GroupSync::repair(SharedPage& page, MainFile& main) {
  if (disk_mark(page) == DiskMark::beyond_repair) throw beyond_repair(path_);
  // Takes the report that the kernel still holds for this file: that fault is known.
  static_cast<void>(sync_log());
  int result = write_log_again();
  if (result == SQLITE_OK) result = sync_log();
  if (result == SQLITE_OK) result = main.empty_log(page).result;
  if (result == SQLITE_OK) result = sync_log();
  faults_heard_ = page.faults.fetch_add(1, std::memory_order_relaxed) + 1;
  if (disk_mark(page) == DiskMark::beyond_repair) throw beyond_repair(path_);
  if (result != SQLITE_OK) throw not_repaired(path_, result);
  sync_folder_of(path_);
  raise_to(page.synced, page.committed.load(std::memory_order_relaxed));
  clear_failure(page);
}

// BEGIN IMMEDIATE keeps a foreign writer out meanwhile.
int GroupSync::write_log_again() const {
  int result = sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return result;
  result = store::write_log_again(database_);
  sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
  return result;
}

}  // namespace purser::store
