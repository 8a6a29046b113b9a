// What one run measures: its databases and servers are made, and everything that takes turns is listed.
#pragma once

#include <vector>

#include "bench/cell.h"
#include "bench/measured.h"
#include "bench/options.h"
#include "bench/progress.h"
#include "bench/scratch.h"

namespace bench {

// What cannot be measured here is noted in `measured`.
std::vector<Cell> plan(const Options& options, const Scratch& scratch, Measured& measured,
                       Progress& progress);

}  // namespace bench
