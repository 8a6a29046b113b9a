#include "store/lease.h"

#include <algorithm>
#include <utility>
#include <vector>

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
constexpr char kRemove[] = "DELETE FROM lease WHERE name = ?1";
constexpr char kListOfPrefix[] =
    "SELECT name, fence FROM lease WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name";
constexpr char kEndEvery[] = "DELETE FROM lease RETURNING name";

constexpr char kStale[] =
    "SELECT name, holder, taken_at_ms + live_ms, count(*) OVER () FROM lease "
    "WHERE taken_at_ms + live_ms <= ?1 ORDER BY taken_at_ms + live_ms, name LIMIT 1";

// The lease as stored, live or lapsed.
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
  return change.count_rows(kEnd, name, fence) > 0;
}

void remove_lease(Transaction& change, const std::string& name) { change.run(kRemove, name); }

void forget_leases(Transaction& change, const std::string& prefix,
                   const std::function<bool(const std::string& fence)>& is_known) {
  std::vector<std::pair<std::string, std::string>> leases;  // name, fence
  for (auto row = change.rows(kListOfPrefix, prefix); row.step();) {
    leases.emplace_back(row.get<std::string>(0), row.get<std::string>(1));
  }
  for (const auto& [name, fence] : leases) {
    if (!is_known(fence)) end_lease(change, name, fence);
  }
}

std::int64_t end_every_lease(Transaction& change) { return change.count_rows(kEndEvery); }

StaleLeases stale_leases(Snapshot& view) {
  auto read = [](const Statement& row) {
    return StaleLeases{row.get<std::int64_t>(3), row.get<std::string>(0), row.get<std::string>(1),
                       row.get<Instant>(2)};
  };
  return view.first(kStale, read, view.now()).value_or(StaleLeases{});
}

}  // namespace purser::store
