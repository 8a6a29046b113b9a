// Reservations as rows.
#pragma once

#include <optional>
#include <string>

#include "keepa/order.h"
#include "purser/keepa.h"
#include "store/transaction.h"

namespace purser::keepa {

struct ReservationRow {
  std::string id, task;
  Millitokens cost;
  Instant created_at, expires_at;
  std::optional<Ending> ended;
  RequestBaseline granted_after;
};

// Throws unknown_reservation.
ReservationRow load_reservation(store::Snapshot& view, std::int64_t account, const std::string& id);
// Of this idempotency key, and created after `after` and before `before`.
std::optional<ReservationRow> find_by_key(store::Snapshot& view, std::int64_t account, const std::string& key,
                                          Instant after, Instant before);

}  // namespace purser::keepa
