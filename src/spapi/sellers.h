// The sellers with their states, and what a person types about one: for Sellers, doctor and the messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "purser/spapi.h"
#include "store/transaction.h"

namespace purser::spapi {

// Sellers::status, within a snapshot.
std::vector<SellerStatus> list_sellers(store::Snapshot& view);

// The command of the program for that seller's account: "purser spapi set --account b".
std::string command(const SellerStatus& status, std::string_view verb);

}  // namespace purser::spapi
