#include "keepa/ledger_verify.h"

#include "keepa/sql.h"

namespace purser::keepa {
namespace {

std::int64_t number(store::Snapshot& view, store::Sql sql, std::int64_t account) {
  auto row = view.rows(sql, account);
  row.step();
  return row.get<std::int64_t>(0);
}

}  // namespace

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

LedgerVerification verify_ledger(store::Snapshot& view, const AccountRow& account) {
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

LedgerVerification Ledger::verify() const {
  store::Snapshot view(database_->connection());
  return verify_ledger(view, load_sums(view, account_));
}

}  // namespace purser::keepa
