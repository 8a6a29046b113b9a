// Login with Amazon: access tokens for a refresh token.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>

#include "standin/amazon/access_tokens.h"
#include "standin/switches.h"
#include "standin/wire/http.h"

namespace standin {

void declare_lwa(Switches& switches);

// A seller who has authorised an application.
struct AmazonSeller {
  std::string seller_id, client_id, client_secret, refresh_token;
};

class Lwa {
 public:
  Lwa(const AmazonSeller& seller, Now now, Switches& switches, AccessTokens& tokens);

  Response respond(const Request& request);

  nlohmann::json state();
  void reset();

 private:
  struct Counts {
    std::int64_t requests = 0, exchanges = 0, refused = 0;
    std::int64_t redirects_followed = 0, redirects_with_secret = 0;
  };
  using Parameters = std::map<std::string, std::string>;

  Response respond_without_fault(const Request& request);
  Response exchange(const Parameters& given);
  Response access_token(const std::string& refresh_token, const std::string& how);
  Response redirected(const Request& request);
  std::optional<Response> find_error(const Parameters& given) const;

  const std::string client_id_, client_secret_;
  const Now now_;
  Switches& switches_;
  AccessTokens& tokens_;
  std::mutex mutex_;
  std::set<std::string> refresh_tokens_;  // an old one stays valid when a new one is issued
  Counts counts_;
  std::shared_ptr<void> in_flight_;  // use_count() - 1 is the number of unanswered requests
};

}  // namespace standin
