// What the processes that share a database tell each other without asking SQLite: a page of memory in the
// gate's file, which all of them map. It holds hints and counters, never state: whatever stands in it after a
// kill, a reboot or a copy, all answers are right, and at worst late. The one exception is `failed`: of a
// page that begins anew it says that nothing is known, and who goes to another gate's file takes along what
// he knew; so a gate that is removed while a disk fails hides nothing.
//
// As with SQLite's own -shm, memory of a file that was made shorter is a signal that kills (SIGBUS). The gate
// looks at the size before it touches the page, and allocates the page before it maps it; so a file that was
// emptied, or is a hole on a full disk, harms nobody who comes later. What is left: one that is made shorter
// while a worker is inside, waits, or syncs. Only the file's owner can do that, and nobody may.
//
// Written while the gate is held, but for the fields that say otherwise. `..._since` is a claim: the steady
// clock's nanoseconds when it was made, 0 where nobody has it; it grows stale, so that the dead claim
// nothing. Two versions of purser that lay it out differently must not write one file: another layout comes
// with another schema version.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace purser::store {

struct SharedPage {
  std::atomic<std::uint64_t> layout;  // kLayout once the page is in use

  // --- The gate (gate.h); written by who waits there too ---
  std::atomic<std::uint32_t> occupied;      // 1 while somebody is inside, or was killed there
  std::atomic<std::int64_t> stay;           // how long one stays inside, in the mean of the last ones; ns
  std::atomic<std::uint32_t> leavings;      // a futex: changes when one leaves while others sleep
  std::atomic<std::uint32_t> sleepers;      // who sleeps on it; too high after one was killed there
  std::atomic<std::int64_t> slept_since;    // of the latest who lay down because he found no way in
  std::atomic<std::int64_t> watched_since;  // one waits for `occupied` to change instead of sleeping
  std::atomic<std::int64_t> hungry_since;   // of the latest who has slept too long: let nobody go before him

  // --- Durable group sync (group_sync.h) ---
  // Which log the numbers speak of. Another file, or another moment of doubt: another epoch.
  std::atomic<std::uint64_t> epoch;
  std::atomic<std::uint64_t> log_device, log_number;
  std::atomic<std::uint64_t> begun;         // ahead of `committed` while one is being committed
  std::atomic<std::uint64_t> committed;     // commits so far, numbered from 1
  std::atomic<std::uint64_t> synced;        // of these, on disk; by whoever synced, outside the gate
  std::atomic<std::uint64_t> failed;        // what is known of the disk (disk_mark.h); as synced
  std::atomic<std::int64_t> syncing_since;  // one syncs for all; as synced
  std::atomic<std::uint32_t> syncs_ended;   // a futex: changes when a sync ends; as synced

  // --- Checkpoints (checkpointer.h) ---
  std::atomic<std::uint32_t> checkpoint_at;       // pages in the log; 0: the usual number
  std::atomic<std::uint32_t> checkpoints_failed;  // 1 since the last one failed
  std::atomic<std::int64_t> checkpointing_since;  // one was asked to
  std::atomic<std::uint64_t> copying;             // 1 while one copies, or was killed in it
  std::atomic<std::uint64_t> faults;              // copies that failed and repairs, so far

  // --- For whoever waited in vain (gate.h) ---
  std::atomic<std::int64_t> inside_since;  // one is inside; as `occupied`

  static constexpr std::uint64_t kLayout = 0x31'65'74'61'67'72'75'70;  // "purgate1", as hexdump shows it
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "processes share these words");
static_assert(std::atomic<std::uint32_t>::is_always_lock_free, "processes share these words");
static_assert(sizeof(std::atomic<std::uint32_t>) == 4, "a futex is 32 bits");

// The steady clock of the kernel, which all processes share.
std::int64_t claim_time() noexcept;
// False for none, for one older than `longest`, and for one of the future: of an earlier boot.
bool is_live_claim(std::int64_t since, std::chrono::nanoseconds longest) noexcept;
// Takes a claim that is not live.
bool take_claim(std::atomic<std::int64_t>& since, std::chrono::nanoseconds longest,
                std::int64_t now) noexcept;
void end_claim(std::atomic<std::int64_t>& since, std::int64_t taken_at) noexcept;

// Sleep until `word` is not `seen` any more, at most so long; and what ends that for so many sleepers. Over
// processes: the word stands in shared memory.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen,
                std::chrono::nanoseconds longest) noexcept;
void futex_wake(std::atomic<std::uint32_t>& word, int sleepers) noexcept;
// A millisecond, or less: for what can only be tried again.
void pause_briefly(std::chrono::nanoseconds longest) noexcept;

}  // namespace purser::store
