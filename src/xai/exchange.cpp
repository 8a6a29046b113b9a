#include "xai/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/replace_all.h"
#include "http/retry.h"
#include "xai/policy.h"
#include "xai/refusal.h"

namespace purser::xai {
namespace {

constexpr int kLeastShare = 10;  // of the deadline, for one request

std::string message_for(const http::Failure& failure) {
  if (failure.fate == http::Fate::never_sent) return failure.message + ": nothing was sent, ask again later";
  return failure.message + ": it may have been answered and billed, so it is not repeated";
}

bool may_be_repeated(const Exchange& told) {
  if (told.failure) return told.failure->fate == http::Fate::never_sent;
  if (told.reading.kind == Kind::rate_limited)
    return told.retry_after.value_or(Duration{0}) <= kLongestOwnWait;
  return told.reading.kind == Kind::in_between || told.reading.kind == Kind::failed;
}

// An answer that echoes the key is no reason to print or to store it.
std::string without(std::string text, const std::string& key) {
  if (!key.empty()) replace_all(text, key, "…");
  return text;
}

void take(const http::Response& response, const ServiceOptions& options, Instant now, Exchange& told) {
  told.failure.reset();
  told.reading = classify(response.status, response.body);
  told.at_no_cost = told.at_no_cost && is_refused_at_the_door(told.reading.kind);
  told.reading.model = without(std::move(told.reading.model), options.api_key);
  told.message =
      without(message_for(told.reading, response, options.model, told.max_tokens), options.api_key);
  told.retry_after = http::retry_after_of(response, now, kLongestPause);
}

void take(const http::Failure& failure, Exchange& told) {
  told.failure = failure;
  told.at_no_cost = told.at_no_cost && failure.fate == http::Fate::never_sent;
  told.reading = {};
  told.message = message_for(failure);
  told.retry_after.reset();
}

JudgeFailure failure_of(const http::Failure& failure) {
  if (failure.fate == http::Fate::never_sent) return JudgeFailure::unreachable;
  bool came = failure.cause == http::Cause::too_large || failure.cause == http::Cause::garbled;
  return came ? JudgeFailure::unparsable : JudgeFailure::timeout;
}

JudgeFailure failure_of(Kind kind) {
  switch (kind) {
    case Kind::no_credits: return JudgeFailure::no_credits;
    case Kind::wrong_key: return JudgeFailure::wrong_key;
    case Kind::no_permission: return JudgeFailure::no_permission;
    case Kind::unknown_model: return JudgeFailure::unknown_model;
    case Kind::refused_content: return JudgeFailure::refused_content;
    case Kind::rate_limited: return JudgeFailure::rate_limited;
    case Kind::wrong_path:
    case Kind::rejected: return JudgeFailure::rejected;
    case Kind::redirected:
    case Kind::in_between:
    case Kind::failed: return JudgeFailure::unreachable;
    case Kind::answered:
    case Kind::unparsable: return JudgeFailure::unparsable;
  }
  return JudgeFailure::unparsable;
}

}  // namespace

void exchange(http::Transport& transport, store::Connection& connection, const ServiceOptions& options,
              const http::Request& request, Exchange& told, const std::function<bool()>& may_go_on) {
  Clock& clock = connection.clock();
  const http::Backoff backoff{.tries = options.tries};
  const SteadyInstant deadline = clock.steady_now() + options.deadline;
  for (int next = 2;; ++next) {
    auto left = std::chrono::floor<Duration>(deadline - clock.steady_now());
    auto result =
        transport.send(request, {.connect = options.connect_deadline, .total = std::max(left, Duration{1})});
    if (const auto* response = std::get_if<http::Response>(&result)) {
      take(*response, options, clock.now(), told);
    } else {
      take(std::get<http::Failure>(result), told);
    }
    if (!may_be_repeated(told) || next > backoff.tries) return;
    Duration pause = std::max(http::backoff_before(next, backoff, http::random_jitter()),
                              told.retry_after.value_or(Duration{0}));
    // A repeat that has no time to be answered would be billed and lost.
    if (clock.steady_now() + pause + options.deadline / kLeastShare >= deadline) return;
    connection.log(LogLevel::info, fmt::format("{}; request {} of {} in {} ms", told.message, next,
                                               backoff.tries, pause.count()));
    clock.sleep_until(clock.steady_now() + pause);
    if (!may_go_on()) return;
  }
}

JudgeFailure failure_of(const Exchange& told) {
  return told.failure ? failure_of(*told.failure) : failure_of(told.reading.kind);
}

ErrorCode error_of(const Exchange& told) {
  if (told.failure) {
    return told.failure->fate == http::Fate::never_sent ? ErrorCode::unreachable : ErrorCode::no_answer;
  }
  switch (told.reading.kind) {
    case Kind::no_credits: return ErrorCode::no_credits;
    case Kind::wrong_key:
    case Kind::no_permission: return ErrorCode::credentials_refused;
    case Kind::unknown_model: return ErrorCode::unknown_model;
    case Kind::rate_limited: return ErrorCode::rate_limited;
    case Kind::refused_content: return ErrorCode::refused_content;
    case Kind::wrong_path:
    case Kind::rejected:
    case Kind::redirected: return ErrorCode::request_refused;
    default: return ErrorCode::service_failed;
  }
}

}  // namespace purser::xai
