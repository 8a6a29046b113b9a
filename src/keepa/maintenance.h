// What the care of the whole database asks of this room.
#pragma once

#include <cstdint>
#include <vector>

#include "purser/check.h"
#include "store/transaction.h"

namespace purser::keepa {

// "keepa_ledger", an account each: its sums are its balance and its holds.
// Reads every schema since the first; where the tables are not there yet, there is nothing to check.
std::vector<Check> verify(store::Snapshot& view);

// What a restored database promised when it was copied: those who held it have gone on, or are gone.
struct EndedPromises {
  std::int64_t reservations = 0, places = 0;
};
// Of every account: the balance becomes unknown, the open reservations end as void with their holds given
// back (what was due before counts as spent), the places are gone. Each movement is a row of the ledger.
EndedPromises forget_promises(store::Transaction& change);

}  // namespace purser::keepa
