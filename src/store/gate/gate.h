// The write gate: one kernel lock beside the database (`<path>-gate`) at which every writer and every
// checkpoint of every process queues before it asks SQLite for anything.
//
// Why not SQLite's own busy handler: it polls with sleeps of up to 100 ms against a lock that is free for
// microseconds, so that of two busy processes one can wait for seconds. Here the one who leaves wakes the one
// who waits. Why checkpoints pass it too: checkpointer.h.
//
// How one waits. Waking a sleeper takes longer than most stay inside, so a strict order would leave the gate
// empty most of the time, and no order at all starves the sleepers. So:
// - Who finds the gate open goes in, also before those that sleep, but not more than four times in a row.
// - One who finds it occupied watches awake for the moment that a transaction lasts; no second one does.
// - The others sleep on a futex and are woken one by one, in their order.
// - Who has slept 2 ms is hungry: as long as he says so, nobody goes in before those that sleep, and whoever
//   comes lies down behind them. So a wait is bounded by the number of those who wait, each one turn.
// - Where the stays are long (0.5 ms in the mean), there is nothing to gain: all sleep in one order.
// All this is hints in the shared page (shared_page.h). Who sleeps looks again after 5 ms whatever they say,
// so that neither nonsense there nor one who was killed makes anybody wait longer.
//
// Nobody blocks in flock(2) itself: it knows no deadline, and what ends its wait is a signal alone. But every
// signal is the host's: it may reset its handlers at any moment (a signal of ours would then kill it), ignore
// them, or use them all. So none is sent, handled, blocked or looked at here. A thread that waits in the
// kernel in one's place needs none either, but must be woken before its owner is, with the gate in its hands:
// measured, that halves what a busy fleet gets done.
//
// The lock is flock(2) on an open file description of this object's own: the kernel releases it when the
// last descriptor is gone, so a killed holder holds nobody up; a forked child closes its copies (forks.h).
// The file is 0600 whatever a group may read, since a read-only descriptor can lock too. For the same reason
// no file is taken for it that belongs to a stranger, that others may write, or that has a second name.
//
// Who waited in vain is told who is inside (lock_holders.h).
//
// One thread at a time uses a WriteGate; two of one process exclude each other as two processes do.
#pragma once

#include <filesystem>
#include <optional>

#include "purser/clock.h"
#include "purser/error.h"
#include "store/files/file_checks.h"
#include "store/gate/forks.h"
#include "store/gate/mapped_page.h"

namespace purser::store {

class WriteGate : ForkWatcher {
 public:
  // Makes no file yet: who only reads needs none, and may have no right to make one.
  explicit WriteGate(const std::filesystem::path& database);
  ~WriteGate();
  WriteGate(const WriteGate&) = delete;  // the fork handler knows its address
  WriteGate& operator=(const WriteGate&) = delete;

  // Waits at most `patience` of real time; then throws Error(busy), which names who is inside.
  void lock(Duration patience);
  void unlock() noexcept;
  bool is_locked() const { return locked_; }
  // What all that pass this gate share. Only after the gate was locked by this object.
  bool has_page() const { return page_.get() != nullptr; }
  SharedPage& page() const { return *page_.get(); }
  // Of the folder, read since it was locked.
  FolderStamp folder_seen() const { return file_ ? file_->folder_seen() : FolderStamp{}; }

 private:
  enum class Nap { first_try, first_sleep };
  void open_file();
  bool barge();
  bool watch();
  bool enter_soon(SteadyInstant arrived, SteadyInstant deadline);
  bool is_greedy();
  bool are_stays_long() const;
  void note_stay() noexcept;
  bool nap(SteadyInstant until, Nap way);
  void wake_one() noexcept;
  bool try_lock();
  bool somebody_is_hungry() const;
  void note_occupied(std::uint32_t occupied) noexcept;
  bool somebody_sleeps() const;
  void wait_for_lock(SteadyInstant arrived, SteadyInstant deadline);
  void doze(std::uint32_t seen, std::chrono::nanoseconds longest) noexcept;
  void say_hungry() noexcept;
  void note_fed() noexcept;
  Error busy() const;  // with whom it was waited for
  bool is_the_gate();
  void close_file() noexcept;
  void after_fork_in_child() noexcept override;

  std::filesystem::path database_;
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::optional<WatchedFile> file_;
  bool locked_ = false;
  bool hungry_ = false;
  int passes_ = 0;  // in a row, before others that slept
  std::int64_t entered_at_ = 0;
  std::int64_t left_at_ = 0;  // claim_time of the last unlock
  MappedPage page_;
};

}  // namespace purser::store
