// Runs all cells in turn, in an order that is shuffled in every repetition. Machines and disks are shared and
// change during a run, so what is to be compared must be measured side by side.
#pragma once

#include <filesystem>
#include <vector>

#include "bench/measure/cell.h"
#include "bench/measure/progress.h"

namespace bench {

// `folder` holds the databases: what one cell left unwritten there is written before the next cell runs.
Results run_interleaved(const std::vector<Cell>& cells, int repetitions, const std::filesystem::path& folder,
                        Progress& progress);

}  // namespace bench
