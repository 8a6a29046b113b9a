#include "xai/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/replace_all.h"
#include "http/retry.h"
#include "xai/policy.h"
#include "xai/refusal.h"

namespace purser::xai {
namespace {

// A request is not repeated in the last tenth of the deadline.
constexpr int kLeastShare = 10;

std::string message_for(const http::Failure& failure) {
  if (failure.fate == http::Fate::never_sent) return failure.message + ": nothing was sent, ask again later";
  return failure.message + ": it may have been answered and billed, so it is not repeated";
}

bool may_be_repeated(const CallResult& result) {
  if (result.failure) return result.failure->fate == http::Fate::never_sent;
  if (result.response.kind == ResponseKind::rate_limited)
    return result.retry_after.value_or(Duration{0}) <= kLongestOwnWait;
  return result.response.kind == ResponseKind::in_between || result.response.kind == ResponseKind::failed;
}

// An answer may echo the key, which is never printed or stored.
std::string without(std::string text, const std::string& key) {
  if (!key.empty()) replace_all(text, key, "…");
  return text;
}

void record(const http::Response& response, const ServiceOptions& options, Instant now, CallResult& result) {
  result.failure.reset();
  result.response = parse_response(response.status, response.body);
  result.at_no_cost = result.at_no_cost && is_refused_unbilled(result.response.kind);
  result.response.model = without(std::move(result.response.model), options.api_key);
  result.message =
      without(message_for(result.response, response, options.model, result.max_tokens), options.api_key);
  result.retry_after = http::retry_after_of(response, now, kLongestPause);
}

void record(const http::Failure& failure, CallResult& result) {
  result.failure = failure;
  result.at_no_cost = result.at_no_cost && failure.fate == http::Fate::never_sent;
  result.response = {};
  result.message = message_for(failure);
  result.retry_after.reset();
}

JudgeFailure failure_of(const http::Failure& failure) {
  if (failure.fate == http::Fate::never_sent) return JudgeFailure::unreachable;
  bool was_answered = failure.cause == http::Cause::too_large || failure.cause == http::Cause::garbled;
  return was_answered ? JudgeFailure::unparsable : JudgeFailure::timeout;
}

JudgeFailure failure_of(ResponseKind kind) {
  switch (kind) {
    case ResponseKind::no_credits: return JudgeFailure::no_credits;
    case ResponseKind::wrong_key: return JudgeFailure::wrong_key;
    case ResponseKind::no_permission: return JudgeFailure::no_permission;
    case ResponseKind::unknown_model: return JudgeFailure::unknown_model;
    case ResponseKind::refused_content: return JudgeFailure::refused_content;
    case ResponseKind::rate_limited: return JudgeFailure::rate_limited;
    case ResponseKind::wrong_path:
    case ResponseKind::rejected: return JudgeFailure::rejected;
    case ResponseKind::redirected:
    case ResponseKind::in_between:
    case ResponseKind::failed: return JudgeFailure::unreachable;
    case ResponseKind::answered:
    case ResponseKind::unparsable: return JudgeFailure::unparsable;
  }
  return JudgeFailure::unparsable;
}

}  // namespace

void call_xai(http::Transport& transport, store::Connection& connection, const ServiceOptions& options,
              const http::Request& request, CallResult& result, const std::function<bool()>& may_go_on) {
  Clock& clock = connection.clock();
  const http::Backoff backoff{.tries = options.tries};
  const SteadyInstant deadline = clock.steady_now() + options.deadline;
  // A repeat without time for its answer would be billed and lost.
  http::Repeats repeats(clock, backoff, deadline - options.deadline / kLeastShare);
  for (;;) {
    auto left = std::chrono::floor<Duration>(deadline - clock.steady_now());
    auto sent =
        transport.send(request, {.connect = options.connect_deadline, .total = std::max(left, Duration{1})});
    if (const auto* response = std::get_if<http::Response>(&sent)) {
      record(*response, options, clock.now(), result);
    } else {
      record(std::get<http::Failure>(sent), result);
    }
    if (!may_be_repeated(result)) return;
    auto pause = repeats.next_pause(result.retry_after.value_or(Duration{0}));
    if (!pause) return;
    connection.log(LogLevel::info, fmt::format("{}; request {} of {} in {} ms", result.message,
                                               repeats.number(), backoff.tries, pause->count()));
    clock.sleep_until(clock.steady_now() + *pause);
    if (!may_go_on()) return;
  }
}

JudgeFailure failure_of(const CallResult& result) {
  return result.failure ? failure_of(*result.failure) : failure_of(result.response.kind);
}

ErrorCode error_of(const CallResult& result) {
  if (result.failure) {
    return result.failure->fate == http::Fate::never_sent ? ErrorCode::unreachable : ErrorCode::no_answer;
  }
  switch (result.response.kind) {
    case ResponseKind::no_credits: return ErrorCode::no_credits;
    case ResponseKind::wrong_key:
    case ResponseKind::no_permission: return ErrorCode::credentials_refused;
    case ResponseKind::unknown_model: return ErrorCode::unknown_model;
    case ResponseKind::rate_limited: return ErrorCode::rate_limited;
    case ResponseKind::refused_content: return ErrorCode::refused_content;
    case ResponseKind::wrong_path:
    case ResponseKind::rejected:
    case ResponseKind::redirected: return ErrorCode::request_refused;
    default: return ErrorCode::service_failed;
  }
}

}  // namespace purser::xai
