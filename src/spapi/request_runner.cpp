#include "spapi/request_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "http/retry.h"

namespace purser::spapi {
namespace {

constexpr Duration kLongestRequest = std::chrono::seconds(30);
constexpr http::Backoff kBackoff{3, std::chrono::seconds(1), std::chrono::seconds(10)};
constexpr Duration kShortestPause = std::chrono::seconds(1), kLongestPause = std::chrono::seconds(60);
// A longer wait for a slot is logged, or a user may think that nothing happens.
constexpr Duration kLongWait = std::chrono::seconds(10);
// A token may expire during the wait for a slot. One that expires so a second time is used as it is.
constexpr int kLooksAtToken = 2;

// The pause after the 429 of that number, but never shorter than the plan's interval.
Duration pause_after(int throttled, const UsagePlan& plan, const ParsedAnswer& parsed) {
  Duration pause = std::min(kShortestPause * (1 << std::min(throttled - 1, 6)), kLongestPause);
  return std::max({pause, plan.interval, parsed.retry_after.value_or(Duration{0})});
}

}  // namespace

RequestResult RequestRunner::run(const Operation& operation, const RetryLimits& limits) {
  std::string rejected;  // the id of a token to be replaced; at most once
  ParsedAnswer refused;  // the answer that refused it
  bool has_exchanged = false;
  http::Backoff backoff = kBackoff;
  backoff.tries = limits.failures;
  http::Repeats repeats(clock(), backoff);
  for (int throttled = 0;;) {
    TokenGrant grant = await_token_and_slot(operation.plan, rejected);
    const std::string token_id = grant.token.token_id;
    bool is_same = token_id == rejected;  // too young to be the cause: sends nothing with it again
    ParsedAnswer parsed = is_same ? std::exchange(refused, {}) : send(operation, grant);
    rejected.clear();
    if (!is_same && parsed.interval)
      store_interval(connection_, grant.subject.name, operation.plan, *parsed.interval);
    if (parsed.may_be_the_token && !has_exchanged && token_id != refused_for_good_) {
      has_exchanged = true;
      rejected = token_id;
      refused = std::move(parsed);
      continue;
    }
    if (parsed.may_be_the_token && !is_same) refused_for_good_ = token_id;
    if (parsed.meaning == Meaning::throttled) {
      ++throttled;
      pause_operation(connection_, grant.subject.name, operation.plan,
                      pause_after(throttled, operation.plan, parsed));
      if (throttled >= limits.throttled) return {std::move(parsed), std::move(grant)};
    } else if (!is_transient(parsed.meaning) || !repeats.wait(parsed.retry_after.value_or(Duration{0}))) {
      return {std::move(parsed), std::move(grant)};
    }
  }
}

// The token comes before the slot: requests that waited for a token with slots in hand would all be sent at
// once.
TokenGrant RequestRunner::await_token_and_slot(const UsagePlan& plan, const std::string& rejected) {
  for (int looks = 1;; ++looks) {
    TokenGrant grant = tokens_.obtain(rejected);
    if (grant.token.token_id == rejected) return grant;  // too young to be the cause: no slot is needed
    await_slot(grant.subject.name, plan);
    bool lasts = freshness_of(grant.token, clock().now()) != Freshness::expired;
    if (lasts || looks == kLooksAtToken) return grant;
  }
}

// Says once why nothing seems to happen.
void RequestRunner::log_wait(Instant slot) {
  if (slot - clock().now() < kLongWait || std::exchange(has_logged_wait_, true)) return;
  connection_.log(
      LogLevel::info,
      fmt::format("at Amazon's pace, or after its 429, the next request goes out at {}", rfc3339(slot)));
}

void RequestRunner::await_slot(const std::string& subject, const UsagePlan& plan) {
  do {
    Instant slot = take_slot(connection_, subject, plan);
    log_wait(slot);
    wait(slot - clock().now());
  } while (is_paused(connection_, subject, plan));
}

ParsedAnswer RequestRunner::send(const Operation& operation, const TokenGrant& grant) {
  Duration deadline = std::min(options_.deadline, kLongestRequest);
  auto result =
      transport_.send(operation.request(grant), {.connect = options_.connect_deadline, .total = deadline});
  ParsedAnswer parsed = read_answer(result, clock().now());
  bool is_none = parsed.meaning == Meaning::answered && !operation.is_answer(parsed.body);
  return is_none ? as_unexpected(std::move(parsed)) : parsed;
}

}  // namespace purser::spapi
