// The report of everything that was measured, as a table for people and as JSON for programs.
#pragma once

#include <string>

#include "bench/measure/machine.h"
#include "bench/measure/measured.h"

namespace bench {

std::string table_of(const Machine& machine, const Measured& measured);

// One object: "machine", "quick", "cells" (each with its key, its medians and its repetitions), "ratios" (the
// library over each other contender), "lost_updates", "whole_process", "json_rewrite_us", "growth",
// "skipped". Times are in microseconds.
std::string json_of(const Machine& machine, const Measured& measured);

}  // namespace bench
