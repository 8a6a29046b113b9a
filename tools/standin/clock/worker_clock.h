// Simulated time as a worker sees it (stepped_time.h says how it moves).
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "purser/clock.h"

namespace standin {

// A connection to the stand-in's clock. For one process, and one thread at a time.
class ClockConnection {
 public:
  explicit ClockConnection(const std::string& address);  // "127.0.0.1:PORT"
  ~ClockConnection();
  ClockConnection(const ClockConnection&) = delete;
  ClockConnection& operator=(const ClockConnection&) = delete;

  // Sends the line and waits for the clock's answer, an instant. Throws std::runtime_error if the clock is
  // gone or refuses.
  std::int64_t ask(const std::string& line);

 private:
  int socket_;
  int owner_;  // the process
  std::string unread_;
};

// The clock of a worker; each process makes one, after the fork. Time stands still while the worker runs, and
// may move while `sleep_until` waits. When the process ends, for whatever reason, time goes on without it. If
// two threads sleep, they do so one after the other: a worker waits for one thing at a time.
class WorkerClock final : public purser::Clock {
 public:
  WorkerClock(const std::string& address, const std::string& name);

  purser::Instant now() const override;
  purser::SteadyInstant steady_now() const override;  // the same instant: simulated wall clocks do not jump
  void sleep_until(purser::SteadyInstant when) override;

 private:
  std::mutex mutex_;  // guards the connection
  ClockConnection connection_;
  std::atomic<std::int64_t> now_ms_;
};

// Stops time from its construction until `go`: for a parent that starts or replaces workers and wants no time
// to pass meanwhile. Its destructor lets time go too, even if forked children have inherited it.
class Hold {
 public:
  explicit Hold(const std::string& address) : connection_(address) { hold(); }

  void hold() { connection_.ask("hold"); }
  void go() { connection_.ask("go"); }
  // Returns when `count` workers have joined since the stand-in started, including those that have left.
  void wait_for_joins(int count);
  purser::Instant now();

 private:
  ClockConnection connection_;
};

}  // namespace standin
