#include "store/durability/main_file.h"

#include <sqlite3.h>

#include "store/durability/disk_mark.h"
#include "store/durability/log_file.h"

namespace purser::store {

MainFile::Copied MainFile::copy_log(SharedPage& page) {
  if (has_failed(page)) return {SQLITE_BUSY, 0, 0};
  if (page.faults.load(std::memory_order_relaxed) != faults_heard_ && !hear_out(page))
    return {SQLITE_IOERR_FSYNC, 0, 0};
  return copy(page, SQLITE_CHECKPOINT_PASSIVE);
}

MainFile::Copied MainFile::empty_log(SharedPage& page) {
  if (!hear_out(page)) return {SQLITE_IOERR_FSYNC, 0, 0};
  return copy(page, SQLITE_CHECKPOINT_TRUNCATE);
}

// Takes the report of a known fault. False where the report may be of a copy in which a process was killed.
bool MainFile::hear_out(SharedPage& page) {
  faults_heard_ = page.faults.load(std::memory_order_relaxed);
  bool was_killed = page.copying.load(std::memory_order_relaxed) != 0;
  if (sync_file(main_file(database_)) == SQLITE_OK || !was_killed) return true;
  note_beyond_repair(page);
  return false;
}

MainFile::Copied MainFile::copy(SharedPage& page, int mode) {
  bool was_killed = page.copying.exchange(1, std::memory_order_relaxed) != 0;
  LogIndex before = log_index(database_);
  std::int64_t bytes_before = bytes_of(main_file(database_));
  Copied done;
  int result = sqlite3_wal_checkpoint_v2(database_, nullptr, mode, &done.log_pages, &done.copied);
  done.result = result == SQLITE_OK ? SQLITE_OK : sqlite3_extended_errcode(database_);
  if (result == SQLITE_OK || result == SQLITE_BUSY) {
    LogIndex after = log_index(database_);
    bool is_whole = after.copied == after.frames;
    if (!is_whole && sync_file(main_file(database_)) != SQLITE_OK) {
      note_beyond_repair(page);
      return {SQLITE_IOERR_FSYNC, 0, 0};
    }
  } else {
    undo(page, before, bytes_before);
    if (is_failed_sync(done.result)) was_killed ? note_beyond_repair(page) : note_failure(page);
    page.faults.fetch_add(1, std::memory_order_relaxed);
    if (was_killed) return done;
  }
  page.copying.store(0, std::memory_order_relaxed);
  return done;
}

// Truncates the file to its size before the failed copy: reads find those pages in the log. Not where the
// log's index says that they are copied or that the log has restarted.
void MainFile::undo(SharedPage& page, const LogIndex& before, std::int64_t bytes_before) {
  if (log_index(database_) != before || before.copied == before.frames) return;
  if (bytes_before < 0 || bytes_of(main_file(database_)) <= bytes_before) return;
  if (cut_file(main_file(database_), bytes_before) != SQLITE_OK) note_beyond_repair(page);
}

}  // namespace purser::store
