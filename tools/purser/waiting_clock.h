// The machine's clock, with a line on the terminal while somebody sleeps on it. Off a terminal: silent.
#pragma once

#include <optional>

#include "purser/clock.h"

namespace purser::cli {

class WaitingClock final : public Clock {
 public:
  explicit WaitingClock(Duration longest_wait);

  Instant now() const override { return system_clock().now(); }
  SteadyInstant steady_now() const override { return system_clock().steady_now(); }
  void sleep_until(SteadyInstant when) override;

 private:
  void show(SteadyInstant now, SteadyInstant next) const;

  Duration longest_wait_;
  bool on_terminal_;
  std::optional<SteadyInstant> began_;  // the first sleep
};

}  // namespace purser::cli
