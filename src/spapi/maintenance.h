// What verify and doctor ask of SP-API, and the parts that they share with the public functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "purser/check.h"
#include "purser/spapi.h"
#include "purser/spapi_keys.h"
#include "store/transaction.h"

namespace purser::spapi {

// "spapi_secrets": every secret is sealed under the key that seals in this file. (Whether it opens is for
// `key check`.) Reads every schema since the first; before the tables existed there is nothing to check.
std::vector<Check> verify(store::Snapshot& view);

// "seller" and "client_secret" for each seller, then "key": whether the ring of the environment opens all
// secrets. REQUIRES: the newest schema.
std::vector<Finding> findings(store::Snapshot& view);

// Sellers::status and check_keys, within a snapshot.
std::vector<SellerStatus> list_sellers(store::Snapshot& view);
// The command of the program for that seller's account: "purser spapi set --account b".
std::string command(const SellerStatus& status, std::string_view verb);
KeyCheck check_keys(store::Snapshot& view, const KeyRing& ring);

}  // namespace purser::spapi
