#include "spapi/asking.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "http/retry.h"

namespace purser::spapi {
namespace {

constexpr Duration kLongestRequest = std::chrono::seconds(30);
constexpr http::Backoff kBackoff{3, std::chrono::seconds(1), std::chrono::seconds(10)};
constexpr Duration kShortestPause = std::chrono::seconds(1), kLongestPause = std::chrono::seconds(60);
constexpr Duration kLongWait = std::chrono::seconds(10);  // somebody may think that nothing happens
// A token may expire while its holder waits for a slot; one that lives shorter than that is used as it is.
constexpr int kLooksAtToken = 2;

// After the 429 of that number. A plan that refills more slowly than that needs its own time.
Duration pause_after(int throttled, const UsagePlan& plan, const Reading& reading) {
  Duration pause = std::min(kShortestPause * (1 << std::min(throttled - 1, 6)), kLongestPause);
  return std::max({pause, plan.interval, reading.pause.value_or(Duration{0})});
}

}  // namespace

Asked Asking::ask(const Operation& operation, const Tries& tries) {
  std::string rejected;  // a token to be exchanged for another, which is done once
  Reading refused;       // what was said of it
  bool has_exchanged = false;
  for (int failures = 0, throttled = 0;;) {
    Granted granted = await_turn(operation.plan, rejected);
    const std::string token_id = granted.token.token_id;
    bool is_same = token_id == rejected;  // too young to be the cause: nothing is asked with it again
    Reading reading = is_same ? std::exchange(refused, {}) : send(operation, granted);
    rejected.clear();
    if (!is_same && reading.interval)
      follow(connection_, granted.subject.name, operation.plan, *reading.interval);
    if (reading.may_be_of_the_token && !has_exchanged && token_id != refused_for_good_) {
      has_exchanged = true;
      rejected = token_id;
      refused = std::move(reading);
      continue;
    }
    if (reading.may_be_of_the_token && !is_same) refused_for_good_ = token_id;
    if (reading.meaning == Meaning::throttled) {
      ++throttled;
      push_back(connection_, granted.subject.name, operation.plan,
                pause_after(throttled, operation.plan, reading));
      if (throttled >= tries.throttled) return {std::move(reading), std::move(granted)};
    } else if (passes(reading.meaning) && ++failures < tries.failures) {
      Duration pause = http::backoff_before(failures + 1, kBackoff, http::random_jitter());
      wait(std::max(pause, reading.pause.value_or(Duration{0})));
    } else {
      return {std::move(reading), std::move(granted)};
    }
  }
}

// The token first: whoever waited for one after he had taken his slot would go out together with all others.
Granted Asking::await_turn(const UsagePlan& plan, const std::string& rejected) {
  for (int looks = 1;; ++looks) {
    Granted granted = tokens_.obtain(rejected);
    if (granted.token.token_id == rejected) return granted;  // too young to be the cause: nothing is sent
    await_slot(granted.subject.name, plan);
    bool lasts = freshness_of(granted.token, clock().now()) != Freshness::expired;
    if (lasts || looks == kLooksAtToken) return granted;
  }
}

// Once: who sees nothing happen is told that it is Amazon's pace.
void Asking::tell_wait(Instant slot) {
  if (slot - clock().now() < kLongWait || std::exchange(has_told_wait_, true)) return;
  connection_.log(
      LogLevel::info,
      fmt::format("at Amazon's pace, or after its 429, the next request goes out at {}", rfc3339(slot)));
}

void Asking::await_slot(const std::string& subject, const UsagePlan& plan) {
  do {
    Instant slot = take_slot(connection_, subject, plan);
    tell_wait(slot);
    wait(slot - clock().now());
  } while (is_paused(connection_, subject, plan));
}

Reading Asking::send(const Operation& operation, const Granted& granted) {
  Duration deadline = std::min(options_.deadline, kLongestRequest);
  auto result =
      transport_.send(operation.request(granted), {.connect = options_.connect_deadline, .total = deadline});
  Reading reading = read_answer(result, clock().now());
  bool is_none = reading.meaning == Meaning::answered && !operation.is_answer(reading.body);
  return is_none ? without_answer(std::move(reading)) : reading;
}

}  // namespace purser::spapi
