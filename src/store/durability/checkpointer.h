// Copies the log (-wal) into the database when it has grown, off the path of whoever made it grow: in a
// thread of its own with a connection of its own, which the first request starts.
//
// Under the gate, always. Why that matters beyond order: SQLite 3.7.0 - 3.51.2 has the WAL-reset bug
// (https://sqlite.org/wal.html): a committed transaction is lost when a checkpoint reads what the log's index
// says while a writer in another connection, which found the log wholly copied, begins it anew. The two must
// overlap for that. Here a writer holds the gate from before BEGIN IMMEDIATE until after COMMIT, a checkpoint
// from before its first look until after its last write; automatic checkpoints are off in every connection,
// also at close; so of Purser's processes only one is ever in either, and they cannot overlap. (A foreign
// tool that writes is outside this: it should open the file read-only.)
//
// Who commits asks for one when the log has kCheckpointPages; `SharedPage::checkpointing_since` lets only one
// process be asked at a time, and after a failure none for a second. Small enough to be overwritten while in
// the page cache, since overwriting costs half of appending; large enough to be rare. A log four times as
// large means that no thread came to it, and the writer does it himself before he leaves the gate.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <thread>

#include "base/mutex.h"
#include "store/gate/shared_page.h"

namespace purser::store {

class MainFile;

inline constexpr int kCheckpointPages = 1000;
inline constexpr int kUrgentPages = 4 * kCheckpointPages;

// What a writer does who leaves the log with so many pages; the gate is held.
enum class CheckpointNeed { none, ask, urgent };
CheckpointNeed checkpoint_need(SharedPage& page, int log_pages);

// The gate is held; notes when the next is due. SQLite's result: a failure loses nothing and is tried again,
// or the page says what was lost (main_file.h).
int checkpoint(MainFile& main, SharedPage& page);

class Checkpointer {
 public:
  // One checkpoint, in a turn of its own at the gate: SQLite's result; throws busy where it was none.
  using Checkpoint = std::function<int()>;
  // `begin` is called in the thread, and makes what that works with: a connection of its own.
  explicit Checkpointer(std::function<Checkpoint()> begin);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  void request();
  // Does what was asked for, where the gate lets it soon, and ends the thread.
  void stop();
  // What went wrong since it was last asked; 0: nothing.
  int take_failure() { return failure_.exchange(0); }

 private:
  void start();
  void run();
  void serve();
  bool wait_for_request();
  bool is_stopping();

  std::function<Checkpoint()> begin_;
  std::atomic<int> failure_{0};
  Mutex mutex_;
  std::condition_variable_any changed_;
  bool requested_ PURSER_GUARDED_BY(mutex_) = false;
  bool stopping_ PURSER_GUARDED_BY(mutex_) = false;
  bool ended_ PURSER_GUARDED_BY(mutex_) = false;  // the thread met what it could not go on from
  std::thread thread_;
};

}  // namespace purser::store
