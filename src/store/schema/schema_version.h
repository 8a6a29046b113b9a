// The number that says which schema a file has, against the one that this library reads and writes: all that
// a worker knows of the migrations, which are part of purser::maintenance.
#pragma once

#include <string_view>

namespace purser::store {

// The number of the last migration; the build compares it with migrations/.
constexpr int newest_version() { return 8; }

// Throws schema_newer, with what to do. `file`: as the message is to name it.
void require_not_newer(std::string_view file, int stored, int newest = newest_version());

}  // namespace purser::store
