// Whether a file has the schema that its version says: what was applied to it, and what stands in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "purser/check.h"
#include "store/transaction.h"

namespace purser::store {

// "history": the steps that the file says were applied are the ones that this library has, without a gap, and
// the last one is the file's version.
Check check_history(Snapshot& view);

// "schema": tables, indexes, triggers and (of the newest schema) ops views are what the migrations up to the
// file's version build in an empty database, and nothing besides acts on them: a foreign trigger runs with
// our writes, a foreign index on a table of ours costs each of them and may refuse it, and so may a reference
// to our rows. These are faults, named with the way to drop them; what an operator keeps beside, a table or
// view of his own, is named and no fault. The ops views hold no data, and every `migrate up` makes them anew:
// where they alone differ, it is named, and with OpsViews::may_differ no fault.
enum class OpsViews { must_match, may_differ };
Check check_schema(Snapshot& view, OpsViews views = OpsViews::must_match);

// is_ours: to read our tables, or to check them row by row, runs no expression that somebody else put there
// (by an index on them, a check or a generated column).
struct SchemaVerdict {
  Check check;
  bool is_ours = false;
};
SchemaVerdict judge_schema(Snapshot& view, OpsViews views);

// SQL without what makes no difference to SQLite: comments, blanks, the quotes around a name.
std::string bare_sql(std::string_view sql);

}  // namespace purser::store
