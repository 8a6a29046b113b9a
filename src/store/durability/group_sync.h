// Durable group sync (group commit): with it `full` costs one sync for many commits.
//
// A write is committed inside the gate without a sync (synchronous=NORMAL, about 20 us), the gate is left,
// and the caller gets its answer only when an fdatasync of the log that *began after its commit* has ended. A
// thread that finds no sync under way syncs for all that committed before; the others wait for it. So the
// gate is held for microseconds, and one sync serves all waiters, while every answer survives a power cut.
//
//   inside the gate:   bool unsure = GroupSync::announce(page);
//                      COMMIT
//                      auto commit = sync.note_commit(page, wrote || unsure);
//   after leaving it:  sync.make_durable(page, commit);  // returns when it is on disk
//
// Why no answer leaves too early. Commits are numbered under the gate, so that `committed >= n` says: the
// bytes of commit n are in the log (in the kernel's memory). The syncing thread reads `committed` before its
// sync begins, and raises `synced` to that value only after the sync has ended well. A number is always given
// above `synced` (where the page says otherwise, it is wrong and is corrected), so only a sync that began
// later can satisfy it. A transaction that wrote nothing waits for those it may have read; where one before
// it was killed between its COMMIT and its number (`begun`), it takes a number itself.
//
// Why nothing else must be trusted:
// - A process killed before or in its sync raises nothing; `syncing_since` is a claim that grows stale in
//   50 ms, and a second sync beside the first (also on a disk that is slower than that) harms nobody.
// - A reboot, or a copy of the files: whatever numbers the page holds, the next is given above `synced`.
// - Another log under the same name (somebody removed the old one): each connection knows by device and inode
//   which file it writes, and the numbers belong to one such file (`epoch`). A commit of another epoch makes
//   its connection sync its own file; where that is no longer the file at the path, it throws file_replaced.
// - Each connection syncs through SQLite's own handle of the log, which is the file that it wrote. The first
//   sync of a handle also syncs the folder, so that the log's name is on disk (SQLite does that but does not
//   check its result: a connection that may have made the log syncs the folder itself).
// - A sync that fails: all that depended on it get Error(io_error) (their changes are stored, and whether a
//   power cut would keep them is not known). The page says so (disk_mark.h); from then on nothing is called
//   durable, and nobody is let in at the gate before `repair` has ended well. The same holds for SQLite's own
//   syncs, in a checkpoint (main_file.h) and in a transaction, where a restarted log gets its header.
//   Any other failure of a COMMIT (no room, a write) takes nothing from earlier answers: it writes behind the
//   last committed frame, or over a log that is wholly copied, and the log's index does not count it.
//
// Why the repair is more than a sync. The kernel drops a page that it could not write: a second sync succeeds
// and proves nothing. A block that the file system had newly allocated stays lost however often it is
// written, until it is freed. And the kernel reports a fault once to each open file, so that one fault may be
// reported as often as there are processes. So, in this order:
// - The log is compared with the checksum in its index, since the kernel may have dropped pages that it could
//   not write, and SQLite would copy the old content unseen. The log is written back and synced: so blocks
//   that the disk had before are whole when the main file changes;
// - all of it is copied into the main file, which is synced;
// - the log is truncated to nothing, and that is synced, with its folder. Restarted in place, it would lie
//   over the lost blocks.
// Where a reader or a foreign writer is in the way, or the disk fails again, the mark stays.
// What remains: a power cut in the middle of a repair, where the log has lost new blocks, may find the main
// file partly ahead of the log, which the checks report; and a process that is killed between the kernel's
// report and its own note, while no other has the log open, takes the report with it.
// Readers see a commit a sync's length before it is durable; a grant is never a mere read. Where a log
// restarts, and in a checkpoint, SQLite syncs inside the gate.
//
// One thread at a time uses a GroupSync, as its connection.
#pragma once

#include <filesystem>
#include <optional>

#include "store/files/file_checks.h"
#include "store/gate/shared_page.h"

struct sqlite3;

namespace purser::store {

class MainFile;

class GroupSync {
 public:
  struct Commit {
    std::uint64_t epoch = 0, number = 0;
  };

  // `has_index`: false with SQLite's exclusive lock, where the log's index is not a file.
  // REQUIRES: the connection has run a statement, which makes SQLite open the log.
  GroupSync(sqlite3* database, const std::filesystem::path& path, bool has_index);

  // True where a process that was killed may have committed without a number. REQUIRES: the gate is held.
  static bool announce(SharedPage& page);
  Commit note_commit(SharedPage& page, bool takes_number);
  // Throws io_error or file_replaced where a power cut may lose the commit. REQUIRES: the gate was left.
  void make_durable(SharedPage& page, Commit commit) const;

  // After a fault in any process: true where the kernel had yet to report it to this connection's file, and
  // would otherwise do so in the middle of a transaction. Then another repair is due.
  // REQUIRES: the gate is held.
  bool hears_of_fault(SharedPage& page);
  // Repairs after a failed sync; throws io_error where it cannot.
  // REQUIRES: the gate is held; no transaction is open.
  void repair(SharedPage& page, MainFile& main);

  // Returns SQLite's result.
  int sync_log() const;

 private:
  bool bind_to_log(SharedPage& page) const;
  bool sync_for_all(SharedPage& page, Commit commit, std::int64_t claim) const;
  void sync(SharedPage& page) const;
  int write_log_again() const;
  int sync_folder() const;

  sqlite3* database_;
  std::filesystem::path path_;
  FileIdentity log_;
  std::optional<std::uint64_t> faults_heard_;
  bool names_log_;  // it was empty when it was opened: its name may be new
};

}  // namespace purser::store
