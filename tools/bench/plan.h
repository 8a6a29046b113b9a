// What one run measures: its databases and servers are made, and everything that takes turns is listed.
#pragma once

#include <vector>

#include "bench/measure/cell.h"
#include "bench/measure/measured.h"
#include "bench/measure/progress.h"
#include "bench/measure/scratch.h"
#include "bench/options.h"

namespace bench {

// What cannot be measured here is noted in `measured`.
std::vector<Cell> plan(const Options& options, const Scratch& scratch, Measured& measured,
                       Progress& progress);

}  // namespace bench
