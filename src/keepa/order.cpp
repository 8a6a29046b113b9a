#include "keepa/order.h"

namespace purser::keepa {
namespace {

bool is_believable(Instant stamp, Instant now) { return stamp - now <= kBelievedAhead; }

bool is_from_before(Instant stamp, const std::optional<Asked>& asked) {
  return asked && asked->server_time && stamp <= *asked->server_time;
}

}  // namespace

Standing standing_of(const Observation& observation, const Applied& applied,
                     const std::optional<Asked>& asked, Instant now) {
  if (!observation.server_time || !applied.server_time || !applied.known) return Standing::latest;
  bool nothing_since = asked && asked->count == applied.count;
  if (nothing_since && asked->is_ours) return Standing::latest;
  Instant stamp = *observation.server_time;
  if (!is_believable(stamp, now) || !is_believable(*applied.server_time, now))
    return !asked || nothing_since ? Standing::latest : Standing::unknown;
  if (stamp > *applied.server_time) {
    bool may_be_before = applied.unstamped_since && asked && !nothing_since;
    return may_be_before ? Standing::unknown : Standing::latest;
  }
  if (stamp == *applied.server_time && observation.tokens_left < applied.balance) return Standing::latest;
  return is_from_before(stamp, asked) ? Standing::foreign : Standing::contained;
}

}  // namespace purser::keepa
