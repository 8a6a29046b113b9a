// What doctor says of the state: the sums, and each domain's own findings.
#pragma once

#include "maintenance/findings.h"
#include "store/transaction.h"

namespace purser::maintenance {

// Of an older schema the sums alone.
// REQUIRES: the schema is one that this library knows, and its tables may be read (store/copy/verify.h).
Findings state_findings(store::Snapshot& view);

}  // namespace purser::maintenance
