#include "store/gate/shared_page.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace purser::store {

std::int64_t claim_time() noexcept { return std::chrono::steady_clock::now().time_since_epoch().count(); }

bool is_live_claim(std::int64_t since, std::chrono::nanoseconds longest) noexcept {
  if (since <= 0) return false;
  std::int64_t age = claim_time() - since;
  return age >= 0 && age < longest.count();
}

bool take_claim(std::atomic<std::int64_t>& since, std::chrono::nanoseconds longest,
                std::int64_t now) noexcept {
  std::int64_t present = since.load(std::memory_order_relaxed);
  if (is_live_claim(present, longest)) return false;
  return since.compare_exchange_strong(present, now, std::memory_order_acq_rel);
}

void end_claim(std::atomic<std::int64_t>& since, std::int64_t taken_at) noexcept {
  since.compare_exchange_strong(taken_at, 0, std::memory_order_acq_rel);
}

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t seen,
                std::chrono::nanoseconds longest) noexcept {
  auto seconds = std::chrono::floor<std::chrono::seconds>(longest);
  timespec timeout{static_cast<time_t>(seconds.count()), static_cast<long>((longest - seconds).count())};
  auto* futex = reinterpret_cast<std::uint32_t*>(&word);
  if (syscall(SYS_futex, futex, FUTEX_WAIT, seen, &timeout, nullptr, 0) == 0) return;
  if (errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT) return;
  // On a kernel that refuses the call, every loop around it would spin.
  pause_briefly(longest);
}

void pause_briefly(std::chrono::nanoseconds longest) noexcept {
  constexpr std::chrono::nanoseconds kMost = std::chrono::milliseconds(1);
  timespec pause{0, static_cast<long>(std::clamp<std::chrono::nanoseconds>(longest, {}, kMost).count())};
  ppoll(nullptr, 0, &pause, nullptr);
}

void futex_wake(std::atomic<std::uint32_t>& word, int sleepers) noexcept {
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE, sleepers, nullptr, nullptr, 0);
}

}  // namespace purser::store
