// An account as its rows say: the bucket as last stored, what orders observations, and its open reservations.
// Nothing here writes but find_or_make_account.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keepa/bucket.h"
#include "store/transaction.h"

namespace purser::keepa {

struct AccountRow {
  std::int64_t id = 0;
  Bucket bucket;
  std::optional<Instant> observed_at, observed_server_at;
  std::optional<Millitokens> observed_balance;
  std::int64_t observations = 0;  // how many were applied
  bool unstamped_since = false;   // one without a stamp was applied since the last stamp
};

std::vector<std::string> account_names(store::Snapshot& view);

std::optional<AccountRow> find_account(store::Snapshot& view, const std::string& name);
AccountRow load_account(store::Snapshot& view, const std::string& name);  // throws unknown_account
AccountRow find_or_make_account(store::Transaction& change, const std::string& name);

// The bucket projected to now, with the reservations that are due by then counted as spent.
Bucket bucket_now(store::Snapshot& view, const AccountRow& account);

// Open reservations that are due at `now`, by due instant.
std::vector<OpenHold> due_holds(store::Snapshot& view, std::int64_t account, Instant now);
// The same, followed by those that began after `now`: the clock has been set back since.
std::vector<OpenHold> due_or_future_holds(store::Snapshot& view, std::int64_t account, Instant now);

}  // namespace purser::keepa
