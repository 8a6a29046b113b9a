// The command line of the stand-in.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "standin/amazon/lwa.h"
#include "standin/keepa/keepa.h"
#include "standin/switches.h"

namespace standin {

struct Options {
  int keepa_port = 0, xai_port = 0, lwa_port = 0, spapi_port = 0, sandbox_port = 0;
  int control_port = 0, clock_port = 0;
  KeepaAccount keepa;
  std::string xai_key;
  AmazonSeller seller;
  std::vector<std::pair<std::string, std::string>> switches;
  std::optional<int> stepped_workers;  // nullopt: real time
  std::optional<std::int64_t> start_ms;
  std::int64_t least_real_hour_ms = 0;
  bool json = false;
};

class BadUsage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// nullopt: help was asked for and printed. `switches` are those that --help lists.
std::optional<Options> parse_options(int argc, const char* const* argv, const Switches& switches);

}  // namespace standin
