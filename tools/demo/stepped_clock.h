// Simulated time for a fleet of real processes. It is stepped, not scaled: it stands while any worker works,
// and when all of them wait it moves to the earliest instant that one of them waits for. So eight hours
// last as long as the work in them takes, on a slow machine as on a quick one, with the same result. For a
// viewer it can be held back, so that an hour lasts at least a while.
//
// The parent makes the clock and `join`s a slot for each worker before it forks it; the worker says
// `use_slot` and from then on is a worker like any other, with a Clock. When a worker is gone, however it
// went, the parent `leave`s its slot, so that time goes on without it.
#pragma once

#include <semaphore.h>

#include <array>
#include <atomic>
#include <cstdint>

#include "demo/shared_memory.h"
#include "purser/clock.h"

namespace demo {

class SteppedClock final : public purser::Clock {
 public:
  static constexpr int kSlots = 16;

  explicit SteppedClock(purser::Instant start, purser::Duration least_real_hour = purser::Duration::zero());

  void join(int slot);
  void leave(int slot);
  void use_slot(int slot) { slot_ = slot; }

  purser::Instant now() const override;
  purser::SteadyInstant steady_now() const override;
  void sleep_until(purser::SteadyInstant when) override;

 private:
  struct Slot {
    enum class State { absent, running, waiting };
    State state = State::absent;
    std::int64_t wake_at_ms = 0;  // while waiting
    // A semaphore a slot, not one condition variable for all: a process that is killed while it waits at a
    // condition variable can make the next broadcast wait for it for ever.
    sem_t wake{};
  };
  struct Face {
    RobustMutex mutex;  // guards the slots, and who moves the hands
    std::atomic<std::int64_t> now_ms{0};
    std::array<Slot, kSlots> slots{};
  };
  static_assert(std::atomic<std::int64_t>::is_always_lock_free, "an atomic between processes must be");

  void step_when_all_wait();
  void hold_back(std::int64_t simulated_ms) const;

  Shared<Face> face_;
  purser::Duration least_real_hour_;
  int slot_ = -1;
};

}  // namespace demo
