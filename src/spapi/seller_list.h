// The sellers with their states, in a snapshot that the caller has: Sellers::status and doctor read it.
#pragma once

#include <vector>

#include "purser/spapi.h"
#include "store/transaction.h"

namespace purser::spapi {

std::vector<SellerStatus> list_sellers(store::Snapshot& view);

}  // namespace purser::spapi
