#include "store/durability/durable_commit.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "store/durability/disk_mark.h"
#include "store/sqlite/sqlite_file.h"

namespace purser::store {
namespace {

// Fast writing alone makes no log this long: a reader must be pinning it.
constexpr int kLongLogPages = 50 * kCheckpointPages;
constexpr Duration kRepairPatience = std::chrono::seconds(1);

}  // namespace

DurableCommit::DurableCommit(sqlite3* database, const std::filesystem::path& path, const WriteGate& gate,
                             const Context& context, bool has_index,
                             std::function<Checkpointer::Checkpoint()> checkpoints)
    : database_(database),
      path_(path),
      gate_(gate),
      context_(context),
      sync_(database, path, has_index),
      main_(database),
      checkpointer_(std::move(checkpoints)) {
  // Only after the pragmas: wal_autocheckpoint sets its own hook, which replaces this one.
  sqlite3_wal_hook(database, count_log_pages, this);
}

DurableCommit::~DurableCommit() {
  try {
    checkpointer_.stop();
    warn_of_checkpoint(checkpointer_.take_failure());
  } catch (...) {  // the warning is lost, for want of memory
  }
}

int DurableCommit::count_log_pages(void* self, sqlite3*, const char*, int pages) {
  auto* commit = static_cast<DurableCommit*>(self);
  commit->log_pages_ = pages;
  commit->wrote_ = true;
  return SQLITE_OK;
}

void DurableCommit::announce() {
  wrote_ = false;
  one_died_ = GroupSync::announce(gate_.page());
}

void DurableCommit::note() {
  commit_ = sync_.note_commit(gate_.page(), wrote_ || one_died_);
  if (!wrote_) return;
  checkpoint_need_ = checkpoint_need(gate_.page(), log_pages_);
  if (checkpoint_need_ == CheckpointNeed::urgent) urgent_result_ = checkpoint();
}

// Such a sync: SQLite syncs the header of a restarted log in the first statement that writes to it.
void DurableCommit::note_failed_sync() noexcept {
  if (is_failed_sync(sqlite3_extended_errcode(database_))) note_failure(gate_.page());
}

void DurableCommit::wait_until_durable() { sync_.make_durable(gate_.page(), commit_); }

void DurableCommit::look_after_log() {
  if (std::exchange(checkpoint_need_, CheckpointNeed::none) == CheckpointNeed::ask) checkpointer_.request();
  warn_of_checkpoint(std::exchange(urgent_result_, SQLITE_OK));
  warn_of_checkpoint(checkpointer_.take_failure());
  warn_of_long_log();
}

void DurableCommit::repair_what_failed(Duration patience) {
  SharedPage& page = gate_.page();
  if (!has_failed(page) && sync_.hears_of_fault(page)) note_failure(page);
  if (!has_failed(page)) return;
  bool is_known = disk_mark(page) != DiskMark::unknown;
  // A reader may stay for long: the wait for it inside the gate is short.
  wait_for_locks_at_most(database_, std::min(patience, kRepairPatience));
  sync_.repair(page, main_);
  wait_for_locks_at_most(database_, patience);
  if (!is_known) return;
  context_.log(LogLevel::warning,
               "a sync had failed; all that is stored was written once more, and the disk took it");
}

// After this, SQLite's own sync of the log, in the checkpoint, finds little left to do inside the gate. The
// kernel reports a failure once, so it is noted before anything else can go wrong.
void DurableCommit::sync_log() {
  if (sync_.sync_log() != SQLITE_OK) note_failure(gate_.page());
}

int DurableCommit::checkpoint() { return store::checkpoint(main_, gate_.page()); }

void DurableCommit::warn_of_long_log() {
  if (log_pages_ < kLongLogPages) warned_of_long_log_ = false;
  if (log_pages_ < kLongLogPages || std::exchange(warned_of_long_log_, true)) return;
  context_.log(LogLevel::warning,
               fmt::format("the log has grown to {} pages: a program that reads {} has not ended its "
                           "transaction, so that it cannot be copied",
                           log_pages_, path_.string()));
}

void DurableCommit::warn_of_checkpoint(int result) const {
  if (result == SQLITE_OK || result == SQLITE_BUSY) return;
  context_.log(LogLevel::warning,
               fmt::format("the checkpoint failed and will be tried again: {}", sqlite3_errstr(result)));
}

}  // namespace purser::store
