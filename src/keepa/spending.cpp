// Spending: its reservation ends whatever happens to its owner.
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
    // A destructor cannot report it. The reservation expires by itself, as spent, and the ledger shows that.
    return;
  }
}

// The ledger finds out whether the response is this call's, and only then believes its cost: so the cost
// stays in the observation, and is not stated.
SettleOutcome Spending::settle(std::string_view response, int status) {
  Settlement settlement = settlement_of(interpret({status, std::string(response)}));
  if (settlement.observation && settlement.observation->consumed) settlement.consumed.reset();
  return settle(settlement);
}

// The call is over even if Keepa's timestamp is far ahead: then the observation is left out, and its cost is
// charged.
SettleOutcome Spending::settle(const Settlement& settlement) {
  SettleOutcome outcome;
  try {
    outcome = ledger_.settle(granted_.reservation, settlement);
  } catch (const Error& fault) {
    if (fault.code() != ErrorCode::timestamp_ahead) throw;
    Settlement cost_alone{.consumed =
                              settlement.consumed ? settlement.consumed : settlement.observation->consumed};
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
