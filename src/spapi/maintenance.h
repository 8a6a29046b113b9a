// What the care of the whole database asks of this room.
#pragma once

#include <vector>

#include "purser/check.h"
#include "purser/spapi.h"
#include "store/transaction.h"

namespace purser::spapi {

// "spapi_secrets": every sealed secret is under the key that seals here. Whether it opens: `key check`.
// Reads every schema since the first; where the tables are not there yet, there is nothing to check.
std::vector<Check> verify(store::Snapshot& view);

// As the public function of this name, in a state that somebody has begun to read.
KeyCheck check_keys(store::Snapshot& view, const KeyRing& ring);

}  // namespace purser::spapi
