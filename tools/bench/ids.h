// What every contender needs for a grant: the time, and an id for it.
#pragma once

#include <cstdint>
#include <string>

namespace bench {

std::int64_t now_ms();
std::string make_id(std::int64_t at_ms);  // as the library's: the time, then random bytes

}  // namespace bench
