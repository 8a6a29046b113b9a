// Ledger::status and Ledger::entries: what holds now, and what moved. They take no lock and write nothing.
#include <algorithm>

#include "keepa/account.h"
#include "keepa/policies.h"
#include "keepa/queue.h"
#include "keepa/sql.h"
#include "purser/keepa_status.h"

namespace purser::keepa {
namespace {

Reservation read_reservation(const store::Statement& row) {
  return {row.get<std::string>(0), row.get<std::string>(1),
          row.get<std::string>(2), row.get<std::optional<std::string>>(3).value_or(""),
          row.get<Millitokens>(4), row.get<Instant>(5),
          row.get<Instant>(6)};
}

std::vector<Reservation> open_reservations(store::Snapshot& view, std::int64_t account) {
  std::vector<Reservation> open;
  auto row = view.rows(sql::kOpenReservations, account, view.now());
  while (row.step()) open.push_back(read_reservation(row));
  return open;
}

std::vector<Place> places_with_forecast(const Bucket& bucket, const std::vector<PlaceRow>& rows,
                                        Instant now) {
  std::vector<Place> places;
  std::vector<QueuedTask> line;
  for (const PlaceRow& row : rows) {
    line.push_back({row.task, row.cost, row.target, row.holds_up, row.holds_up_until});
    Instant asked_at = asked_at_of(row.life, now);
    Place place{static_cast<int>(line.size()),
                row.task,
                row.worker,
                row.reason,
                row.cost,
                row.target,
                row.since,
                asked_at,
                asked_at + row.life.live,
                {}};
    if (auto wait = time_to_turn(bucket, line, now)) place.expected_at = now + *wait;
    places.push_back(std::move(place));
  }
  return places;
}

std::vector<std::string> unknown_tasks(store::Snapshot& view, std::int64_t account) {
  std::vector<std::string> tasks;
  auto row = view.rows(sql::kListUnknownTasks, account);
  while (row.step()) tasks.push_back(row.get<std::string>(0));
  return tasks;
}

LedgerEntry read_entry(const store::Statement& row) {
  return {row.get<std::int64_t>(0),
          row.get<Instant>(1),
          row.get<std::string>(2),
          row.get<Millitokens>(3),
          row.get<Millitokens>(4),
          row.get<Millitokens>(5),
          row.get<Millitokens>(6),
          row.get<std::optional<std::string>>(7),
          row.get<std::optional<std::string>>(8),
          row.get<std::optional<std::string>>(9)};
}

}  // namespace

Status Ledger::status() const {
  store::Snapshot view(database_->connection());
  AccountRow account = load_account(view, account_);
  Bucket now = bucket_now(view, account);
  Policy standard = load_policy(view, "standard");
  Status status;
  status.state = describe(now);
  status.threshold = standard.buffer ? *standard.buffer : threshold_now(standard, now);
  status.target = target_now(standard, now, {});
  if (now.known) status.as_of = now.as_of;
  status.observed_at = account.observed_at;
  status.reservations = open_reservations(view, account.id);
  status.places = places_with_forecast(now, live_places(view, account.id, now), view.now());
  status.unknown_tasks = unknown_tasks(view, account.id);
  return status;
}

std::vector<LedgerEntry> Ledger::entries(int last) const {
  if (last < 1) throw Error(ErrorCode::usage, "last: must be at least 1");
  store::Snapshot view(database_->connection());
  AccountRow account = load_account(view, account_);
  std::vector<LedgerEntry> entries;
  auto row = view.rows(sql::kLastEntries, account.id, last);
  while (row.step()) entries.push_back(read_entry(row));
  std::reverse(entries.begin(), entries.end());
  return entries;
}

}  // namespace purser::keepa
