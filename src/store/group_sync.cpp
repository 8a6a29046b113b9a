#include "store/group_sync.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <limits>

#include "purser/error.h"

namespace purser::store {
namespace {

// Longer than a sync takes on a healthy disk: who has claimed and not ended by then may be dead.
constexpr std::chrono::nanoseconds kStaleClaim = std::chrono::milliseconds(50);

// Numbers are never taken back, since a sync that is under way would take the next ones for its own: they
// grow past the end of their range, and are compared by their distance. So any value is one to go on from.
bool reaches(std::uint64_t counter, std::uint64_t number) {
  return static_cast<std::int64_t>(counter - number) >= 0;
}

void end_turn(std::atomic<std::uint32_t>& turn) {
  turn.fetch_add(1, std::memory_order_release);
  futex_wake(turn, std::numeric_limits<int>::max());
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

}  // namespace

GroupSync::GroupSync(sqlite3* database, const std::filesystem::path& path)
    : database_(database), path_(path), log_(file_identity(std::filesystem::path(path) += "-wal")) {}

bool GroupSync::announce(SharedPage* page) {
  if (page == nullptr) return false;
  std::uint64_t committed = page->committed.load(std::memory_order_relaxed);
  return page->begun.exchange(committed + 1, std::memory_order_relaxed) != committed;
}

GroupSync::Commit GroupSync::note_commit(SharedPage* page, bool takes_number) const {
  if (page == nullptr) return {};
  bool another_epoch = bind_to_log(*page);
  std::uint64_t number = page->committed.load(std::memory_order_relaxed);
  if (takes_number || another_epoch) ++number;
  page->committed.store(number, std::memory_order_release);
  page->begun.store(number, std::memory_order_relaxed);
  return {page->epoch.load(std::memory_order_relaxed), number};
}

// True where a new epoch begins: the numbers spoke of another file, or of syncs of what was not committed.
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

void GroupSync::make_durable(SharedPage* page, Commit commit) {
  if (page == nullptr) return sync_alone(page);
  for (;;) {
    std::uint32_t turn = page->turn.load(std::memory_order_acquire);
    bool is_synced = reaches(page->synced.load(std::memory_order_acquire), commit.number);
    // Looked at after `synced`: where another epoch's numbers raised it, that epoch is seen.
    bool is_same_log = page->epoch.load(std::memory_order_acquire) == commit.epoch;
    if (is_synced && is_same_log) return;
    if (has_failed(page)) throw not_durable(path_, "the sync that it shared failed");
    if (!is_same_log) return sync_alone(page);
    std::int64_t claim = claim_time();
    if (take_claim(page->syncing_since, kStaleClaim, claim)) {
      sync_for_all(*page, commit, claim);
    } else {
      futex_wait(page->turn, turn, kStaleClaim);
    }
  }
}

// Gives the claim back whatever happens.
void GroupSync::sync_for_all(SharedPage& page, Commit commit, std::int64_t claim) {
  std::uint64_t upto = page.committed.load(std::memory_order_acquire);
  // Looked at after `committed`, for the same reason.
  bool is_same_log = page.epoch.load(std::memory_order_acquire) == commit.epoch;
  int result = SQLITE_OK;
  if (is_same_log) {
    bool is_named = page.named.load(std::memory_order_acquire) == commit.epoch;
    result = sync(&page, is_named ? Scope::log : Scope::log_and_name);
    if (result == SQLITE_OK && !is_named) page.named.store(commit.epoch, std::memory_order_release);
    // Numbers only grow, also over epochs: one of an epoch that has ended satisfies nobody of the next.
    if (result == SQLITE_OK) raise_to(page.synced, upto);
  }
  end_claim(page.syncing_since, claim);
  end_turn(page.turn);
  if (result != SQLITE_OK) throw not_durable(path_, sqlite3_errstr(result));
}

void GroupSync::sync_alone(SharedPage* page) {
  int result = has_failed(page) ? SQLITE_IOERR_FSYNC : sync(page, Scope::log_and_name);
  if (result != SQLITE_OK) throw not_durable(path_, sqlite3_errstr(result));
}

int GroupSync::sync(SharedPage* page, Scope scope) {
  int result = scope == Scope::log_and_name ? sync_folder() : SQLITE_OK;
  if (result == SQLITE_OK) result = sync_log();
  if (result != SQLITE_OK) {
    note_failure(page);
  } else if (has_failed(page)) {
    // Of two syncs that ran beside each other the kernel may have told the other alone what was lost.
    result = SQLITE_IOERR_FSYNC;
  }
  return result;
}

int GroupSync::sync_log() const {
  sqlite3_file* log = nullptr;
  int found = sqlite3_file_control(database_, nullptr, SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (found != SQLITE_OK) return found;
  if (log == nullptr || log->pMethods == nullptr) return SQLITE_IOERR_FSYNC;
  return log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
}

// The log's name: SQLite makes the file, and a power cut may leave the bytes without it.
int GroupSync::sync_folder() const {
  int folder = open(path_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return SQLITE_IOERR_DIR_FSYNC;
  int result = fsync(folder);
  close(folder);
  return result == 0 ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
}

bool GroupSync::has_failed(const SharedPage* page) const {
  return failed_ || (page != nullptr && page->failed.load(std::memory_order_acquire) != 0);
}

void GroupSync::note_failure(SharedPage* page) {
  if (page != nullptr) {
    page->failed.store(1, std::memory_order_release);
  } else {
    failed_ = true;
  }
}

void GroupSync::repair(SharedPage* page) {
  int result = sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (result != SQLITE_OK) {
    throw Error(ErrorCode::io_error,
                fmt::format("{}: an earlier sync failed, and what is stored cannot be made safe yet ({}). "
                            "Nothing is granted before; see to the disk and try again",
                            path_.string(), sqlite3_errstr(result)));
  }
  failed_ = false;
  if (page == nullptr) return;
  raise_to(page->synced, page->committed.load(std::memory_order_relaxed));
  page->failed.store(0, std::memory_order_release);
}

}  // namespace purser::store
