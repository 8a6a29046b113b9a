// A deadline for calls that have none, such as flock(2): a signal ends their wait.
//
// It takes a real-time signal that nobody handles, gives it a handler that does nothing (without SA_RESTART,
// so that the call returns EINTR), and sends it only to the thread that waits.
#pragma once

#include <csignal>
#include <ctime>

#include "purser/clock.h"

namespace purser::store {

// While it lives, this thread's blocking calls are interrupted at an instant, and every 10 ms after it (an
// interrupt just before the call began would otherwise be lost). Throws internal where every signal is in
// use, busy where there is no timer.
class Interrupts {
 public:
  explicit Interrupts(SteadyInstant at);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  void move_to(SteadyInstant at);

 private:
  timer_t timer_{};
  sigset_t only_ours_{};
  sigset_t mask_before_{};
};

}  // namespace purser::store
