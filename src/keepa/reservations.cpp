#include "keepa/reservations.h"

#include <fmt/format.h>

#include "base/names.h"
#include "base/text.h"
#include "keepa/sql.h"
#include "store/row_check.h"

namespace purser::keepa {
namespace {

constexpr Ending kEndings[] = {Ending::settle, Ending::release, Ending::expire, Ending::nullify};

ReservationRow read_reservation(const store::Statement& row) {
  ReservationRow reservation{row.get<std::string>(0),
                             row.get<std::string>(1),
                             row.get<Millitokens>(2),
                             row.get<Instant>(3),
                             row.get<Instant>(4),
                             {},
                             {}};
  if (auto ending = row.get<std::optional<std::string>>(5))
    reservation.ended = stored_value(kEndings, *ending);
  reservation.granted_after = {row.get<std::int64_t>(6), row.get<std::optional<Instant>>(7)};
  store::require_row(reservation.cost >= Millitokens{}, "keepa_reservation: a cost is never negative");
  return reservation;
}

}  // namespace

ReservationRow load_reservation(store::Snapshot& view, std::int64_t account, const std::string& id) {
  auto row = view.rows(sql::kFindReservation, account, id);
  if (row.step()) return read_reservation(row);
  throw Error(ErrorCode::unknown_reservation,
              fmt::format("there is no reservation {} in this account", shortened(id)));
}

std::optional<ReservationRow> find_by_key(store::Snapshot& view, std::int64_t account, const std::string& key,
                                          Instant after, Instant before) {
  auto row = view.rows(sql::kFindByKey, account, key, after, before);
  if (!row.step()) return std::nullopt;
  return read_reservation(row);
}

}  // namespace purser::keepa
