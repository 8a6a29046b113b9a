// The main file as checkpoints write it: copies the log into it so that a disk that fails is found out.
//
// SQLite syncs the log, copies its pages, syncs the main file where that was the whole log, and lets reads
// rely on it: from then on nothing copies those pages again. What a failing disk would break, and what holds:
// - The sync of the main file fails. Nothing relies on the copy, and the next one writes it all again. A
// block
//   that the file system had taken for new stays lost though, however often it is written, until it is given
//   up: so the file is cut back to the size that it had before.
// - A reader cuts the copy short. Then SQLite lets reads rely on it without a sync: so it is synced here.
//   Where that fails, nothing writes the lost pages again: the file is beyond repair. The log is whole, so
//   that a backup, which reads through it and through the kernel's memory, is too.
// - One is killed in it. Whether reads rely on what he had copied is not known, nor the size before. The page
//   says so (`copying`), and a sync that fails before a whole copy has ended well means: beyond repair.
// - The kernel tells a fault once to each open file, also long after it was made good. So after a fault of
//   anybody's (`faults`) a connection hears that out before it copies. Nothing else can be told with it: the
//   main file is written in checkpoints alone, and whoever made one has noted how it ended.
//
// The gate is held in all of this. (A foreign program that checkpoints beside us is outside it.)
#pragma once

#include "store/gate/shared_page.h"

struct sqlite3;

namespace purser::store {

struct LogIndex;

class MainFile {
 public:
  explicit MainFile(sqlite3* database) : database_(database) {}

  struct Copied {
    int result = 0;                 // SQLite's, extended
    int log_pages = 0, copied = 0;  // where it is OK or busy
  };
  // As far as readers let it; nothing where the disk has failed: what the log had not kept would be copied.
  Copied copy_log(SharedPage& page);
  // All of it, and the log's blocks are given up. SQLITE_BUSY where somebody reads or writes the log.
  Copied empty_log(SharedPage& page);

 private:
  Copied copy(SharedPage& page, int mode);
  bool hear_out(SharedPage& page);
  void undo(SharedPage& page, const LogIndex& before, std::int64_t bytes_before);

  sqlite3* database_;
  std::uint64_t faults_heard_ = 0;
};

}  // namespace purser::store
