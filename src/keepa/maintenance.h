// What src/maintenance asks of this domain: checks and findings, and what a restore must end.
#pragma once

#include <cstdint>
#include <vector>

#include "purser/health.h"
#include "store/transaction.h"

namespace purser::keepa {

// For `verify`: "keepa_ledger", for each account: its entries add up to its balance and to what is held.
// Reads every schema version since the first; without the tables there is nothing to check.
std::vector<Check> verify(store::Snapshot& view);

// For `doctor`: what a person should know, "keepa_balance", "keepa_holds", "keepa_expired", "keepa_drift",
// "keepa_queue" and "clock", for each account. Reads the newest schema only. In doctor.cpp.
std::vector<Finding> findings(store::Snapshot& view);

// What a restored database had promised when it was copied. The workers that held it have gone on without it,
// or are gone.
struct EndedPromises {
  std::int64_t reservations = 0, places = 0;
};
// In every account the balance becomes unknown, the open reservations end as void and give back what they
// hold (those already due count as spent), and the places end. Each movement is an entry of the
// ledger.
EndedPromises forget_promises(store::Transaction& change);

}  // namespace purser::keepa
