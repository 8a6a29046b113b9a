// How things that were measured are called and written.
#pragma once

#include <string>

#include "bench/cell.h"

namespace bench {

std::string name_of(const Key& key);       // "grant, library, durable, 8 processes, saturated"
std::string rows_text(int rows);           // "10 thousand"
std::string time_text(double us);          // "151 us", "4.60 ms", "1.03 s"
std::string rate_text(double per_second);  // "13,106"

}  // namespace bench
