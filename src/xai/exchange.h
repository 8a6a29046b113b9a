// A request to xAI with the repeats that are safe, and what became of them.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "http/transport.h"
#include "store/connection.h"
#include "xai/client.h"

namespace purser::xai {

struct Exchange {
  std::optional<int> max_tokens;         // that the request asks for, if any
  std::optional<http::Failure> failure;  // the last try had no answer
  Reading reading;                       // of the last try, where it had one
  std::string message;                   // what happened and what to do
  std::optional<Duration> retry_after;   // that the last try's answer asks for, up to kLongestPause
  bool at_no_cost = true;                // each try was never sent, or was refused at the door

  bool answered() const { return !failure && reading.kind == Kind::answered; }
  bool is_late() const { return failure && failure->cause == http::Cause::timed_out; }
  bool is(Kind kind) const { return !failure && reading.kind == kind; }
};

// Repeats a rate limit of at most 5 s, what passes by itself and what was never sent, with back-off, while
// the deadline and `tries` allow, and `may_go_on` does: another worker may have found out meanwhile that xAI
// is not to be asked. What was sent and not answered may have been billed, so it is not repeated. `told` is
// true to what happened also where this throws.
void exchange(http::Transport& transport, store::Connection& connection, const ServiceOptions& options,
              const http::Request& request, Exchange& told, const std::function<bool()>& may_go_on);

// Of an exchange that brought nothing.
JudgeFailure failure_of(const Exchange& told);
ErrorCode error_of(const Exchange& told);

}  // namespace purser::xai
