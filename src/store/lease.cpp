#include "store/lease.h"

#include <algorithm>

#include "base/random_id.h"

namespace purser::store {
namespace {

constexpr char kFind[] = "SELECT fence, holder, taken_at_ms, live_ms FROM lease WHERE name = ?1";
constexpr char kTake[] =
    "INSERT INTO lease (name, fence, holder, taken_at_ms, live_ms) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (name) DO UPDATE SET fence = excluded.fence, holder = excluded.holder, "
    "taken_at_ms = excluded.taken_at_ms, live_ms = excluded.live_ms";
constexpr char kReanchor[] = "UPDATE lease SET taken_at_ms = ?2 WHERE name = ?1";
constexpr char kEnd[] = "DELETE FROM lease WHERE name = ?1 AND fence = ?2 RETURNING name";
constexpr char kEndEvery[] = "DELETE FROM lease RETURNING name";

constexpr char kStale[] =
    "SELECT count(*), name, holder, min(taken_at_ms + live_ms) FROM lease WHERE taken_at_ms + live_ms <= ?1";

// As stored; live or not.
std::optional<Lease> load(Snapshot& view, const std::string& name) {
  auto row = view.rows(kFind, name);
  if (!row.step()) return std::nullopt;
  return Lease{row.get<std::string>(0), row.get<std::string>(1), row.get<Instant>(2), row.get<Duration>(3)};
}

}  // namespace

std::optional<Lease> find_lease(Snapshot& view, const std::string& name) {
  auto lease = load(view, name);
  if (!lease) return std::nullopt;
  lease->taken_at = std::min(lease->taken_at, view.now());
  return view.now() < lease->lapses_at() ? lease : std::nullopt;
}

std::pair<Lease, bool> find_or_take_lease(Transaction& change, const std::string& name, Duration live) {
  auto stored = load(change, name);
  if (auto lease = find_lease(change, name)) {
    if (stored->taken_at != lease->taken_at) change.run(kReanchor, name, lease->taken_at);
    return {*lease, false};
  }
  Lease lease{random_id(change.now()), change.worker(), change.now(), live};
  change.run(kTake, name, lease.fence, lease.holder, lease.taken_at, lease.live);
  return {lease, true};
}

bool end_lease(Transaction& change, const std::string& name, const std::string& fence) {
  auto row = change.rows(kEnd, name, fence);
  bool ended = row.step();
  while (ended && row.step()) {
  }
  return ended;
}

std::int64_t end_every_lease(Transaction& change) { return change.count_rows(kEndEvery); }

StaleLeases stale_leases(Snapshot& view) {
  auto row = view.rows(kStale, view.now());
  row.step();
  StaleLeases stale;
  stale.count = row.get<std::int64_t>(0);
  if (stale.count == 0) return stale;
  stale.name = row.get<std::string>(1);
  stale.holder = row.get<std::string>(2);
  stale.lapsed_at = row.get<Instant>(3);
  return stale;
}

}  // namespace purser::store
