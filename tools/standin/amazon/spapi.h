// SP-API of one region, for one application and one seller: its production host, or its sandbox. The sandbox
// checks what production checks, except roles and regions, and gives every caller the same answers.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>

#include "standin/amazon/access_tokens.h"
#include "standin/amazon/spapi_errors.h"
#include "standin/amazon/usage_plan.h"
#include "standin/switches.h"
#include "standin/wire/http.h"

namespace standin {

enum class SpapiHost { production, sandbox };

void declare_spapi(Switches& switches);  // those of both hosts

class Spapi {
 public:
  Spapi(SpapiHost host, std::string seller_id, Now now, Switches& switches, AccessTokens& tokens);

  Response respond(const Request& request);

  nlohmann::json state();
  void reset();

 private:
  struct Counts {
    std::int64_t requests = 0, answered = 0;
    std::int64_t throttled = 0;  // 429s by the usage plan
    std::int64_t forbidden = 0;  // 403, and 401
    std::int64_t most_in_one_second = 0;
    std::int64_t redirects_followed = 0, redirects_with_token = 0;
  };
  struct Operation {
    UsagePlan plan;
    std::string rate;  // the value of the header x-amzn-RateLimit-Limit
    Response (Spapi::*respond)(const Request& request);
  };

  Response respond_without_fault(const Request& request);
  Response run_operation(const Request& request);
  Response restrictions(const Request& request);
  Response participations(const Request& request);
  Response redirected(const Request& request);

  std::optional<SpapiError> find_client_error(const Request& request) const;
  std::optional<SpapiError> find_token_error(const std::string& token) const;
  std::optional<SpapiError> find_role_error(const std::string& path) const;
  std::optional<SpapiError> find_parameter_error(const Request& request) const;
  Response refuse(const SpapiError& error);
  void note_request(const Request& request);
  void note_response(const Response& response);
  bool is_sandbox() const { return host_ == SpapiHost::sandbox; }

  const SpapiHost host_;
  const std::string name_;  // the prefix of its switches: "spapi" or "sandbox"
  const std::string seller_id_;
  const Now now_;
  Switches& switches_;
  AccessTokens& tokens_;
  std::mutex mutex_;
  std::map<std::string, Operation> operations_;  // by path
  Counts counts_;
  std::deque<std::int64_t> last_second_;  // the times of the requests in the last second
  std::set<std::string> tokens_seen_, asins_;
  std::shared_ptr<void> in_flight_;  // use_count() - 1 is the number of unanswered requests
};

}  // namespace standin
