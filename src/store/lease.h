// Named single-flight leases across processes: each has a holder, a random fence and an end. Used inside the
// transactions of the domains. Nothing here waits for a lease: a caller that does not get it learns who holds
// it, and looks again later.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "store/transaction.h"

namespace purser::store {

struct Lease {
  std::string fence, holder;
  Instant taken_at;
  Duration live;

  Instant lapses_at() const { return taken_at + live; }
};

// The live lease of that name. Where the clock was set back and the lease was taken in the future, it counts
// as taken now.
std::optional<Lease> find_lease(Snapshot& view, const std::string& name);

// As find_lease, but takes the lease where none is live: then the second value is true.
std::pair<Lease, bool> find_or_take_lease(Transaction& change, const std::string& name, Duration live);

// Ends the lease where its fence is still `fence`; false where it has another holder or none.
bool end_lease(Transaction& change, const std::string& name, const std::string& fence);

// Ends the lease whatever its fence: the subject of the lease is gone.
void remove_lease(Transaction& change, const std::string& name);

// Removes the leases whose names begin with `prefix` and for whose fences `is_known` is false.
void forget_leases(Transaction& change, const std::string& prefix,
                   const std::function<bool(const std::string& fence)>& is_known);

// Ends all leases after a restore, whatever their holders. Returns how many there were, live or lapsed.
std::int64_t end_every_lease(Transaction& change);

// Leases that lapsed without being ended: their holders died, or were too slow.
struct StaleLeases {
  std::int64_t count = 0;
  std::string name, holder;  // of the one that lapsed first
  std::optional<Instant> lapsed_at;
};
StaleLeases stale_leases(Snapshot& view);

}  // namespace purser::store
