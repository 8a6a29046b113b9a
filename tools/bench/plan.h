// The plan of one run: makes its databases, starts its servers, and lists the cells that take turns.
#pragma once

#include <vector>

#include "bench/measure/cell.h"
#include "bench/measure/measured.h"
#include "bench/measure/progress.h"
#include "bench/measure/scratch.h"
#include "bench/options.h"

namespace bench {

// Notes in `measured.skipped` what cannot be measured on this machine.
std::vector<Cell> plan(const Options& options, const Scratch& scratch, Measured& measured,
                       Progress& progress);

}  // namespace bench
