// Processes that work side by side for a while, with a common start and a common end.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "bench/measure/client.h"
#include "bench/measure/histogram.h"

namespace bench {

inline constexpr int kMostClients = 16;

using Microseconds = std::chrono::duration<double, std::micro>;

struct Job {
  OpenClient open;
  int clients = 1;
  std::chrono::duration<double> duration{1};
  // The mean time between the starts of two operations, which varies from half of it to one and a half times;
  // zero: the next operation starts at once.
  Microseconds interval{0};
  OpenClient companion = {};  // works beside the others and is not measured, if any
  Microseconds companion_interval{0};
  std::function<double()> server_cpu_us = {};  // what the server has used so far, if there is one
};

struct Outcome {
  std::vector<std::uint64_t> served;  // operations of each client within the duration
  std::uint64_t busy = 0;             // operations that ended with Busy
  double companion_rate = 0;          // operations of the companion, per second
  Histogram latencies;                // of all operations that were started, with the wait in the queue
  double cpu_us = 0;                  // of the clients and the server
};

// Forks all clients before any database is opened; each opens its own and waits for the common start. If an
// operation starts late because the one before it took long, its latency counts from when it was due, so that
// no wait is hidden. Throws if a client fails.
Outcome run_fleet(const Job& job);

}  // namespace bench
