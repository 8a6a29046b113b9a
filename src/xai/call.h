// A call to xAI: one request with the repeats that are safe, and what became of it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "http/transport.h"
#include "store/connection.h"
#include "xai/client.h"

namespace purser::xai {

struct CallResult {
  std::optional<int> max_tokens;         // that the request asks for, if any
  std::optional<http::Failure> failure;  // the last try had no answer
  ParsedResponse response;               // of the last try, where it had an answer
  std::string message;                   // what happened and what to do
  std::optional<Duration> retry_after;   // that the last answer asks for, up to kLongestPause
  bool at_no_cost = true;                // every try was never sent, or refused before any work

  bool is(ResponseKind kind) const { return !failure && response.kind == kind; }
  bool is_answered() const { return is(ResponseKind::answered); }
  bool has_timed_out() const { return failure && failure->cause == http::Cause::timed_out; }
};

// Repeats with back-off: a rate limit of at most kLongestOwnWait, a passing fault, and what was never sent;
// while the deadline and `tries` allow it, and `may_go_on` does: another worker may have found out meanwhile
// that xAI is not to be asked. A request that was sent and not answered may have been billed, so it is not
// repeated. `result` says what happened also where this throws.
void call_xai(http::Transport& transport, store::Connection& connection, const ServiceOptions& options,
              const http::Request& request, CallResult& result, const std::function<bool()>& may_go_on);

// REQUIRES: the call brought nothing that can be used.
JudgeFailure failure_of(const CallResult& result);
ErrorCode error_of(const CallResult& result);

}  // namespace purser::xai
