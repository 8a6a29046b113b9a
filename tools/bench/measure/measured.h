// All that one run found out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/measure/cell.h"

namespace bench {

// Grants that were answered, against the rows of the ledger.
struct LostUpdates {
  std::int64_t answered = 0;  // to all processes
  std::int64_t missing = 0;   // answered, and no row of the ledger has it
  std::int64_t surplus = 0;   // rows that nobody was told of: at most the one of a killed process
  bool sums_match = false;    // the sum of the rows is the balance, and of the open reservations what is held
};

// The same statements as a whole process: started, done, ended.
struct WholeProcess {
  std::vector<double> purser_us, sqlite3_us;  // in pairs
};

struct Measured {
  bool quick = false;
  Results results;
  std::optional<LostUpdates> lost, lost_with_a_kill;
  std::optional<WholeProcess> durable_process, normal_process;
  std::optional<double> json_rewrite_us;
  std::map<std::int64_t, std::vector<double>> growth;  // rows of the ledger: the p50 of a grant, a repetition
  std::map<std::string, std::string> skipped;          // what, and why
};

}  // namespace bench
