// SP-API of one region, for one application and one seller: its production host, or its sandbox. The sandbox
// checks as production does, but for roles and regions, and answers everybody the same.
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

void declare_spapi(Switches& switches);  // both hosts'

class Spapi {
 public:
  Spapi(SpapiHost host, std::string seller_id, Now now, Switches& switches, AccessTokens& tokens);

  Answer answer(const Request& request);

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
    std::string rate;  // as the header tells it
    Answer (Spapi::*act)(const Request& request);
  };

  Answer answer_as_if_well(const Request& request);
  Answer operate(const Request& request);
  Answer restrictions(const Request& request);
  Answer participations(const Request& request);
  Answer redirected(const Request& request);

  std::optional<SpapiError> refused_client(const Request& request) const;
  std::optional<SpapiError> refused_token(const std::string& token) const;
  std::optional<SpapiError> refused_role(const std::string& path) const;
  std::optional<SpapiError> refused_question(const Request& request) const;
  Answer refuse(const SpapiError& error);
  void note_request(const Request& request);
  void note_answer(const Answer& answer);
  bool is_sandbox() const { return host_ == SpapiHost::sandbox; }

  const SpapiHost host_;
  const std::string name_;  // before its switches' names: "spapi", "sandbox"
  const std::string seller_id_;
  const Now now_;
  Switches& switches_;
  AccessTokens& tokens_;
  std::mutex mutex_;
  std::map<std::string, Operation> operations_;  // by path
  Counts counts_;
  std::deque<std::int64_t> last_second_;  // the instants of the requests in it
  std::set<std::string> tokens_seen_, asins_;
  std::shared_ptr<void> in_flight_;  // its use count less one is the number of requests without an answer
};

}  // namespace standin
