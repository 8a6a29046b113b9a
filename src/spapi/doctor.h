// What a person should know of this room: for `doctor`.
#pragma once

#include <vector>

#include "purser/health.h"
#include "store/transaction.h"

namespace purser::spapi {

// "seller" and "client_secret" for each seller, then "key": whether the ring of the environment opens all.
// The newest schema only.
std::vector<Finding> findings(store::Snapshot& view);

}  // namespace purser::spapi
