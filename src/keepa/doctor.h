// What a person should know of this room: for `doctor`.
#pragma once

#include <vector>

#include "purser/health.h"
#include "store/transaction.h"

namespace purser::keepa {

// "keepa_balance", "keepa_holds", "keepa_queue" and "clock", an account each. The newest schema only.
std::vector<Finding> findings(store::Snapshot& view);

}  // namespace purser::keepa
