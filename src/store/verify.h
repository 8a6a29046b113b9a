// Whether the file is whole, whatever stands in it: SQLite's own checks.
#pragma once

#include <vector>

#include "purser/care.h"
#include "store/transaction.h"

namespace purser::store {

// "integrity" and "references".
std::vector<Check> verify(Snapshot& view);

}  // namespace purser::store
