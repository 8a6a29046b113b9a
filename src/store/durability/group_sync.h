// Durable group sync: what makes `full` cost one sync for many commits.
//
// A write is committed inside the gate without a sync (synchronous=NORMAL, about 20 us), the gate is left,
// and the caller is answered only when an fdatasync of the log that *began after his commit* has ended. Who
// finds none under way does it for all that committed before; the others wait for him. So the gate is held
// for microseconds, and one sync serves all that wait, while every answer still survives a power cut.
//
//   inside the gate:   bool unsure = GroupSync::announce(page);
//                      COMMIT
//                      auto commit = sync.note_commit(page, wrote || unsure);
//   after leaving it:  sync.make_durable(page, commit);  // returns when it is on disk
//
// Why no answer leaves too early. Commits are numbered under the gate, so that `committed >= n` says: the
// bytes of commit n are in the log (in the kernel's memory). Who syncs reads `committed` before his sync
// begins, and raises `synced` to what he read only after it has ended well. A number is always given above
// `synced` (where the page says otherwise, it is wrong and is corrected), so only a sync that began later can
// satisfy it. A transaction that wrote nothing waits for those it may have read; where one before it was
// killed between its COMMIT and its number (`begun`), it takes a number itself.
//
// Why nothing else must be trusted:
// - A killed process, before or in its sync, raises nothing; `syncing_since` is a claim that grows stale in
//   50 ms, and a second sync beside the first (also on a disk that is slower than that) harms nobody.
// - A reboot, or a copy of the files: whatever numbers the page holds, the next is given above `synced`.
// - Another log under the same name (somebody removed it): each connection knows by device and number which
//   file it writes, the numbers belong to one of them (`epoch`), and who waited with another epoch syncs his
//   own file himself; where that is not the one at the path any more, he gets Error(file_replaced).
// - Each connection syncs through SQLite's own handle of the log: the file that it wrote, no other. The first
//   sync of a handle also syncs the folder, so that the log's name is there (SQLite's, which does not look
//   whether that failed: who may have made the log looks himself).
// - A sync that fails: all who depended on it get Error(io_error) (what they changed is stored, and whether a
//   power cut would keep it is not known). The page says so (disk_mark.h); from then on nothing is called
//   durable, and nobody is let in at the gate before `repair` has ended well. So it is with SQLite's own
//   syncs, in a checkpoint (main_file.h) and in a transaction, where a log that begins anew gets its header.
//   What else a COMMIT may fail in (no room, a write) takes nothing from what was answered: it writes behind
//   the last committed frame, or over a log that is wholly copied, and the log's index does not count it.
//
// Why the repair is more than a sync. The kernel forgets a page that it could not write: a second sync
// succeeds and proves nothing. A block that the file system had taken for new stays lost however often it is
// written, until it is given up. And the kernel tells a fault once to each open file, so that one may be told
// as often as there are processes. So, in this order:
// - The log is compared with the checksum in its index, since the kernel may have dropped what it could not
//   write, and SQLite would copy unseen what stood there before. It is written back and synced: so blocks
//   that the disk had before are whole when the main file changes;
// - all of it is copied into the main file, which is synced;
// - the log is cut to nothing, and that is synced, with its folder. Begun anew in its place it would lie over
//   what is lost.
// Where a reader or a foreign writer is in the way, or the disk fails again, the mark stays.
// What remains: a power cut in the middle of a repair, where the log has lost new blocks, may find the main
// file partly ahead of it, which the checks tell; and one who is killed between the kernel's word and his
// note, while nobody else has the log open, takes it with him.
// Readers see a commit a sync's length before it is durable; what is granted is never a mere read. Where a
// log begins anew, and in a checkpoint, SQLite syncs inside the gate.
//
// One thread at a time, as the connection.
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

  // After the connection's first statement, which makes SQLite open the log. `has_index`: false with SQLite's
  // exclusive lock, where the log's index is no file.
  GroupSync(sqlite3* database, const std::filesystem::path& path, bool has_index);

  // The gate is held. True where one who was killed may have committed without a number.
  static bool announce(SharedPage& page);
  Commit note_commit(SharedPage& page, bool takes_number);
  // The gate was left. Throws Error(io_error, file_replaced) where it may be lost in a power cut.
  void make_durable(SharedPage& page, Commit commit) const;

  // The gate is held. After a fault of anybody's: whether the kernel has yet to tell it to this connection's
  // file, which would else be told in the middle of a transaction. Then a repair is due, once more.
  bool hears_of_fault(SharedPage& page);
  // After a failed sync, the gate held, outside transactions. Throws Error(io_error) where that cannot be.
  void repair(SharedPage& page, MainFile& main);

  // SQLite's result.
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
  bool names_log_;  // nothing stood in it when it was opened: its name may be new
};

}  // namespace purser::store
