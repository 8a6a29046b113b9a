// Whether a file has the schema of its version: the migrations that were applied, and the tables that are
// there.
#pragma once

#include "purser/check.h"
#include "store/transaction.h"

namespace purser::store {

// "history": the file records the migrations of this library, without a gap and with the same text, up to the
// file's version.
Check check_history(Snapshot& view);

// "schema": tables, indexes, triggers and (of the newest schema) ops views are what the migrations up to the
// file's version build in an empty database, and nothing besides acts on them: a foreign trigger runs with
// our writes, a foreign index on a table of ours costs each of them and may refuse it, and so may a reference
// to our rows. These are faults, named with the statement that drops them. A table or view that an operator
// keeps beside ours is named and no fault. The ops views hold no data, and every `migrate up` makes them
// again: where they alone differ, the check names them, and with OpsViews::may_differ it passes.
enum class OpsViews { must_match, may_differ };
Check check_schema(Snapshot& view, OpsViews views = OpsViews::must_match);

// Reading a row runs the expressions of its table's indexes, CHECKs and generated columns: `is_safe_to_read`
// is true where none of these comes from somebody else.
struct SchemaCheckResult {
  Check check;
  bool is_safe_to_read = false;
};
SchemaCheckResult check_schema_for_reading(Snapshot& view, OpsViews views);

}  // namespace purser::store
