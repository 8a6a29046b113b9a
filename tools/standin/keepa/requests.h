// What a request to Keepa costs, and what it is answered with: a little data of the right shape.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "standin/wire/http.h"

namespace standin {

struct Priced {
  int status = 200;       // else: why Keepa does not do it
  std::int64_t cost = 0;  // in tokens
};

// `path` without a slash at its end. By Keepa's own list of prices.
Priced priced(const std::string& path, const Request& request);

// The fields beside the envelope.
void add_payload(nlohmann::json& body, const std::string& path, const Request& request);

}  // namespace standin
