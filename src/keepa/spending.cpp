// The scope object: a reservation that ends whatever happens to who holds it.
#include <fmt/format.h>

#include <utility>

#include "keepa/client.h"
#include "store/connection.h"

namespace purser::keepa {

Spending::Spending(Ledger ledger, Granted granted, DatabaseLink database)
    : ledger_(std::move(ledger)), database_(database), granted_(std::move(granted)) {}

Spending::Spending(Spending&& other) noexcept
    : ledger_(std::move(other.ledger_)),
      database_(other.database_),
      granted_(std::move(other.granted_)),
      open_(std::exchange(other.open_, false)) {}

Spending::~Spending() {
  if (!open_) return;
  try {
    std::string id = granted_.reservation;
    if (!ledger_.settle(id, {}).settled) return;  // it had ended before
    database_->connection().log(LogLevel::warning,
                                fmt::format("reservation {} was left unsettled: it is counted as spent", id));
  } catch (...) {
    // It expires by itself, as spent: what a destructor cannot say, the ledger will.
    return;
  }
}

// Whether it is this call's answer is the ledger's to find out: what it says of a cost counts only then.
SettleOutcome Spending::settle(std::string_view answer, int status) {
  Settlement settlement = settlement_of(read_answer({status, std::string(answer)}));
  if (settlement.observation && settlement.observation->consumed) settlement.consumed.reset();
  return settle(settlement);
}

// The call is over, whatever Keepa's clock says: an envelope that cannot be believed still tells the cost.
SettleOutcome Spending::settle(const Settlement& settlement) {
  SettleOutcome outcome;
  try {
    outcome = ledger_.settle(granted_.reservation, settlement);
  } catch (const Error& fault) {
    if (fault.code() != ErrorCode::timestamp_ahead) throw;
    Settlement cost_alone{{}, settlement.consumed ? settlement.consumed : settlement.observation->consumed};
    outcome = ledger_.settle(granted_.reservation, cost_alone);
    database_->connection().log(LogLevel::warning, fault.what());
  }
  open_ = false;
  return outcome;
}

bool Spending::release() {
  bool released = ledger_.release(granted_.reservation);
  open_ = false;
  return released;
}

Granted Spending::detach() {
  open_ = false;
  return granted_;
}

}  // namespace purser::keepa
