#include "store/gate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

#include "purser/error.h"
#include "store/access.h"
#include "store/files.h"
#include "store/interrupts.h"

namespace purser::store {

// Every gate of this process, so that a forked child can drop its copies of their descriptors.
struct GateRegistry {
  std::mutex background;  // before `mutex`, where both are taken
  std::mutex mutex;
  std::vector<WriteGate*> gates;
  std::atomic<unsigned> forks{0};

  static GateRegistry& instance() {
    static GateRegistry* registry = make();  // never destroyed: a fork may come after static destruction
    return *registry;
  }

  static GateRegistry* make() {
    pthread_atfork([] { instance().before_fork(); }, [] { instance().after_fork(); },
                   [] { instance().after_fork_in_child(); });
    return new GateRegistry;
  }

  void before_fork() {
    background.lock();
    mutex.lock();
  }

  void after_fork() {
    mutex.unlock();
    background.unlock();
  }

  void after_fork_in_child() {
    forks.fetch_add(1, std::memory_order_relaxed);
    for (WriteGate* gate : gates) gate->close_file();
    after_fork();
  }
};

namespace {

// Who has slept so long lets nobody go before him any more, and says so again while he waits.
constexpr auto kHungryAfter = std::chrono::milliseconds(2);
constexpr auto kHungryAgain = std::chrono::milliseconds(40);
constexpr auto kStaleHunger = std::chrono::milliseconds(60);
// Who lay down to sleep longer ago than that has got up.
constexpr auto kStaleSleep = 2 * kHungryAfter;
constexpr auto kForgotten = std::chrono::seconds(1);
// About what a transaction holds the gate: longer than that, sleeping is cheaper.
constexpr auto kWatch = std::chrono::microseconds(40);
constexpr auto kStaleWatch = std::chrono::milliseconds(1);
constexpr int kRelaxations = 8;
// So often in a row may one go in before those that sleep; it is in a row while it comes back so soon.
constexpr int kPasses = 4;
constexpr auto kInARow = std::chrono::microseconds(50);
// And so long he then lets them.
constexpr auto kLet = std::chrono::microseconds(500);
// From that mean stay on there is nothing to gain by going in before others.
constexpr std::chrono::nanoseconds kLongStay = std::chrono::microseconds(500);
constexpr std::int64_t kLongestStay = 1'000'000'000;
constexpr std::int64_t kStaysInMean = 16;
constexpr Duration kLongestWait = std::chrono::hours(24 * 365);  // in nanoseconds far from the end of time

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

Error gate_error(const std::filesystem::path& path, int error) {
  auto code = error == EACCES || error == EPERM || error == EROFS ? ErrorCode::read_only
              : error == ENOSPC || error == EDQUOT                ? ErrorCode::disk_full
                                                                  : ErrorCode::io_error;
  std::string why = error == EACCES || error == EPERM ? whose_file(path) : "";
  return {code, fmt::format("cannot open the write gate {}: {}{}{}", path.string(), in_words(error),
                            why.empty() ? "" : ": ", why)};
}

Error gate_busy(const std::filesystem::path& path) {
  return {ErrorCode::busy,
          fmt::format("other processes kept the database busy beyond the deadline (write gate {})",
                      path.string())};
}

}  // namespace

unsigned fork_generation() noexcept { return GateRegistry::instance().forks.load(std::memory_order_relaxed); }

std::unique_lock<std::mutex> hold_off_forks() {
  return std::unique_lock(GateRegistry::instance().background);
}

WriteGate::WriteGate(const std::filesystem::path& database) : database_(database), path_(database) {
  path_ += "-gate";
  auto& registry = GateRegistry::instance();
  std::lock_guard lock(registry.mutex);
  registry.gates.push_back(this);
}

WriteGate::~WriteGate() {
  auto& registry = GateRegistry::instance();
  std::lock_guard lock(registry.mutex);
  registry.gates.erase(std::remove(registry.gates.begin(), registry.gates.end(), this), registry.gates.end());
  close_file();
}

void WriteGate::lock(Duration patience) {
  SteadyInstant arrived = std::chrono::steady_clock::now();
  SteadyInstant deadline = arrived + std::min(patience, kLongestWait);
  // A gate that an operator removed is a gate of our own: whoever comes later makes another one.
  for (;;) {
    if (descriptor_ < 0) open_file();
    if (!enter_soon(arrived, deadline)) wait_for_lock(arrived, deadline);
    locked_ = true;
    try {
      if (is_the_gate()) {
        entered_at_ = claim_time();
        return note_occupied(1);
      }
    } catch (...) {
      unlock();
      throw;
    }
    std::lock_guard no_fork(GateRegistry::instance().mutex);
    close_file();
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
  // A fork between the opening and the noting would copy a descriptor that the child knows nothing of.
  std::lock_guard no_fork(GateRegistry::instance().mutex);
  // No link is followed: whoever owns the folder could lead root to a file of somebody else's.
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  int descriptor = open(path_.c_str(), kFlags);
  // Only where there is none: in a sticky folder the kernel lets not even root "create" another's file.
  if (descriptor < 0 && errno == ENOENT) descriptor = open(path_.c_str(), kFlags | O_CREAT, 0600);
  if (descriptor < 0) throw gate_error(path_, errno);
  if (int error = give_to_owner(descriptor); error != 0) {
    close(descriptor);
    throw gate_error(path_, error);
  }
  descriptor_ = descriptor;
  file_.emplace(path_, file_identity(descriptor));
}

// Root works for the owner of the database, who must be able to open the gate afterwards. Only a file that is
// root's own and has no second name can be the gate that root has just made. 0, or errno.
int WriteGate::give_to_owner(int descriptor) const {
  struct stat gate {};
  struct stat database {};
  if (geteuid() != 0 || stat(database_.c_str(), &database) != 0) return 0;
  if (fstat(descriptor, &gate) != 0) return errno;
  if (!S_ISREG(gate.st_mode)) return EINVAL;
  if (gate.st_uid != 0 || gate.st_nlink != 1 || database.st_uid == 0) return 0;
  return fchown(descriptor, database.st_uid, database.st_gid) == 0 ? 0 : errno;
}

bool WriteGate::try_lock() {
  int result = 0;
  do {
    result = flock(descriptor_, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  throw gate_error(path_, errno);
}

bool WriteGate::somebody_is_hungry() const {
  return is_live_claim(page().hungry_since.load(std::memory_order_relaxed), kStaleHunger);
}

// The count alone would speak of the dead for ever, the claim alone of those who have got up.
bool WriteGate::somebody_sleeps() const {
  return page().sleepers.load(std::memory_order_relaxed) != 0 &&
         is_live_claim(page().slept_since.load(std::memory_order_relaxed), kStaleSleep);
}

void WriteGate::note_occupied(std::uint32_t occupied) noexcept {
  if (page_.get() != nullptr) page().occupied.store(occupied, std::memory_order_relaxed);
}

// The ways in that need no queue of the kernel's. The first time there is no page yet.
bool WriteGate::enter_soon(SteadyInstant arrived, SteadyInstant deadline) {
  if (page_.get() == nullptr || are_stays_long()) return try_lock();
  if (is_greedy()) {
    wake_one();
    if (nap(std::min<SteadyInstant>(deadline, arrived + kLet), Nap::first_sleep)) return true;
  }
  return barge() || watch() || nap(std::min<SteadyInstant>(deadline, arrived + kHungryAfter), Nap::first_try);
}

// Then the order is worth more than the moment that a sleeper takes to wake: the kernel's queue alone keeps
// it.
bool WriteGate::are_stays_long() const {
  return page_.get() != nullptr && page().stay.load(std::memory_order_relaxed) >= kLongStay.count();
}

void WriteGate::note_stay() noexcept {
  std::int64_t before =
      std::clamp<std::int64_t>(page().stay.load(std::memory_order_relaxed), 0, kLongestStay);
  std::int64_t stayed = std::clamp<std::int64_t>(claim_time() - entered_at_, 0, kLongestStay);
  page().stay.store(before + (stayed - before) / kStaysInMean, std::memory_order_relaxed);
  // Nobody has lain down for so long: those that are counted were killed.
  if (page().sleepers.load(std::memory_order_relaxed) != 0 &&
      !is_live_claim(page().slept_since.load(std::memory_order_relaxed), kForgotten)) {
    page().sleepers.store(0, std::memory_order_relaxed);
  }
}

// Has gone in so often in a row that whoever sleeps would sleep too long.
bool WriteGate::is_greedy() {
  bool is_in_a_row = claim_time() - left_at_ < std::chrono::nanoseconds(kInARow).count();
  if (!is_in_a_row || !somebody_sleeps()) passes_ = 0;
  if (++passes_ <= kPasses) return false;
  passes_ = 0;
  return true;
}

// Goes in where it is open, also before those that sleep: waking them takes longer than most stay inside.
bool WriteGate::barge() { return !somebody_is_hungry() && try_lock(); }

// Waits awake for the one inside to leave, where nobody else does.
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

// Sleeps until somebody leaves, a short while. Not yet in the kernel's queue for the lock itself: there each
// one who is woken in vain, since another went before him, wakes all behind him.
bool WriteGate::nap(SteadyInstant until, Nap way) {
  bool locked = false;
  // Who only lets others go first is none of those for whom one does.
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
  if (is_live_claim(page().watched_since.load(std::memory_order_relaxed), kStaleWatch)) return;
  page().leavings.fetch_add(1, std::memory_order_release);
  futex_wake(page().leavings, 1);
}

// In the kernel's queue, of which each interrupt makes him the last: so not often, but again and again, since
// the first of the hungry who is in says that nobody is.
void WriteGate::wait_for_lock(SteadyInstant arrived, SteadyInstant deadline) {
  Interrupts interrupts(are_stays_long() ? deadline
                                         : std::min<SteadyInstant>(deadline, arrived + kHungryAfter));
  bool hungry = false;
  while (flock(descriptor_, LOCK_EX) != 0) {
    if (errno != EINTR) throw gate_error(path_, errno);
    auto now = std::chrono::steady_clock::now();
    if (now >= deadline) throw gate_busy(path_);
    hungry = page_.get() != nullptr;
    if (hungry) page().hungry_since.store(claim_time(), std::memory_order_relaxed);
    interrupts.move_to(std::min<SteadyInstant>(deadline, now + kHungryAgain));
  }
  if (hungry) page().hungry_since.store(0, std::memory_order_relaxed);
}

// False where an operator removed the file, or put another in its place. Also where the page of memory is
// looked after: somebody may have emptied the file.
bool WriteGate::is_the_gate() {
  auto bytes = file_->bytes_if_unchanged();
  if (!bytes) return false;
  page_.map(descriptor_, *bytes);
  return true;
}

void WriteGate::close_file() noexcept {
  page_.unmap();
  file_.reset();
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
  locked_ = false;
}

}  // namespace purser::store
