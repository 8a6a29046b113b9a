// What comes with a COMMIT: before it and after it, inside the gate; then, outside, the wait until the change
// is as durable as the database promises. It knows how long the log has grown and has it checkpointed.
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
  // `checkpoints` makes, in the checkpointer's thread, the connection that it works with. `has_index`: false
  // where SQLite's lock is exclusive (group_sync.h). All of the arguments must outlive this object.
  // REQUIRES: the connection has read, so that SQLite has the log open.
  DurableCommit(sqlite3* database, const std::filesystem::path& path, const WriteGate& gate,
                const Context& context, bool has_index,
                std::function<Checkpointer::Checkpoint()> checkpoints);
  // Does the checkpoint that was asked for, where the gate lets it soon. Not to be called in a forked child.
  ~DurableCommit();
  DurableCommit(const DurableCommit&) = delete;  // SQLite's hook knows its address
  DurableCommit& operator=(const DurableCommit&) = delete;

  // Just before the COMMIT. REQUIRES: the gate is held.
  void announce();
  // Just after it. REQUIRES: the gate is held.
  void note();
  bool wrote() const { return wrote_; }
  // Before the rollback of what was not committed: notes whether a sync of SQLite's own failed in it.
  void note_failed_sync() noexcept;

  // Waits until the commit is synced. Throws io_error where it may be lost in a power cut. REQUIRES: the gate
  // was left.
  void wait_until_durable();
  // Has the log checkpointed where it has grown, and warns of what went wrong meanwhile. After all that the
  // caller waits for: a thread that cannot be had does not come before it.
  void look_after_log();

  // Repairs what a failed sync left, of this process or another. `patience`: how long a reader is waited for.
  // Throws io_error where that cannot be. REQUIRES: the gate is held, outside transactions.
  void repair_what_failed(Duration patience);
  // For a checkpoint in a turn of its own: first the sync, without the gate, then the copy, within it, which
  // returns SQLite's result.
  void sync_log();
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
  int log_pages_ = 0;  // after this connection's last commit that wrote
  CheckpointNeed checkpoint_need_ = CheckpointNeed::none;
  int urgent_result_ = 0;
  bool warned_of_long_log_ = false;
  Checkpointer checkpointer_;
};

}  // namespace purser::store
