// Whether the file is whole, apart from what its rows mean: SQLite's checks, and the schema's.
#pragma once

#include <vector>

#include "purser/check.h"
#include "store/schema/schema_checks.h"
#include "store/transaction.h"

namespace purser::store {

// "integrity", "references", "history", "schema". Reads every schema that this library knows. The schema is
// checked first: where somebody else put an expression on our tables, no row is read, since that would run
// it; then `may_be_read` is false, and the caller must read none either.
struct Verified {
  std::vector<Check> checks;
  bool may_be_read = false;
};
Verified verify(Snapshot& view, OpsViews views = OpsViews::must_match);

}  // namespace purser::store
