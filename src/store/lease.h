// Named single-flights over processes: who holds one, with a random fence, until when. Used inside the
// transactions of the domains. A lease is not waited for: who does not get it is told who has it, and looks
// again later.
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

// The live lease of that name. One that a clock which went back has put into the future counts from now on.
std::optional<Lease> find_lease(Snapshot& view, const std::string& name);

// As find_lease, and where there is none takes it: then the second is true.
std::pair<Lease, bool> find_or_take_lease(Transaction& change, const std::string& name, Duration live);

// Ends the lease where `fence` still holds it; false where somebody else does, or nobody.
bool end_lease(Transaction& change, const std::string& name, const std::string& fence);

// Ends the lease whoever holds it: what it was for is gone.
void remove_lease(Transaction& change, const std::string& name);

// Removes the leases of that prefix whose fences `is_known` does not know any more.
void forget_leases(Transaction& change, const std::string& prefix,
                   const std::function<bool(const std::string& fence)>& is_known);

// A restore: whoever holds one holds it no more. How many there were, live or lapsed.
std::int64_t end_every_lease(Transaction& change);

// Leases whose time is over and that nobody ended: their holders died, or were too slow.
struct StaleLeases {
  std::int64_t count = 0;
  std::string name, holder;  // of the oldest
  std::optional<Instant> lapsed_at;
};
StaleLeases stale_leases(Snapshot& view);

}  // namespace purser::store
