// What was measured, for people.
#pragma once

#include <string>

#include "bench/machine.h"
#include "bench/measured.h"

namespace bench {

std::string table_of(const Machine& machine, const Measured& measured);

}  // namespace bench
