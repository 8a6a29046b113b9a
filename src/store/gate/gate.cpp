#include "store/gate/gate.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <thread>
#include <utility>

#include "store/files/companions.h"
#include "store/files/files.h"
#include "store/gate/gate_file.h"
#include "store/gate/lock_holders.h"

namespace purser::store {

namespace {

// A waiter that has slept kHungryAfter is hungry: it stops letting others in first. It renews that claim
// every kHungryAgain while it waits; the claim of a dead one lapses after kStaleHunger.
constexpr auto kHungryAfter = std::chrono::milliseconds(2);
constexpr auto kHungryAgain = std::chrono::milliseconds(40);
constexpr auto kStaleHunger = std::chrono::milliseconds(60);
// The longest sleep without a look at the lock. A sleeper recorded longer ago than kStaleSleep has woken up
// by now; after kForgotten without a new sleeper, those still counted were killed.
constexpr auto kOneSleep = std::chrono::milliseconds(5);
constexpr auto kStaleSleep = 2 * kOneSleep;
constexpr auto kForgotten = std::chrono::seconds(1);
// About as long as a transaction holds the gate: for a longer wait, sleeping is cheaper than spinning.
constexpr auto kWatch = std::chrono::microseconds(40);
constexpr auto kStaleWatch = std::chrono::milliseconds(1);
constexpr int kRelaxations = 8;
// How often in a row a thread may barge ahead of sleepers. Two entries are in a row where the thread comes
// back within kInARow of leaving.
constexpr int kPasses = 4;
constexpr auto kInARow = std::chrono::microseconds(50);
// How long a greedy thread then lets sleepers in first.
constexpr auto kLet = std::chrono::microseconds(500);
// From this mean stay on, barging gains nothing.
constexpr std::chrono::nanoseconds kLongStay = std::chrono::microseconds(500);
constexpr std::int64_t kLongestStay = 1'000'000'000;
constexpr std::int64_t kStaysInMean = 16;
// How many gate files are tried even after the deadline, where somebody keeps replacing the file.
constexpr int kMostFiles = 3;
constexpr Duration kLongestWait = std::chrono::hours(24 * 365);  // its nanoseconds overflow no time point

bool has_two_processors() {
  static const bool two = std::thread::hardware_concurrency() > 1;
  return two;
}

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#else
  std::atomic_signal_fence(std::memory_order_seq_cst);
#endif
}

void forget_sleeper(std::atomic<std::uint32_t>& sleepers) {
  std::uint32_t present = sleepers.load(std::memory_order_relaxed);
  while (present != 0 && !sleepers.compare_exchange_weak(present, present - 1, std::memory_order_relaxed)) {
  }
}

Error replaced_too_often(const std::filesystem::path& path) {
  return {
      ErrorCode::busy,
      fmt::format("somebody replaces the write gate {} again and again: find out who does", path.string())};
}

}  // namespace

WriteGate::WriteGate(const std::filesystem::path& database) : database_(database), path_(database) {
  path_ += kGateSuffix;
  auto no_fork = hold_off_forks_briefly();
  watch_forks(*this);
}

WriteGate::~WriteGate() {
  close_file();
  auto no_fork = hold_off_forks_briefly();
  unwatch_forks(*this);
}

void WriteGate::lock(Duration patience) {
  SteadyInstant arrived = std::chrono::steady_clock::now();
  SteadyInstant deadline = arrived + std::min(patience, kLongestWait);
  // A gate whose file an operator removed excludes nobody: later processes make another file and lock that.
  for (int tries = 1;; ++tries) {
    if (descriptor_ < 0) open_file();
    page_.unmap_if_short(descriptor_);
    if (!enter_soon(arrived, deadline)) wait_for_lock(arrived, deadline);
    locked_ = true;
    try {
      if (is_the_gate()) {
        entered_at_ = claim_time();
        note_occupied(1);
        return note_fed();
      }
    } catch (...) {
      unlock();
      throw;
    }
    close_file();
    if (tries >= kMostFiles && std::chrono::steady_clock::now() >= deadline) throw replaced_too_often(path_);
  }
}

