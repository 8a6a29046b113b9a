// The write gate: one kernel lock beside the database (`<path>-gate`) at which every writer and every
// checkpoint of every process queues before it asks SQLite for anything.
//
// Why not SQLite's own busy handler: it polls with sleeps of up to 100 ms against a lock that is free for
// microseconds, so that of two busy processes one can wait for seconds. Here the thread that leaves wakes one
// that waits. Why checkpoints pass the gate too: checkpointer.h.
//
// The terms, here and in shared_page.h. A thread that holds the lock is inside; the time it holds it is its
// stay. A waiter is one of these:
// - barging: it tries the lock without queueing, ahead of the sleepers;
// - watching: it spins on `occupied`;
// - napping or dozing: it sleeps on the futex `leavings`. A nap comes before the queue and is given up after
//   2 ms or as soon as anybody starves; a doze is one sleep in the queue, of at most 5 ms;
// - hungry: starving. While a thread is marked so, every newcomer queues;
// - greedy: it has barged too often in a row and may not barge again before it has let sleepers in.
//
// How a thread waits. Waking a sleeper takes longer than most stays, so a strict order would leave the gate
// empty most of the time, and no order at all starves the sleepers. So:
// - A thread that finds the gate open barges, but not more than four times in a row.
// - One thread that finds it occupied watches for as long as a transaction lasts; never two at a time.
// - The others sleep, and are woken one by one, in their order.
// - A thread that has slept 2 ms is hungry: as long as it says so, nobody barges, and a newcomer lies down
//   behind the sleepers. So the number of waiters bounds a wait, with one turn for each.
// - Where the stays are long (0.5 ms in the mean), barging gains nothing: all sleep in one order.
// All this is hints in the shared page (shared_page.h). A sleeper looks again after 5 ms whatever they say,
// so that neither nonsense in the page nor a killed process makes anybody wait longer.
//
// Nobody blocks in flock(2) itself: it knows no deadline, and only a signal ends its wait. But every signal
// is the host's: it may reset its handlers at any moment (a signal of ours would then kill it), ignore
// signals, or use them all. So no signal is sent, handled, blocked or looked at here. A helper thread that
// waits in the kernel needs none either, but it would have to be woken before its owner is, with the gate in
// its hands: measured, that halves what a busy fleet gets done.
//
// The lock is flock(2) on an open file description that belongs to this object alone: the kernel releases it
// when the last descriptor is gone, so a killed holder holds nobody up; a forked child closes its copies
// (forks.h). The file is 0600 whatever a group may read, since a read-only descriptor can lock too. For the
// same reason a file is refused that belongs to a stranger, that others may write, or that has a second name.
//
// The error of a wait that ends in vain names the holder (lock_holders.h).
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
  // Makes no file yet: a reader needs none, and may have no right to make one.
  explicit WriteGate(const std::filesystem::path& database);
  ~WriteGate();
  WriteGate(const WriteGate&) = delete;  // the fork handler knows its address
  WriteGate& operator=(const WriteGate&) = delete;

  // Waits at most `patience` of real time; then throws Error(busy), which names the holder.
  void lock(Duration patience);
  void unlock() noexcept;
  bool is_locked() const { return locked_; }
  // The page that all users of this gate share. REQUIRES: this object has locked the gate before.
  bool has_page() const { return page_.get() != nullptr; }
  SharedPage& page() const { return *page_.get(); }
  // The folder's stamp, read since the gate was locked.
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
  Error busy() const;  // names the holder
  bool is_the_gate();
  void close_file() noexcept;
  void let_go() noexcept;
  void after_fork_in_child() noexcept override;

  std::filesystem::path database_;
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::optional<WatchedFile> file_;
  bool locked_ = false;
  bool hungry_ = false;
  int passes_ = 0;  // times in a row that it barged ahead of sleepers
  std::int64_t entered_at_ = 0;
  std::int64_t left_at_ = 0;  // claim_time of the last unlock
  MappedPage page_;
};

}  // namespace purser::store
