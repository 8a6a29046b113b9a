// Checkpoints' writes to the main file: copies the log into it in a way that detects a failing disk.
//
// SQLite syncs the log, copies its pages, syncs the main file where that was the whole log, and lets reads
// rely on the copy: from then on nothing copies those pages again. What a failing disk would break, and what
// prevents that:
// - The sync of the main file fails. Nothing relies on the copy, and the next checkpoint writes it all again.
//   But a block that the file system had newly allocated stays lost, however often it is written, until it is
//   freed: so the file is truncated to the size that it had before.
// - A reader cuts the copy short. Then SQLite lets reads rely on it without a sync: so it is synced here.
//   Where that fails, nothing writes the lost pages again: the file is beyond repair. The log is whole, so
//   that a backup, which reads through the log and through the kernel's memory, is whole too.
// - A process is killed in the copy. Whether reads rely on its pages is not known, nor the size before. The
//   page says so (`copying`), and a sync that fails before a whole copy has ended well means: beyond repair.
// - The kernel reports a fault once to each open file, also long after it was repaired. So after a fault in
//   any process (`faults`) a connection takes that report before it copies. That can only be the known fault:
//   the main file is written in checkpoints alone, and the process that made one has noted how it ended.
//
// REQUIRES, for every function: the gate is held. (A foreign program that checkpoints is outside of this.)
#pragma once

#include "store/gate/shared_page.h"

struct sqlite3;

namespace purser::store {

struct LogIndex;

class MainFile {
 public:
  explicit MainFile(sqlite3* database) : database_(database) {}

  struct Copied {
    int result = 0;                 // SQLite's extended result code
    int log_pages = 0, copied = 0;  // set where `result` is OK or busy
  };
  // Copies as far as readers allow; nothing where the disk has failed: the log may have lost pages.
  Copied copy_log(SharedPage& page);
  // Copies all of the log and frees its blocks. SQLITE_BUSY where a reader or writer is in the log.
  Copied empty_log(SharedPage& page);

 private:
  Copied copy(SharedPage& page, int mode);
  bool hear_out(SharedPage& page);
  void undo(SharedPage& page, const LogIndex& before, std::int64_t bytes_before);

  sqlite3* database_;
  std::uint64_t faults_heard_ = 0;
};

}  // namespace purser::store
