// Simulated time as a worker has it (see stepped_time.h for how it moves).
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "purser/clock.h"

namespace standin {

// A line to the stand-in's clock and one back. For one process and one thread at a time.
class ClockLine {
 public:
  explicit ClockLine(const std::string& address);  // "127.0.0.1:PORT"
  ~ClockLine();
  ClockLine(const ClockLine&) = delete;
  ClockLine& operator=(const ClockLine&) = delete;

  // The instant that the clock answers, whenever it does. Throws std::runtime_error where it is gone or
  // refuses.
  std::int64_t ask(const std::string& line);

 private:
  int socket_;
  int owner_;  // the process
  std::string unread_;
};

// A worker's clock: made after the fork, one in a process. While the worker runs, time stands; it may move
// while `sleep_until` waits. When the process ends, however it does, time goes on without it. Two threads
// that sleep do so one after the other: a worker waits for one thing at a time.
class WorkerClock final : public purser::Clock {
 public:
  WorkerClock(const std::string& address, const std::string& name);

  purser::Instant now() const override;
  purser::SteadyInstant steady_now() const override;  // the same: simulated wall clocks do not jump
  void sleep_until(purser::SteadyInstant when) override;

 private:
  std::mutex mutex_;  // the line
  ClockLine line_;
  std::atomic<std::int64_t> now_ms_;
};

// Lets time stand from its construction until `go`: for a parent that starts workers, or replaces one, and
// wants no time to run on in between. The end of it is a `go` too, also where forked children have inherited
// it.
class Hold {
 public:
  explicit Hold(const std::string& address) : line_(address) { hold(); }

  void hold() { line_.ask("hold"); }
  void go() { line_.ask("go"); }
  // Returns when so many workers have joined since the stand-in began, those that are gone included.
  void wait_for_joins(int count);
  purser::Instant now();

 private:
  ClockLine line_;
};

}  // namespace standin
