#include "keepa/maintenance.h"

#include <fmt/format.h>

#include "keepa/book.h"
#include "keepa/sql.h"
#include "keepa/sums.h"

namespace purser::keepa {
namespace {

std::vector<std::string> account_names(store::Snapshot& view) {
  std::vector<std::string> names;
  auto row = view.rows(sql::kListAccounts);
  while (row.step()) names.push_back(row.get<std::string>(0));
  return names;
}

// With the figures themselves: an upgrade compares what was said before it and after it.
std::string in_words(const std::string& name, const Bucket& bucket, const Verification& found) {
  std::string wrong;
  if (!found.balance_matches) wrong += ", and do not add up to the balance";
  if (!found.held_matches)
    wrong += wrong.empty() ? ", and do not add up to what is held" : " nor to what is held";
  return fmt::format("{}: {} entries, balance {}, held {}{}", name, found.entries,
                     bucket.known ? to_string(bucket.balance) : "unknown", to_string(bucket.held), wrong);
}

std::int64_t count_open_reservations(store::Snapshot& view, const AccountRow& account) {
  auto row = view.rows(sql::kOpenCount, account.id);
  row.step();
  return row.get<std::int64_t>(0);
}

void end_holds(store::Transaction& change, Book& book) {
  for (const OpenHold& hold : due_holds(change, book.account(), Instant::max())) {
    book.move("void", {}, -hold.cost, {hold.task, change.worker(), hold.id});
    book.end_reservation(hold.id, Ending::nullify, std::nullopt);
  }
}

}  // namespace

std::vector<Check> verify(store::Snapshot& view) {
  if (view.schema_version() < 1) return {};
  std::vector<Check> checks;
  for (const std::string& name : account_names(view)) {
    AccountRow account = load_sums(view, name);
    Verification found = verify_sums(view, account);
    bool passed = found.balance_matches && found.held_matches;
    checks.push_back({"keepa_ledger", passed, in_words(name, account.bucket, found)});
  }
  return checks;
}

EndedPromises forget_promises(store::Transaction& change) {
  EndedPromises ended;
  for (const std::string& name : account_names(change)) {
    AccountRow account = load_account(change, name);
    ended.reservations += count_open_reservations(change, account);
    Book book(change, account);
    end_holds(change, book);
    book.forget();
    book.store();
    ended.places += change.count_rows(sql::kDeletePlaces, account.id);
  }
  return ended;
}

}  // namespace purser::keepa
