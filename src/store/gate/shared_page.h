// Hints that the processes sharing a database exchange without asking SQLite: a page of memory in the gate's
// file, which all of them map. It holds hints and counters, never state: whatever a kill, a reboot or a copy
// leaves in it, all answers are right, and at worst late. The one exception is `failed`: a page that is newly
// begun says that nothing is known of the disk, and a process that moves to another gate file carries over
// what it knew; so removing a gate while a disk fails hides nothing.
//
// As with SQLite's own -shm, touching memory of a file that was truncated is a signal that kills (SIGBUS).
// The gate checks the size before it touches the page, and allocates the page before it maps it; so a file
// that was emptied, or is a hole on a full disk, harms no process that comes later. What is left: a file that
// is truncated while a worker is inside, waits, or syncs. Only the file's owner can do that, and must not.
//
// The fields are written while the gate is held, except those marked otherwise. `..._since` is a claim: the
// steady clock's nanoseconds when it was made, 0 where nobody has it; it grows stale, so that a dead process
// claims nothing. Two versions of purser that lay the page out differently must not write one file: another
// layout comes with another schema version.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace purser::store {

struct SharedPage {
  std::atomic<std::uint64_t> layout;  // kLayout once the page is in use

  // --- The gate (gate.h); waiters write these too ---
  std::atomic<std::uint32_t> occupied;      // 1 while a thread is inside, or was killed there
  std::atomic<std::int64_t> stay;           // mean length of the last stays; ns
  std::atomic<std::uint32_t> leavings;      // a futex: changes when a thread leaves while others sleep
  std::atomic<std::uint32_t> sleepers;      // threads asleep on it; too high after one was killed there
  std::atomic<std::int64_t> slept_since;    // when the latest thread went to sleep
  std::atomic<std::int64_t> watched_since;  // a thread spins on `occupied` instead of sleeping
  std::atomic<std::int64_t> hungry_since;   // of the latest starving thread: nobody may barge

  // --- Durable group sync (group_sync.h) ---
  // The log that the numbers count. Another file, or another moment of doubt, begins another epoch.
  std::atomic<std::uint64_t> epoch;
  std::atomic<std::uint64_t> log_device, log_number;
  std::atomic<std::uint64_t> begun;         // ahead of `committed` during a COMMIT
  std::atomic<std::uint64_t> committed;     // commits so far, numbered from 1
  std::atomic<std::uint64_t> synced;        // of these, on disk; written without the gate
  std::atomic<std::uint64_t> failed;        // what is known of the disk (disk_mark.h); without the gate
  std::atomic<std::int64_t> syncing_since;  // a thread syncs for all; without the gate
  std::atomic<std::uint32_t> syncs_ended;   // a futex: changes when a sync ends; without the gate

  // --- Checkpoints (checkpointer.h) ---
  std::atomic<std::uint32_t> checkpoint_at;       // pages in the log; 0: the usual number
  std::atomic<std::uint32_t> checkpoints_failed;  // 1 since the last one failed
  std::atomic<std::int64_t> checkpointing_since;  // a process was asked to checkpoint
  std::atomic<std::uint64_t> copying;             // 1 while a checkpoint copies, or was killed in it
  std::atomic<std::uint64_t> faults;              // failed copies and repairs, so far

  // --- For the error of a wait in vain (gate.h) ---
  std::atomic<std::int64_t> inside_since;  // a thread is inside; written with `occupied`

  static constexpr std::uint64_t kLayout = 0x31'65'74'61'67'72'75'70;  // "purgate1", as hexdump shows it
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "processes share these words");
static_assert(std::atomic<std::uint32_t>::is_always_lock_free, "processes share these words");
static_assert(sizeof(std::atomic<std::uint32_t>) == 4, "a futex is 32 bits");

// The kernel's steady clock, which all processes share; in nanoseconds.
std::int64_t claim_time() noexcept;
// False for no claim, for one older than `longest`, and for one in the future, which is of an earlier boot.
bool is_live_claim(std::int64_t since, std::chrono::nanoseconds longest) noexcept;
// Takes the claim unless it is live; true where it was taken.
bool take_claim(std::atomic<std::int64_t>& since, std::chrono::nanoseconds longest,
                std::int64_t now) noexcept;
void end_claim(std::atomic<std::int64_t>& since, std::int64_t taken_at) noexcept;

// futex_wait sleeps while `word` is `seen`, at most `longest`; futex_wake wakes up to `sleepers` of them.
// Works across processes: the word is in shared memory.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen,
                std::chrono::nanoseconds longest) noexcept;
void futex_wake(std::atomic<std::uint32_t>& word, int sleepers) noexcept;
// Sleeps a millisecond, or `longest` where that is less: between tries where nothing can wake the thread.
void pause_briefly(std::chrono::nanoseconds longest) noexcept;

}  // namespace purser::store
