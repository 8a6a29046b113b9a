// Whether a database is whole, in a snapshot that the caller has begun: for `verify`, for a copy that is to
// be a backup, for a file that is to be restored.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "purser/check.h"
#include "store/schema/schema_checks.h"
#include "store/transaction.h"

namespace purser::maintenance {

// The file itself, then each domain's sums. Reads every schema that this library knows.
// A copy whose ops views differ is as good: the last purser that made them may be another one.
std::vector<Check> verify_all(store::Snapshot& view, store::OpsViews views = store::OpsViews::must_match);

// The checks that failed, as one sentence; nullopt: none did.
std::optional<std::string> failures_in_words(const std::vector<Check>& checks);

}  // namespace purser::maintenance
