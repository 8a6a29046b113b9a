// One thing that is measured, and what was measured of it: a row of the table.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/measure/fleet.h"
#include "bench/measure/histogram.h"
#include "bench/measure/server.h"

namespace bench {

struct Key {
  std::string work;        // "grant", "hit", "put"
  std::string contender;   // "library", "bare", ...
  std::string durability;  // "durable", "normal"; empty where it makes no difference
  int processes = 1;
  std::string load = "saturated";  // or "paced", "beside a writer"
  int rows = 0;                    // of the cache

  auto operator<=>(const Key&) const = default;
};

struct Cell {
  Key key;
  Job job;
  std::shared_ptr<Server> server = {};  // that the clients ask
};

// What one repetition of a cell gave.
struct Sample {
  double ops_per_second = 0;
  double p50_us = 0, p99_us = 0, p999_us = 0, max_us = 0;
  double least = 0, most = 0;  // operations of the least and the most served process
  double cpu_us = 0;           // an operation
  double busy = 0;
  double companion_rate = 0;

  double least_over_most() const { return most > 0 ? least / most : 0; }
};

struct Series {
  std::vector<Sample> samples;  // one a repetition, in their order
  Histogram latencies;          // of all repetitions
};

using Results = std::map<Key, Series>;

}  // namespace bench
