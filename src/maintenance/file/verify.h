// Whether a database is whole, in a state that somebody else has begun to read: for `verify`, for a copy that
// is to be a backup, for a file that is to be restored.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "purser/check.h"
#include "store/schema/schema_checks.h"
#include "store/transaction.h"

namespace purser::maintenance {

// The file itself, then each domain's sums. Reads every schema that this library knows.
// A copy is as good where its ops views differ: they come from whichever purser made them last.
std::vector<Check> verify_all(store::Snapshot& view, store::OpsViews views = store::OpsViews::must_match);

// The checks that failed, as one sentence; nullopt: none did.
std::optional<std::string> failures_in_words(const std::vector<Check>& checks);

}  // namespace purser::maintenance
