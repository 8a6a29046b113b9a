// Whether the file is whole, whatever stands in it: SQLite's own checks, and the schema's.
#pragma once

#include <vector>

#include "purser/check.h"
#include "store/schema/schema_checks.h"
#include "store/transaction.h"

namespace purser::store {

// "integrity", "references", "history", "schema". Reads every schema that this library knows. The schema is
// looked at first: where it has what somebody else put on our tables, no row is looked at, since that would
// run it, and whoever asks reads none either.
struct Verified {
  std::vector<Check> checks;
  bool may_be_read = false;
};
Verified verify(Snapshot& view, OpsViews views = OpsViews::must_match);

}  // namespace purser::store
