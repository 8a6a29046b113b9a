#include "keepa/maintenance.h"

#include "keepa/ledger_writer.h"
#include "keepa/sql.h"

namespace purser::keepa {
namespace {

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
