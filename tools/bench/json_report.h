// Everything that was measured, for programs.
#pragma once

#include <string>
#include <vector>

#include "bench/goals.h"
#include "bench/machine.h"
#include "bench/measured.h"

namespace bench {

// One object: "machine", "cells" (each with its key, medians, spread and repetitions), "goals", "processes",
// "lost_updates", "growth", "skipped". Times are in microseconds.
std::string json_of(const Machine& machine, const Measured& measured, const std::vector<Goal>& goals);

}  // namespace bench
