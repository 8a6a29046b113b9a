// The one number that says which schema a file has, against those that this library knows.
#pragma once

#include <string_view>

#include "store/schema/embedded_sql.h"

namespace purser::store {

// Throws schema_newer, with what to do. `file`: as the message is to name it.
void require_not_newer(std::string_view file, int stored, int newest = newest_version());

}  // namespace purser::store
