#include "store/interrupts.h"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "purser/error.h"

namespace purser::store {
namespace {

constexpr auto kAgain = std::chrono::milliseconds(10);

int interrupt_signal() {
  static const int chosen = [] {
    for (int candidate = SIGRTMAX - 1; candidate >= SIGRTMIN; --candidate) {
      struct sigaction current {};
      if (sigaction(candidate, nullptr, &current) != 0 || current.sa_handler != SIG_DFL) continue;
      struct sigaction nothing {};
      nothing.sa_handler = [](int) {};
      if (sigaction(candidate, &nothing, nullptr) == 0) return candidate;
    }
    throw Error(ErrorCode::internal,
                "every real-time signal is in use: the write gate cannot wait with a deadline");
  }();
  return chosen;
}

timespec to_timespec(std::chrono::nanoseconds time) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return {static_cast<time_t>(seconds.count()), static_cast<long>((time - seconds).count())};
}

}  // namespace

Interrupts::Interrupts(SteadyInstant at) {
  int signal_number = interrupt_signal();
  sigemptyset(&only_ours_);
  sigaddset(&only_ours_, signal_number);
  pthread_sigmask(SIG_UNBLOCK, &only_ours_, &mask_before_);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal_number;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  if (timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) {
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    throw Error(ErrorCode::busy,
                fmt::format("no timer for the wait at the write gate: {}", std::strerror(error)));
  }
  move_to(at);
}

Interrupts::~Interrupts() {
  timer_delete(timer_);
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void Interrupts::move_to(SteadyInstant at) {
  itimerspec schedule{to_timespec(kAgain), to_timespec(at.time_since_epoch())};
  timer_settime(timer_, TIMER_ABSTIME, &schedule, nullptr);
}

}  // namespace purser::store
