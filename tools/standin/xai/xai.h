// xAI's web API, with a bill.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "standin/switches.h"
#include "standin/wire/http.h"

namespace standin {

void declare_xai(Switches& switches);

class Xai {
 public:
  Xai(std::string key, Now now, Switches& switches);

  Response respond(const Request& request);

  nlohmann::json state();
  void reset();

 private:
  struct Counts {
    std::int64_t requests = 0, calls = 0, billed = 0, tokens = 0, cost_ticks = 0;
    std::int64_t redirects_followed = 0, redirects_with_key = 0;
  };
  struct Question;
  struct Usage;

  Response respond_without_fault(const Request& request);
  Response complete(const Request& request);
  Response completion(const Question& question, const std::string& how);
  Response api_key() const;
  Response models();
  Response redirected(const Request& request);
  std::optional<Response> find_key_error(const Request& request) const;
  Usage bill(const Question& question);
  void add_headers(Response& response);
  bool is_model(const std::string& name) const;

  const std::string key_;
  const Now now_;
  Switches& switches_;
  std::mutex mutex_;
  Counts counts_;
  std::map<std::string, std::int64_t> billed_by_prompt_;
  std::shared_ptr<void> in_flight_;  // use_count() - 1 is the number of unanswered calls
};

}  // namespace standin
