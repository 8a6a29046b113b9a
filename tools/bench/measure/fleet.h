// Processes that work side by side for a while: a common start, a common end, and what each of them got.
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
  // Between the beginnings of two operations, from half of it to half as much again; zero: no rest at all.
  Microseconds interval{0};
  OpenClient companion = {};  // one more, beside the others, which is not measured
  Microseconds companion_interval{0};
  std::function<double()> server_cpu_us = {};  // what a server has used until now
};

struct Outcome {
  std::vector<std::uint64_t> served;  // operations of each client within the duration
  std::uint64_t busy = 0;             // operations that ended with Busy
  double companion_rate = 0;          // operations of the companion, per second
  Histogram latencies;                // with the wait in the queue; of all that were begun
  double cpu_us = 0;                  // of the clients and the server
};

// Every client is forked before any database is opened, opens its own, and waits for the start. A latency is
// counted from when the operation was due where the one before it made it late, so that no wait is hidden.
// Throws where a client fails.
Outcome run_fleet(const Job& job);

}  // namespace bench
