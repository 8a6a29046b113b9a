// The machine's clock, which shows a line on the terminal for as long as it lives: what is waited for, in a
// sleep on this clock or in a long call. Where stderr is no terminal it shows nothing.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "purser/clock.h"

namespace purser::cli {

class WaitingClock final : public Clock {
 public:
  // "waiting for 80 tokens: 12 s of at most 20 min; asks again in 4 s"
  explicit WaitingClock(std::string what, std::optional<Duration> longest_wait = {});
  ~WaitingClock() override;
  WaitingClock(const WaitingClock&) = delete;
  WaitingClock& operator=(const WaitingClock&) = delete;

  Instant now() const override { return system_clock().now(); }
  SteadyInstant steady_now() const override { return system_clock().steady_now(); }
  void sleep_until(SteadyInstant when) override;

  // From now on a sleep throws ReaderLeft, before it and after it, once the reader has left (output.h).
  void end_with_reader() { ends_with_reader_ = true; }

  // The progress of a long run: "120 of 4000 done, 12 min left".
  void set_progress(std::string progress);
  // On a terminal `progress` is called before each sleep, by the thread that sleeps.
  void update_before_sleep(std::function<std::string()> progress) { update_progress_ = std::move(progress); }

 private:
  void require_reader() const;
  void show_every_second();
  std::string line() const;
  void set_wakes_at(std::optional<SteadyInstant> when);

  const std::string what_;
  const std::optional<Duration> longest_wait_;
  const SteadyInstant began_;
  std::function<std::string()> update_progress_;
  bool ends_with_reader_ = false;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::optional<SteadyInstant> wakes_at_;  // during a sleep
  std::string progress_;
  bool stops_ = false;
  std::thread shows_;  // on a terminal
};

}  // namespace purser::cli
