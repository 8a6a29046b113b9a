// Whether an account's ledger adds up, in a file of any schema: Ledger::verify, within a snapshot.
#pragma once

#include <string>

#include "keepa/account.h"
#include "purser/keepa_status.h"
#include "store/transaction.h"

namespace purser::keepa {

// Only what every schema version has, and without the checks of load_account: a damaged row is what verify is
// to find. Throws unknown_account.
AccountRow load_sums(store::Snapshot& view, const std::string& name);

LedgerVerification verify_ledger(store::Snapshot& view, const AccountRow& account);

}  // namespace purser::keepa
