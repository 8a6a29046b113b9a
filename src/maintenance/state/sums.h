// What each domain's rows add up to: compared before and after an upgrade, and part of every check.
#pragma once

#include <vector>

#include "purser/check.h"
#include "store/transaction.h"

namespace purser::maintenance {

// Reads every schema that this library knows.
std::vector<Check> verify_sums(store::Snapshot& view);

}  // namespace purser::maintenance
