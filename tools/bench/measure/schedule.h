// All cells, again and again, in an order that is shuffled in every repetition: machines and disks are shared
// and change while one measures, so what is to be compared is measured side by side.
#pragma once

#include <filesystem>
#include <vector>

#include "bench/measure/cell.h"
#include "bench/measure/progress.h"

namespace bench {

// `folder` is that of the databases: what one cell left unwritten is written before the next.
Results run_interleaved(const std::vector<Cell>& cells, int repetitions, const std::filesystem::path& folder,
                        Progress& progress);

}  // namespace bench
