// What the care of the whole database asks of this room.
#pragma once

#include <vector>

#include "purser/care.h"
#include "store/transaction.h"

namespace purser::spapi {

// "spapi_secrets": every sealed secret is under the key that seals here. Whether it opens: `key check`.
// Reads every schema since the first; where the tables are not there yet, there is nothing to check.
std::vector<Check> verify(store::Snapshot& view);

}  // namespace purser::spapi
