// Copies the log (-wal) into the database when it has grown, off the path of the writer that made it grow: in
// a thread of its own with a connection of its own, which the first request starts.
//
// Always under the gate. Why that matters beyond order: SQLite 3.7.0 - 3.51.2 has the WAL-reset bug
// (https://sqlite.org/wal.html): a committed transaction is lost when a checkpoint reads the log's index
// while a writer in another connection, which found the log wholly copied, restarts it. The two must overlap
// for that. Here a writer holds the gate from before BEGIN IMMEDIATE until after COMMIT, a checkpoint from
// before its first look until after its last write; automatic checkpoints are off in every connection, also
// at close; so of Purser's processes only one is ever in either, and they cannot overlap. (A foreign tool
// that writes is outside this: it should open the file read-only.)
//
// A writer asks for a checkpoint when its commit leaves kCheckpointPages in the log;
// `SharedPage::checkpointing_since` lets only one process be asked at a time, and after a failure none for a
// second. That size is small enough for the log to be overwritten while in the page cache, since overwriting
// costs half of appending, and large enough for checkpoints to be rare. A log four times as large means that
// no thread came to it, and the writer checkpoints before it leaves the gate.
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

// What a writer must do after a commit that leaves `log_pages` in the log. REQUIRES: the gate is held.
enum class CheckpointNeed { none, ask, urgent };
CheckpointNeed checkpoint_need(SharedPage& page, int log_pages);

// One checkpoint; notes when the next is due. Returns SQLite's result: after a failure nothing is lost and
// the next request tries again, or the page says what was lost (main_file.h). REQUIRES: the gate is held.
int checkpoint(MainFile& main, SharedPage& page);

class Checkpointer {
 public:
  // Takes the gate for one checkpoint and returns SQLite's result; throws busy where it cannot get it.
  using Checkpoint = std::function<int()>;
  // The thread calls `begin` once: it opens the thread's own connection and returns what checkpoints it.
  explicit Checkpointer(std::function<Checkpoint()> begin);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  void request();
  // Does the requested checkpoint if the gate is free soon, and ends the thread.
  void stop();
  // SQLite's result of the latest failure since the last call; 0: none.
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
  bool ended_ PURSER_GUARDED_BY(mutex_) = false;  // an exception ended the thread
  std::thread thread_;
};

}  // namespace purser::store
