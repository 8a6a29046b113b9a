// A cell is one thing that is measured, in one row of the table; a series is what was measured of it.
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
  std::string durability;  // "durable", "normal"; empty if it makes no difference
  int processes = 1;
  std::string load = "saturated";  // or "paced", "beside a writer"
  int rows = 0;                    // of the cache

  auto operator<=>(const Key&) const = default;
};

struct Cell {
  Key key;
  Job job;
  std::shared_ptr<Server> server = {};  // that the clients call, if any
};

// The result of one repetition of a cell.
struct Sample {
  double ops_per_second = 0;
  double p50_us = 0, p99_us = 0, p999_us = 0, max_us = 0;
  double least = 0, most = 0;  // operations of the least and the most served process
  double cpu_us = 0;           // per operation
  double busy = 0;
  double companion_rate = 0;

  double least_over_most() const { return most > 0 ? least / most : 0; }
};

struct Series {
  std::vector<Sample> samples;  // one per repetition, in order
  Histogram latencies;          // of all repetitions
};

using Results = std::map<Key, Series>;

}  // namespace bench
