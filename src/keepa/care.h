// What the care of the whole database asks of this room.
#pragma once

#include <vector>

#include "purser/care.h"
#include "store/transaction.h"

namespace purser::keepa {

// "keepa_ledger", an account each: its sums are its balance and its holds.
// Reads every schema since the first; where the tables are not there yet, there is nothing to check.
std::vector<Check> verify(store::Snapshot& view);

}  // namespace purser::keepa
