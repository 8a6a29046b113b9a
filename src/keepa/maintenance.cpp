#include "keepa/maintenance.h"

#include <fmt/format.h>

#include "keepa/ledger_verify.h"
#include "keepa/ledger_writer.h"
#include "keepa/sql.h"

namespace purser::keepa {
namespace {

// With the figures: an upgrade compares this text from before it with the one from after it.
std::string in_words(const std::string& name, const Bucket& bucket, const LedgerVerification& found) {
  std::string wrong;
  if (!found.balance_matches) wrong += ", and do not add up to the balance";
  if (!found.held_matches)
    wrong += wrong.empty() ? ", and do not add up to what is held" : " nor to what is held";
  return fmt::format("{}: {} entries, balance {}, held {}{}", name, found.entries,
                     bucket.known ? to_string(bucket.balance) : "unknown", to_string(bucket.held), wrong);
}

std::int64_t open_count(store::Snapshot& view, std::int64_t account) {
  auto row = view.rows(sql::kOpenCount, account);
  row.step();
  return row.get<std::int64_t>(0);
}

void end_holds(store::Transaction& change, LedgerWriter& writer) {
  for (const OpenHold& hold : due_holds(change, writer.account(), Instant::max())) {
    writer.move("void", {}, -hold.cost, {hold.task, change.worker(), hold.id});
    writer.end_reservation(hold.id, Ending::nullify, std::nullopt);
  }
}

}  // namespace

std::vector<Check> verify(store::Snapshot& view) {
  if (view.schema_version() < 1) return {};
  std::vector<Check> checks;
  for (const std::string& name : account_names(view)) {
    AccountRow account = load_sums(view, name);
    LedgerVerification found = verify_ledger(view, account);
    bool passed = found.balance_matches && found.held_matches;
    checks.push_back({"keepa_ledger", passed, in_words(name, account.bucket, found)});
  }
  return checks;
}

EndedPromises forget_promises(store::Transaction& change) {
  EndedPromises ended;
  for (const std::string& name : account_names(change)) {
    AccountRow account = load_account(change, name);
    ended.reservations += open_count(change, account.id);
    LedgerWriter writer(change, account);
    end_holds(change, writer);
    writer.forget();
    writer.store();
    ended.places += change.count_rows(sql::kDeletePlaces, account.id);
  }
  return ended;
}

}  // namespace purser::keepa
