// Keepa's web API with one account behind it.
#pragma once

#include <cstdint>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "standin/keepa/bucket.h"
#include "standin/switches.h"
#include "standin/wire/http.h"

namespace standin {

void declare_keepa(Switches& switches);

struct KeepaAccount {
  std::string key;
  std::int64_t tokens = 300;
  std::int64_t rate = 5;
  std::int64_t refill_in_ms = 60'000;
};

class Keepa {
 public:
  Keepa(const KeepaAccount& account, Now now, Switches& switches);

  Response respond(const Request& request);

  nlohmann::json state();
  void reset();

 private:
  struct Counts {
    std::int64_t requests = 0, paid_requests = 0, token_requests = 0;
    std::int64_t refused = 0;  // 429s because the balance was not positive
    std::int64_t wrong_key = 0, redirects_followed = 0, redirects_with_key = 0;
  };

  // A fault may make the response report another time than the bucket's.
  struct Moment {
    std::int64_t actual_ms, reported_ms;
  };

  Response respond_uncompressed(const Request& request);
  Response respond_without_fault(const std::string& path, const Request& request, Moment at);
  Response do_request(const std::string& path, const Request& request, Moment at);
  Response refuse(const std::string& how, Moment at);
  Response not_enough_tokens(Moment at);
  Response wrong_key(Moment at);
  Response redirected(const Request& request, Moment at);
  bool applies_to(const std::string& path) const;
  nlohmann::json envelope(Moment at, std::int64_t consumed) const;

  const std::string key_;
  const Now now_;
  Switches& switches_;
  std::mutex mutex_;  // the bucket and the counts
  KeepaBucket bucket_;
  Counts counts_;
};

}  // namespace standin
