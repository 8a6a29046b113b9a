// What a request to Keepa costs, and the payload of its answer: a little data of the right shape.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "standin/wire/http.h"

namespace standin {

struct Priced {
  int status = 200;       // any other: the status with which Keepa refuses
  std::int64_t cost = 0;  // in tokens
};

// By Keepa's published prices. REQUIRES: `path` has no trailing slash.
Priced priced(const std::string& path, const Request& request);

// Adds the fields that come beside the envelope.
void add_payload(nlohmann::json& body, const std::string& path, const Request& request);

}  // namespace standin
