// Whether the file is whole, whatever stands in it: SQLite's own checks, and the schema's.
#pragma once

#include <vector>

#include "purser/care.h"
#include "store/schema_checks.h"
#include "store/transaction.h"

namespace purser::store {

// "integrity", "references", "history", "schema". Reads every schema that this library knows.
std::vector<Check> verify(Snapshot& view, OpsViews views = OpsViews::must_match);

}  // namespace purser::store
