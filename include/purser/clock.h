// Time as Purser sees it. Every rule that depends on time reads it here, so that a test (or a
// simulation of eight hours in a second) can pass another clock.
//
//   struct StandingClock : purser::Clock {             // a test's clock
//     purser::Instant now() const override { return wall; }
//     purser::SteadyInstant steady_now() const override { return steady; }
//     void sleep_until(purser::SteadyInstant t) override { wall += ...; steady = t; }
//   };
//
// `now` is the wall clock: it may jump either way, and the rules survive that (an earlier clock
// gives no refill and no second quota). `steady_now` never goes back; waits are measured on it.
// The wait for the write gate (database.h) alone does not use the Clock: the kernel waits there.
//
// Threads: implementations must be safe to call from several threads.
// Ownership: an object that takes a Clock keeps a reference to it; the clock must outlive the object.
#pragma once

#include <chrono>
#include <string>

namespace purser {

using Duration = std::chrono::milliseconds;
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;  // since the Unix epoch, UTC
using SteadyInstant = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual SteadyInstant steady_now() const = 0;
  // Returns at or after `when`; at once if `when` has passed.
  virtual void sleep_until(SteadyInstant when) = 0;
};

// The machine's clock. One for the whole process; it has no state.
Clock& system_clock();

// "2026-11-24T01:56:00.123Z". Instants outside the years 0000-9999 are written as their milliseconds.
std::string rfc3339(Instant at);

}  // namespace purser
