// One request to Amazon with everything that belongs to it: a token, a place in the usage plan that all
// processes share, and the repeats that are safe.
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

// How often, in all.
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
  // All must outlive it.
  RequestRunner(store::Connection& connection, const ServiceOptions& options, Tokens& tokens,
                http::Transport& transport)
      : connection_(connection), options_(options), tokens_(tokens), transport_(transport) {}

  // Throws where no token can be had, as Service::token.
  RequestResult run(const Operation& operation, const RetryLimits& tries);

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
  // A token that was refused although it was taken anew: one more exchange would not help.
  std::string refused_for_good_;
  bool has_logged_wait_ = false;
};

}  // namespace purser::spapi
