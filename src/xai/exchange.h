// A request to xAI with the repeats that are safe, and what became of them.
#pragma once

#include <optional>
#include <string>

#include "http/transport.h"
#include "store/connection.h"
#include "xai/client.h"

namespace purser::xai {

struct Exchange {
  std::optional<http::Failure> failure;  // the last try had no answer
  Reading reading;                       // of the last try, where it had one
  std::string message;                   // what happened and what to do
  bool never_sent = true;                // no try left this machine

  bool answered() const { return !failure && reading.kind == Kind::answered; }
};

// Repeats a rate limit, a 5xx and what was never sent, with back-off, while the deadline and `tries` allow.
// What was sent and not answered may have been billed, so it is not repeated. `told` is true to what happened
// also where this throws.
void exchange(http::Transport& transport, store::Connection& connection, const ServiceOptions& options,
              const http::Request& request, Exchange& told);

// Of an exchange that brought nothing.
JudgeFailure failure_of(const Exchange& told);
ErrorCode error_of(const Exchange& told);

}  // namespace purser::xai
