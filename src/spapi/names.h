// The names under which regions, states and environments are stored: part of the file's format.
#pragma once

#include <string_view>

#include "purser/spapi.h"

namespace purser::spapi {

// Each throws corrupt for a name that this library did not write.
Region region_of(std::string_view name);
State state_of(std::string_view name);
Environment environment_of(std::string_view name);

}  // namespace purser::spapi
