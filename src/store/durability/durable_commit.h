// The work around a COMMIT: before it and after it, inside the gate; then, outside, the wait until the change
// is as durable as the database promises. Also tracks the length of the log and requests checkpoints.
#pragma once

#include <filesystem>
#include <functional>

#include "purser/database.h"
#include "store/context.h"
#include "store/durability/checkpointer.h"
#include "store/durability/group_sync.h"
#include "store/durability/main_file.h"
#include "store/gate/gate.h"

struct sqlite3;

namespace purser::store {

class DurableCommit {
 public:
  // The checkpointer's thread calls `checkpoints` to open its own connection. `has_index`: false where
  // SQLite's lock is exclusive (group_sync.h).
  // REQUIRES: all arguments outlive this object; the connection has read, so that SQLite has the log open.
  DurableCommit(sqlite3* database, const std::filesystem::path& path, const WriteGate& gate,
                const Context& context, bool has_index,
                std::function<Checkpointer::Checkpoint()> checkpoints);
  // Does a requested checkpoint if the gate is free soon. REQUIRES: not in a forked child.
  ~DurableCommit();
  DurableCommit(const DurableCommit&) = delete;  // SQLite's hook knows its address
  DurableCommit& operator=(const DurableCommit&) = delete;

  // Call just before the COMMIT. REQUIRES: the gate is held.
  void announce();
  // Call just after the COMMIT. REQUIRES: the gate is held.
  void note();
  bool wrote() const { return wrote_; }
  // Call before a rollback: notes whether a sync of SQLite's own failed in the transaction.
  void note_failed_sync() noexcept;

  // Waits until the commit is synced. Throws io_error where a power cut may lose it.
  // REQUIRES: the gate was left.
  void wait_until_durable();
  // Requests a checkpoint where the log has grown, and logs failures since the last call. Call it after
  // everything that the caller waits for: starting a thread may be slow or fail.
  void look_after_log();

  // Repairs the database after a failed sync of this process or another, waiting at most `patience` for a
  // reader. Throws io_error where it cannot. REQUIRES: the gate is held; no transaction is open.
  void repair_what_failed(Duration patience);
  // The first half of a checkpoint that is not part of a commit: the sync. Call it without the gate.
  void sync_log();
  // The second half: the copy. Returns SQLite's result. REQUIRES: the gate is held.
  int checkpoint();

 private:
  static int count_log_pages(void* self, sqlite3*, const char*, int pages);
  void warn_of_checkpoint(int result) const;
  void warn_of_long_log();

  sqlite3* database_;
  const std::filesystem::path& path_;
  const WriteGate& gate_;
  const Context& context_;
  GroupSync sync_;
  MainFile main_;
  GroupSync::Commit commit_;
  bool wrote_ = false;
  bool one_died_ = false;
  int log_pages_ = 0;  // after this connection's last writing commit
  CheckpointNeed checkpoint_need_ = CheckpointNeed::none;
  int urgent_result_ = 0;
  bool warned_of_long_log_ = false;
  Checkpointer checkpointer_;
};

}  // namespace purser::store
