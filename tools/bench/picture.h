// What was measured of grants, as one picture: throughput, the tail and fairness over the number of
// processes.
#pragma once

#include <filesystem>

#include "bench/machine.h"
#include "bench/measured.h"

namespace bench {

// An SVG file. Throws where it cannot be written, or where no grants were measured.
void draw(const std::filesystem::path& file, const Machine& machine, const Measured& measured);

}  // namespace bench
