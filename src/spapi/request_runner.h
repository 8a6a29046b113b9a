// Sends one request to Amazon with everything that belongs to it: an access token, a slot of the usage plan
// that all processes share, and the repeats that are safe.
#pragma once

#include <functional>
#include <string>

#include "spapi/client.h"
#include "spapi/pace.h"
#include "spapi/tokens.h"

namespace purser::spapi {

inline constexpr UsagePlan kRestrictionsPlan{"getListingsRestrictions", std::chrono::milliseconds(200), 10};
inline constexpr UsagePlan kParticipationsPlan{"getMarketplaceParticipations",
                                               std::chrono::milliseconds(62'500), 15};
inline constexpr UsagePlan kSandboxPlan{"sandbox", std::chrono::milliseconds(200), 15};

struct Operation {
  UsagePlan plan;
  std::function<http::Request(const TokenGrant&)> request;
  std::function<bool(const std::string& body)> is_answer;  // of a 200
};

// The most tries, the first included.
struct RetryLimits {
  int failures = 3;   // 5xx, no connection, no answer
  int throttled = 8;  // 429
};

struct RequestResult {
  ParsedAnswer answer;  // of the last try
  TokenGrant grant;     // with which it was made
};

class RequestRunner {
 public:
  // REQUIRES: all of them outlive it.
  RequestRunner(store::Connection& connection, const ServiceOptions& options, Tokens& tokens,
                http::Transport& transport)
      : connection_(connection), options_(options), tokens_(tokens), transport_(transport) {}

  // Repeats transient failures within the limits, and once with a new token what may be due to the token.
  // Throws as Service::token where there is no token to be had.
  RequestResult run(const Operation& operation, const RetryLimits& limits);

 private:
  TokenGrant await_token_and_slot(const UsagePlan& plan, const std::string& rejected);
  void await_slot(const std::string& subject, const UsagePlan& plan);
  void log_wait(Instant slot);
  ParsedAnswer send(const Operation& operation, const TokenGrant& grant);
  void wait(Duration time) { clock().sleep_until(clock().steady_now() + time); }
  Clock& clock() const { return connection_.clock(); }

  store::Connection& connection_;
  const ServiceOptions& options_;
  Tokens& tokens_;
  http::Transport& transport_;
  // The id of a token that was refused right after a refresh: another refresh would not help.
  std::string refused_for_good_;
  bool has_logged_wait_ = false;
};

}  // namespace purser::spapi
