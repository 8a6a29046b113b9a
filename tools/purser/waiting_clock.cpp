#include "waiting_clock.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "human.h"
#include "talk.h"

namespace purser::cli {
namespace {

constexpr char kClearLine[] = "\r\x1b[K";

Duration whole_ms(SteadyInstant::duration duration) { return std::chrono::duration_cast<Duration>(duration); }

}  // namespace

WaitingClock::WaitingClock(Duration longest_wait)
    : longest_wait_(longest_wait), on_terminal_(isatty(STDERR_FILENO) == 1) {}

void WaitingClock::sleep_until(SteadyInstant when) {
  if (!on_terminal_) return system_clock().sleep_until(when);
  if (!began_) began_ = steady_now();
  for (SteadyInstant now = steady_now(); now < when; now = steady_now()) {
    show(now, when);
    system_clock().sleep_until(std::min(when, now + std::chrono::seconds(1)));
  }
  talk_raw(kClearLine);
}

void WaitingClock::show(SteadyInstant now, SteadyInstant next) const {
  talk_raw(fmt::format("{}waiting for tokens: {} of at most {}; asks again in {}", kClearLine,
                       human(whole_ms(now - *began_)), human(longest_wait_), human(whole_ms(next - now))));
}

}  // namespace purser::cli
