// What the care of the whole database asks of this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "purser/health.h"
#include "purser/spapi.h"
#include "purser/spapi_keys.h"
#include "store/transaction.h"

namespace purser::spapi {

// "spapi_secrets": every sealed secret is under the key that seals here. Whether it opens: `key check`.
// Reads every schema since the first; where the tables are not there yet, there is nothing to check.
std::vector<Check> verify(store::Snapshot& view);

// "seller" and "client_secret" for each seller, then "key": whether the ring of the environment opens all
// secrets. REQUIRES: the newest schema.
std::vector<Finding> findings(store::Snapshot& view);

// What the public functions of the same names say, in a state that somebody has begun to read.
std::vector<SellerStatus> list_sellers(store::Snapshot& view);
// The command of the program for that seller's account: "purser spapi set --account b".
std::string command(const SellerStatus& status, std::string_view verb);
KeyCheck check_keys(store::Snapshot& view, const KeyRing& ring);

}  // namespace purser::spapi
