// What the care of the whole database asks of this room.
#pragma once

#include <vector>

#include "purser/care.h"
#include "store/transaction.h"

namespace purser::xai {

// "xai_days": the figures of every day are the sums of its units.
// Reads every schema since the first; where the tables are not there yet, there is nothing to check.
std::vector<Check> verify(store::Snapshot& view);

}  // namespace purser::xai
