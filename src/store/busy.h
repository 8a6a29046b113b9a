// What is worth more than one wait at the gate: the answer of a service that is to be stored.
#pragma once

#include <algorithm>

#include "purser/clock.h"
#include "purser/error.h"

namespace purser::store {

inline constexpr Duration kBusyNap = std::chrono::milliseconds(100);

// A gate that is busy beyond its own deadline passes: tried again until `deadline`.
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
