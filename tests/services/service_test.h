// What the tests of the services' flows share: a clock that acts in its sleeps, and the lines that were
// logged.
#pragma once

#include <functional>
#include <string>

#include "support/scratch.h"

namespace purser::test {

// A TestClock that does something in each sleep.
class HookedClock final : public Clock {
 public:
  Instant now() const override { return clock_.now(); }
  SteadyInstant steady_now() const override { return clock_.steady_now(); }
  void sleep_until(SteadyInstant when) override {
    ++sleeps;
    clock_.sleep_until(when);
    if (auto hook = in_sleep) hook();  // a copy: it may take itself away
  }
  void jump(Duration by) { clock_.jump(by); }
  void advance(Duration by) { clock_.advance(by); }

  std::function<void()> in_sleep;
  int sleeps = 0;

 private:
  TestClock clock_;
};

class KeptLines final : public LogSink {
 public:
  void line(LogLevel, std::string_view text) override { all += std::string(text) + "\n"; }
  std::string all;
};

}  // namespace purser::test
