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
//   sync of a handle also syncs the folder, so that the log's name is there (SQLite's).
// - A sync that fails: all who depended on it get Error(io_error) (what they changed is stored, and whether a
//   power cut would keep it is not known); after it nothing is called durable, until `repair` has written the
//   whole log once more and synced that. The kernel forgets a page that it could not write, so a second sync
//   alone would succeed and prove nothing; it tells a fault once to each open file, so that one fault may be
//   told as often as there are processes. (What a partial checkpoint had copied before is SQLite's own care.)
// Readers see a commit a sync's length before it is durable; what is granted is never a mere read. Where a
// log begins anew, and in a checkpoint, SQLite syncs inside the gate.
//
// One thread at a time, as the connection.
#pragma once

#include <filesystem>

#include "store/file_checks.h"
#include "store/shared_page.h"

struct sqlite3;

namespace purser::store {

class GroupSync {
 public:
  struct Commit {
    std::uint64_t epoch = 0, number = 0;
  };

  // After the connection's first statement, which makes SQLite open the log.
  GroupSync(sqlite3* database, const std::filesystem::path& path);

  // The gate is held. True where one who was killed may have committed without a number.
  static bool announce(SharedPage& page);
  Commit note_commit(SharedPage& page, bool takes_number) const;
  // The gate was left. Throws Error(io_error, file_replaced) where it may be lost in a power cut.
  void make_durable(SharedPage& page, Commit commit) const;

  static bool has_failed(const SharedPage& page);
  static void note_failure(SharedPage& page);
  // After a failed sync, the gate held, outside transactions. Throws Error(io_error) where the disk still
  // refuses.
  void repair(SharedPage& page) const;

  // SQLite's result.
  int sync_log() const;

 private:
  bool bind_to_log(SharedPage& page) const;
  bool sync_for_all(SharedPage& page, Commit commit, std::int64_t claim) const;
  void sync(SharedPage& page) const;
  int rewrite_log() const;

  sqlite3* database_;
  std::filesystem::path path_;
  FileIdentity log_;
};

}  // namespace purser::store
