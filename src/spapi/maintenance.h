// What verify and doctor ask of SP-API.
#pragma once

#include <vector>

#include "purser/health.h"
#include "purser/spapi_keys.h"
#include "store/transaction.h"

namespace purser::spapi {

// "spapi_secrets": every secret is sealed under the key that seals in this file. (Whether it opens is for
// `key check`.) Reads every schema since the first; before the tables existed there is nothing to check.
std::vector<Check> verify(store::Snapshot& view);

// "seller" and "client_secret" for each seller, then "key": whether the ring of the environment opens all
// secrets. REQUIRES: the newest schema.
std::vector<Finding> findings(store::Snapshot& view);

// The public function of this name, within a snapshot.
KeyCheck check_keys(store::Snapshot& view, const KeyRing& ring);

}  // namespace purser::spapi
