#include "keepa/account.h"

#include <fmt/format.h>

#include "keepa/sql.h"
#include "store/row_check.h"

namespace purser::keepa {
namespace {

using store::require_row;

OpenHold read_hold(const store::Statement& row) {
  OpenHold hold{row.get<std::string>(0), row.get<std::string>(1), row.get<std::string>(2),
                row.get<Millitokens>(3), row.get<Instant>(4),     row.get<Duration>(5)};
  require_row(hold.cost >= Millitokens{}, "keepa_reservation: a cost is never negative");
  require_row(hold.lifetime > Duration::zero(), "keepa_reservation: a lifetime is positive");
  return hold;
}

// Those that are due come first: their due instant is at most `due`, while a reservation that began after
// `latest` is due after that.
std::vector<OpenHold> load_holds(store::Snapshot& view, std::int64_t account, Instant due, Instant latest) {
  std::vector<OpenHold> holds;
  auto row = view.rows(sql::kDueHolds, account, due, latest);
  while (row.step()) holds.push_back(read_hold(row));
  return holds;
}

void require_valid(const AccountRow& account) {
  const Bucket& bucket = account.bucket;
  require_row(bucket.held >= Millitokens{}, "keepa_account: what is held is never negative");
  require_row(bucket.remainder >= 0 && bucket.remainder < kMinuteMs,
              "keepa_account: the refill remainder is less than a millitoken");
  require_row(!bucket.next_tick || *bucket.next_tick > bucket.as_of,
              "keepa_account: the next tick is after the instant of the balance");
  require_row(!bucket.next_tick || bucket.remainder == 0, "keepa_account: a stepped refill has no remainder");
  require_row(!bucket.known || (account.observed_at && account.observed_balance),
              "keepa_account: a known balance was observed");
}

}  // namespace

std::vector<std::string> account_names(store::Snapshot& view) {
  std::vector<std::string> names;
  auto row = view.rows(sql::kListAccounts);
  while (row.step()) names.push_back(row.get<std::string>(0));
  return names;
}

std::optional<AccountRow> find_account(store::Snapshot& view, const std::string& name) {
  auto row = view.rows(sql::kLoadAccount, name);
  if (!row.step()) return std::nullopt;
  AccountRow account;
  account.id = row.get<std::int64_t>(0);
  Bucket& bucket = account.bucket;
  bucket.known = row.get<bool>(1);
  bucket.balance = row.get<Millitokens>(2);
  bucket.held = row.get<Millitokens>(3);
  bucket.remainder = row.get<std::int64_t>(4);
  bucket.as_of = row.get<Instant>(5);
  bucket.refill_rate = row.get<Millitokens>(6);
  bucket.flow_reduction = row.get<Millitokens>(7);
  bucket.next_tick = row.get<std::optional<Instant>>(8);
  account.observed_at = row.get<std::optional<Instant>>(9);
  account.observed_server_at = row.get<std::optional<Instant>>(10);
  account.observed_balance = row.get<std::optional<Millitokens>>(11);
  account.observations = row.get<std::int64_t>(12);
  account.unstamped_since = row.get<bool>(13);
  require_valid(account);
  return account;
}

AccountRow load_account(store::Snapshot& view, const std::string& name) {
  if (auto account = find_account(view, name)) return *account;
  throw Error(ErrorCode::unknown_account,
              fmt::format("there is no Keepa account '{}': `purser --account {} keepa observe` makes one",
                          name, name));
}

AccountRow find_or_make_account(store::Transaction& change, const std::string& name) {
  if (auto account = find_account(change, name)) return *account;
  change.run(sql::kMakeAccount, name, change.now());
  return load_account(change, name);
}

Bucket bucket_now(store::Snapshot& view, const AccountRow& account) {
  return project(account.bucket, due_holds(view, account.id, view.now()), view.now()).bucket;
}

std::vector<OpenHold> due_holds(store::Snapshot& view, std::int64_t account, Instant now) {
  return load_holds(view, account, now, Instant::max());
}

std::vector<OpenHold> due_or_future_holds(store::Snapshot& view, std::int64_t account, Instant now) {
  return load_holds(view, account, now, now);
}

}  // namespace purser::keepa
