// Whether an account's ledger adds up to its balance and its holds, in a file of any schema.
#pragma once

#include <string>

#include "keepa/book.h"
#include "purser/keepa.h"
#include "store/transaction.h"

namespace purser::keepa {

// The account as far as the oldest schema knows it. Throws unknown_account.
AccountRow load_sums(store::Snapshot& view, const std::string& name);

Verification verify_sums(store::Snapshot& view, const AccountRow& account);

}  // namespace purser::keepa
