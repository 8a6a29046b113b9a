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
// - Who has slept 2 ms is hungry: he queues at the kernel's lock, and as long as he says so, whoever comes
//   queues there behind him. So a wait is bounded by the number of those who wait, each one turn.
// - Where the stays are long (0.5 ms in the mean), there is nothing to gain: all queue at the kernel's lock.
// All this is hints in the shared page (shared_page.h): who finds nonsense there queues at the lock.
//
// The lock is flock(2) on an open file description of this object's own: the kernel releases it when the
// last descriptor is gone, so a killed holder holds nobody up. A fork copies descriptors, and a child that
// lives on would keep a dead parent's lock: so the child closes its copies at once (pthread_atfork).
// The file is 0600 whatever a group may read, since a read-only descriptor can lock too.
//
// One thread at a time uses a WriteGate; two of one process exclude each other as two processes do.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>

#include "purser/clock.h"
#include "store/file_checks.h"
#include "store/shared_page.h"

namespace purser::store {

class WriteGate {
 public:
  // Makes no file yet: who only reads needs none, and may have no right to make one.
  explicit WriteGate(const std::filesystem::path& database);
  ~WriteGate();
  WriteGate(const WriteGate&) = delete;  // the fork handler knows its address
  WriteGate& operator=(const WriteGate&) = delete;

  // Waits in the kernel, at most `patience` of real time; then throws Error(busy).
  void lock(Duration patience);
  void unlock() noexcept;
  bool is_locked() const { return locked_; }
  // What all that pass this gate share. Only after the gate was locked by this object.
  SharedPage& page() const { return *page_.get(); }
  // Of the folder, read since it was locked.
  FolderStamp folder_seen() const { return file_ ? file_->folder_seen() : FolderStamp{}; }

 private:
  friend struct GateRegistry;
  enum class Nap { first_try, first_sleep };
  void open_file();
  int give_to_owner(int descriptor) const;
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
  bool is_the_gate();
  void close_file() noexcept;

  std::filesystem::path database_;
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::optional<WatchedFile> file_;
  bool locked_ = false;
  int passes_ = 0;  // in a row, before others that slept
  std::int64_t entered_at_ = 0;
  std::int64_t left_at_ = 0;  // claim_time of the last unlock
  MappedPage page_;
};

// How many forks lie between this process and the one that loaded the library: a connection remembers it,
// and refuses to be used where it differs.
unsigned fork_generation() noexcept;

// While it is held, no fork of this process begins. For a thread of our own that is inside SQLite: the child
// would inherit the locks and mutexes that SQLite notes for it, and nobody who ever lets go of them. To be
// taken behind the gate, not before it: whoever forks may be inside.
std::unique_lock<std::mutex> hold_off_forks();

}  // namespace purser::store
