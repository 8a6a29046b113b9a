// Measures what a grant costs as the ledger grows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

#include "bench/measure/progress.h"

namespace bench {

// Fills ledgers with 10 thousand, 100 thousand, ... `most_rows` rows, and their ended reservations. Returns
// by rows the p50 of a grant or release in microseconds, one for each of `repetitions`; the ledgers take
// turns. Durability is normal, so that the disk hides nothing.
std::map<std::int64_t, std::vector<double>> measure_growth(const std::filesystem::path& folder,
                                                           std::int64_t most_rows, int repetitions,
                                                           double seconds, Progress& progress);

}  // namespace bench
