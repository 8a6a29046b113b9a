// Retries for work that must outlast one wait at the gate: storing a service's answer.
#pragma once

#include <algorithm>

#include "purser/clock.h"
#include "purser/error.h"

namespace purser::store {

inline constexpr Duration kBusyNap = std::chrono::milliseconds(100);

// Runs `act`, again until `deadline` while it throws busy: a gate that was busy beyond one wait gets free.
template <typename Act>
auto retried_while_busy(Clock& clock, SteadyInstant deadline, Act&& act) {
  for (;;) {
    try {
      return act();
    } catch (const Error& fault) {
      SteadyInstant now = clock.steady_now();
      if (fault.code() != ErrorCode::busy || now >= deadline) throw;
      clock.sleep_until(std::min(now + kBusyNap, deadline));
    }
  }
}

}  // namespace purser::store
