// Everything that one run measured.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/measure/cell.h"

namespace bench {

// Grants that were answered, compared with the rows of the ledger.
struct LostUpdates {
  std::int64_t answered = 0;  // to all processes
  std::int64_t missing = 0;   // answered, but in no row of the ledger
  std::int64_t surplus = 0;   // rows without an answer: at most the one of a killed process
  bool sums_match = false;    // the rows add up to the balance, the open reservations to what is held
};

// How long whole processes took that ran the statements of a grant.
struct WholeProcess {
  std::vector<double> purser_us, sqlite3_us;  // in pairs
};

struct Measured {
  bool quick = false;
  Results results;
  std::optional<LostUpdates> lost, lost_with_a_kill;
  std::optional<WholeProcess> durable_process, normal_process;
  std::optional<double> json_rewrite_us;
  std::map<std::int64_t, std::vector<double>> growth;  // by rows of the ledger: p50s, one per repetition
  std::map<std::string, std::string> skipped;          // why something was not measured
};

}  // namespace bench
