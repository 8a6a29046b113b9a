// What a grant costs as the ledger grows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

#include "bench/measure/progress.h"

namespace bench {

// Fills ledgers with 10 thousand, 100 thousand, ... `most_rows` rows and as many ended reservations as belong
// to them; the p50 of a grant and of a release, in microseconds, `repetitions` times each, in turns. Under
// normal durability, where the disk hides nothing.
std::map<std::int64_t, std::vector<double>> measure_growth(const std::filesystem::path& folder,
                                                           std::int64_t most_rows, int repetitions,
                                                           double seconds, Progress& progress);

}  // namespace bench
