// Ledger::verify, and the same for every account: does the ledger add up?
#include <fmt/format.h>

#include "keepa/account.h"
#include "keepa/maintenance.h"
#include "keepa/sql.h"
#include "purser/keepa_status.h"

namespace purser::keepa {
namespace {

std::int64_t number(store::Snapshot& view, store::Sql sql, std::int64_t account) {
  auto row = view.rows(sql, account);
  row.step();
  return row.get<std::int64_t>(0);
}

// Only what every schema version has, and without the checks of load_account: a damaged row is what verify is
// to find.
AccountRow load_sums(store::Snapshot& view, const std::string& name) {
  AccountRow account;
  auto row = view.rows(sql::kLoadSums, name);
  if (!row.step()) return load_account(view, name);  // throws unknown_account
  account.id = row.get<std::int64_t>(0);
  account.bucket.known = row.get<bool>(1);
  account.bucket.balance = row.get<Millitokens>(2);
  account.bucket.held = row.get<Millitokens>(3);
  return account;
}

LedgerVerification verify_account(store::Snapshot& view, const AccountRow& account) {
  auto row = view.rows(sql::kSums, account.id);
  row.step();
  bool balance_runs = row.get<std::int64_t>(3) == 0;
  bool held_runs = row.get<std::int64_t>(4) == 0;
  LedgerVerification result;
  result.entries = row.get<std::int64_t>(0);
  result.balance_matches = balance_runs && row.get<Millitokens>(1) == account.bucket.balance;
  bool ended_once = number(view, sql::kContradictions, account.id) == 0;
  bool open_sum = Millitokens{number(view, sql::kOpenSum, account.id)} == account.bucket.held;
  result.held_matches = held_runs && ended_once && open_sum && row.get<Millitokens>(2) == account.bucket.held;
  return result;
}

// With the figures: an upgrade compares this text from before it with the one from after it.
std::string in_words(const std::string& name, const Bucket& bucket, const LedgerVerification& found) {
  std::string wrong;
  if (!found.balance_matches) wrong += ", and do not add up to the balance";
  if (!found.held_matches)
    wrong += wrong.empty() ? ", and do not add up to what is held" : " nor to what is held";
  return fmt::format("{}: {} entries, balance {}, held {}{}", name, found.entries,
                     bucket.known ? to_string(bucket.balance) : "unknown", to_string(bucket.held), wrong);
}

}  // namespace

LedgerVerification Ledger::verify() const {
  store::Snapshot view(database_->connection());
  return verify_account(view, load_sums(view, account_));
}

std::vector<Check> verify(store::Snapshot& view) {
  if (view.schema_version() < 1) return {};
  std::vector<Check> checks;
  for (const std::string& name : account_names(view)) {
    AccountRow account = load_sums(view, name);
    LedgerVerification found = verify_account(view, account);
    bool passed = found.balance_matches && found.held_matches;
    checks.push_back({"keepa_ledger", passed, in_words(name, account.bucket, found)});
  }
  return checks;
}

}  // namespace purser::keepa
