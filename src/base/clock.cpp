#include "purser/clock.h"

#include <date/date.h>

#include <thread>

namespace purser {
namespace {

class SystemClock final : public Clock {
 public:
  Instant now() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  SteadyInstant steady_now() const override { return std::chrono::steady_clock::now(); }
  void sleep_until(SteadyInstant when) override { std::this_thread::sleep_until(when); }
};

// date.h's calendar ends with the year 32767; RFC 3339 gives a year four digits.
constexpr Instant kFirstYear = date::sys_days{date::year{0} / 1 / 1};
constexpr Instant kAfterLastYear = date::sys_days{date::year{10000} / 1 / 1};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

std::string rfc3339(Instant at) {
  if (at < kFirstYear || at >= kAfterLastYear) return std::to_string(at.time_since_epoch().count());
  return date::format("%FT%TZ", at);
}

}  // namespace purser
