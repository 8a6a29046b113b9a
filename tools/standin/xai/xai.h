// xAI's web API: it answers, and it bills.
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

  Answer answer(const Request& request);

  nlohmann::json state();
  void reset();

 private:
  struct Counts {
    std::int64_t requests = 0, calls = 0, billed = 0, tokens = 0, cost_ticks = 0;
    std::int64_t redirects_followed = 0, redirects_with_key = 0;
  };
  struct Question;
  struct Usage;

  Answer answer_as_if_well(const Request& request);
  Answer complete(const Request& request);
  Answer completion(const Question& question, const std::string& how);
  Answer api_key() const;
  Answer models();
  Answer redirected(const Request& request);
  std::optional<Answer> refused_key(const Request& request) const;
  Usage bill(const Question& question);
  void add_headers(Answer& answer);
  bool is_model(const std::string& name) const;

  const std::string key_;
  const Now now_;
  Switches& switches_;
  std::mutex mutex_;
  Counts counts_;
  std::map<std::string, std::int64_t> billed_by_prompt_;
  std::shared_ptr<void> in_flight_;  // its use count less one is the number of calls without an answer
};

}  // namespace standin