void WriteGate::unlock() noexcept {
  if (locked_) {
    if (page_.get() != nullptr) note_stay();
    note_occupied(0);
    flock(descriptor_, LOCK_UN);
    if (page_.get() != nullptr) wake_one();
    left_at_ = claim_time();
  }
  locked_ = false;
}

void WriteGate::open_file() {
  // A fork between opening and noting the descriptor would give the child a copy that it does not close.
  auto no_fork = hold_off_forks_briefly();
  descriptor_ = open_gate_file(path_, database_);
  file_.emplace(path_, file_identity(descriptor_));
}

bool WriteGate::try_lock() {
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK || errno == EINTR) return false;
  throw gate_error(path_, errno);
}

bool WriteGate::somebody_is_hungry() const {
  return is_live_claim(page().hungry_since.load(std::memory_order_relaxed), kStaleHunger);
}

// Asks both: the count would include killed sleepers for ever, the claim sleepers that have woken up.
bool WriteGate::somebody_sleeps() const {
  return page().sleepers.load(std::memory_order_relaxed) != 0 &&
         is_live_claim(page().slept_since.load(std::memory_order_relaxed), kStaleSleep);
}

void WriteGate::note_occupied(std::uint32_t occupied) noexcept {
  if (page_.get() == nullptr) return;
  page().occupied.store(occupied, std::memory_order_relaxed);
  page().inside_since.store(occupied != 0 ? entered_at_ : 0, std::memory_order_relaxed);
}

// Tries the ways in that come before the queue. At the first lock there is no page yet.
bool WriteGate::enter_soon(SteadyInstant arrived, SteadyInstant deadline) {
  if (page_.get() == nullptr || are_stays_long()) return try_lock();
  if (is_greedy()) {
    wake_one();
    if (nap(std::min<SteadyInstant>(deadline, arrived + kLet), Nap::first_sleep)) return true;
  }
  return barge() || watch() || nap(std::min<SteadyInstant>(deadline, arrived + kHungryAfter), Nap::first_try);
}

// With long stays, a fair order is worth more than the time that a sleeper takes to wake.
bool WriteGate::are_stays_long() const {
  return page_.get() != nullptr && page().stay.load(std::memory_order_relaxed) >= kLongStay.count();
}

void WriteGate::note_stay() noexcept {
  std::int64_t before =
      std::clamp<std::int64_t>(page().stay.load(std::memory_order_relaxed), 0, kLongestStay);
  std::int64_t stayed = std::clamp<std::int64_t>(claim_time() - entered_at_, 0, kLongestStay);
  page().stay.store(before + (stayed - before) / kStaysInMean, std::memory_order_relaxed);
  // Nobody has lain down within kForgotten: the sleepers that are still counted were killed.
  if (page().sleepers.load(std::memory_order_relaxed) != 0 &&
      !is_live_claim(page().slept_since.load(std::memory_order_relaxed), kForgotten)) {
    page().sleepers.store(0, std::memory_order_relaxed);
  }
}

// True where this thread has barged so often in a row that sleepers would wait too long.
bool WriteGate::is_greedy() {
  bool is_in_a_row = claim_time() - left_at_ < std::chrono::nanoseconds(kInARow).count();
  if (!is_in_a_row || !somebody_sleeps()) passes_ = 0;
  if (++passes_ <= kPasses) return false;
  passes_ = 0;
  return true;
}

// Takes an open gate, ahead of the sleepers too: waking one takes longer than most stays.
bool WriteGate::barge() { return !somebody_is_hungry() && try_lock(); }

// Spins until the holder leaves, unless another thread spins already.
bool WriteGate::watch() {
  if (!has_two_processors() || somebody_is_hungry()) return false;
  std::int64_t began = claim_time();
  if (!take_claim(page().watched_since, kStaleWatch, began)) return false;
  bool locked = false;
  auto until = began + std::chrono::nanoseconds(kWatch).count();
  do {
    for (int i = 0; i < kRelaxations; ++i) relax();
    locked = page().occupied.load(std::memory_order_relaxed) == 0 && try_lock();
  } while (!locked && claim_time() < until && !somebody_is_hungry());
  end_claim(page().watched_since, began);
  return locked;
}

