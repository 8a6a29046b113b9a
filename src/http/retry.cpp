#include "http/retry.h"

#include <date/date.h>
#include <sys/random.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <sstream>

namespace purser::http {
namespace {

constexpr int kJitterParts = 1000;

Duration clamped(std::int64_t seconds, Duration most) {
  std::int64_t bound = std::chrono::duration_cast<std::chrono::seconds>(most).count();
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, bound));
}

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return INT64_MAX;
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// RFC 9110, 5.6.7: the form that every sender must use. The two obsolete forms are not read.
std::optional<Instant> http_date(const std::string& text) {
  std::istringstream stream(text);
  date::sys_seconds at;
  stream >> date::parse("%a, %d %b %Y %T GMT", at);
  return stream.fail() ? std::nullopt : std::optional<Instant>(at);
}

}  // namespace

Duration backoff_before(int next, const Backoff& backoff, int jitter) {
  Duration longest = backoff.first;
  for (int i = 2; i < next && longest < backoff.most; ++i) longest *= 2;
  longest = std::min(longest, backoff.most);
  return longest / 2 + longest / 2 * jitter / kJitterParts;
}

std::optional<Duration> retry_after_of(const Response& response, Instant now, Duration most) {
  if (!response.retry_after) return std::nullopt;
  if (auto seconds = whole_number(*response.retry_after)) return clamped(*seconds, most);
  auto until = http_date(*response.retry_after);
  if (!until) return std::nullopt;
  Instant from = response.date ? http_date(*response.date).value_or(now) : now;
  return clamped(std::chrono::duration_cast<std::chrono::seconds>(*until - from).count(), most);
}

bool is_passing(int status) { return status == 408 || status == 409 || status == 425 || status >= 500; }

int random_jitter() {
  std::uint32_t random = 0;
  if (getrandom(&random, sizeof random, 0) != static_cast<ssize_t>(sizeof random)) return kJitterParts / 2;
  return static_cast<int>(random % kJitterParts);
}

std::optional<Duration> Repeats::next_pause(Duration asked_for) {
  if (number_ >= backoff_.tries) return std::nullopt;
  Duration pause = std::max(backoff_before(number_ + 1, backoff_, random_jitter()), asked_for);
  // Adds the pause to now and subtracts nothing from the deadline, which may be SteadyInstant::max().
  if (clock_.steady_now() + pause >= deadline_) return std::nullopt;
  ++number_;
  return pause;
}

bool Repeats::wait(Duration asked_for) {
  auto pause = next_pause(asked_for);
  if (pause) clock_.sleep_until(clock_.steady_now() + *pause);
  return pause.has_value();
}

}  // namespace purser::http
