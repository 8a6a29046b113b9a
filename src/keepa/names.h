// The names under which reasons and endings are stored: part of the file's format, never change them.
#pragma once

#include <string_view>

#include "purser/keepa.h"

namespace purser::keepa {

// Both throw corrupt for a name that this library did not write.
Reason reason_of(std::string_view name);
Ending ending_of(std::string_view name);

}  // namespace purser::keepa