// Sleeps until somebody leaves, at most until `until`, then tries; gives up where anybody is hungry.
bool WriteGate::nap(SteadyInstant until, Nap way) {
  bool locked = false;
  // A thread that sleeps only to let others pass is not itself one of the sleepers to yield to.
  if (way == Nap::first_try) page().slept_since.store(claim_time(), std::memory_order_relaxed);
  page().sleepers.fetch_add(1, std::memory_order_relaxed);
  while (!locked && !somebody_is_hungry()) {
    std::uint32_t seen = page().leavings.load(std::memory_order_acquire);
    if (way == Nap::first_try) locked = try_lock();
    way = Nap::first_try;
    auto rest = until - std::chrono::steady_clock::now();
    if (locked || rest <= std::chrono::nanoseconds::zero()) break;
    futex_wait(page().leavings, seen, rest);
    locked = watch();
  }
  forget_sleeper(page().sleepers);
  return locked;
}

void WriteGate::wake_one() noexcept {
  if (!somebody_sleeps()) return;
  bool is_watched = is_live_claim(page().watched_since.load(std::memory_order_relaxed), kStaleWatch);
  if (is_watched && !somebody_is_hungry()) return;
  page().leavings.fetch_add(1, std::memory_order_release);
  futex_wake(page().leavings, 1);
}

// Sleeps until somebody leaves, then tries, in a loop: a holder that was killed wakes nobody.
void WriteGate::wait_for_lock(SteadyInstant arrived, SteadyInstant deadline) {
  page_.map_if_begun(descriptor_);
  // A newcomer lets the hungry go first: it sleeps once before its first try.
  bool lets_go = page_.get() != nullptr && somebody_is_hungry();
  SteadyInstant say = arrived + kHungryAfter;
  for (;;) {
    page_.unmap_if_short(descriptor_);
    std::uint32_t seen = page_.get() == nullptr ? 0 : page().leavings.load(std::memory_order_acquire);
    auto now = std::chrono::steady_clock::now();
    if ((!lets_go || now >= deadline) && try_lock()) return;
    if (now >= deadline) throw busy();
    lets_go = false;
    if (now >= say) {
      say_hungry();
      say = now + kHungryAgain;
    }
    doze(seen, std::min<std::chrono::nanoseconds>(deadline - now, kOneSleep));
  }
}

void WriteGate::doze(std::uint32_t seen, std::chrono::nanoseconds longest) noexcept {
  if (page_.get() == nullptr) return pause_briefly(longest);
  page().slept_since.store(claim_time(), std::memory_order_relaxed);
  page().sleepers.fetch_add(1, std::memory_order_relaxed);
  futex_wait(page().leavings, seen, longest);
  page_.unmap_if_short(descriptor_);
  if (page_.get() != nullptr) forget_sleeper(page().sleepers);
}

void WriteGate::say_hungry() noexcept {
  hungry_ = page_.get() != nullptr;
  if (hungry_) page().hungry_since.store(claim_time(), std::memory_order_relaxed);
}

void WriteGate::note_fed() noexcept {
  if (std::exchange(hungry_, false)) page().hungry_since.store(0, std::memory_order_relaxed);
}

// Reads the page with pread: this gate may have none mapped yet, and touching a truncated one is SIGBUS.
Error WriteGate::busy() const {
  std::int64_t since = 0;
  constexpr auto kAt = static_cast<off_t>(offsetof(SharedPage, inside_since));
  bool known = pread(descriptor_, &since, sizeof since, kAt) == sizeof since;
  return gate_is_busy(path_, known ? since : 0);
}

// False where an operator removed the file or put another in its place. Otherwise maps the page, again where
// somebody has emptied the file.
bool WriteGate::is_the_gate() {
  auto bytes = file_->bytes_if_unchanged();
  if (!bytes) return false;
  page_.map(descriptor_, *bytes);
  return true;
}

void WriteGate::close_file() noexcept {
  auto no_fork = hold_off_forks_briefly();
  let_go();
}

// Unmaps the page too: a mapping holds the open file description, and with it the parent's lock.
void WriteGate::after_fork_in_child() noexcept { let_go(); }

// Only what a signal handler may do.
void WriteGate::let_go() noexcept {
  if (descriptor_ >= 0) page_.unmap_if_short(descriptor_);
  page_.unmap();
  file_.reset();
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
  locked_ = false;
}

}  // namespace purser::store
