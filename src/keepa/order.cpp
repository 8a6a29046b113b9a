#include "keepa/order.h"

namespace purser::keepa {
namespace {

bool is_believable(Instant stamp, Instant now) { return stamp - now <= kBelievedAhead; }

bool is_from_before(Instant stamp, const std::optional<RequestBaseline>& baseline) {
  return baseline && baseline->server_time && stamp <= *baseline->server_time;
}

}  // namespace

Standing standing_of(const Observation& observation, const LastObservation& last,
                     const std::optional<RequestBaseline>& baseline, Instant now) {
  if (!observation.server_time || !last.server_time || !last.known) return Standing::latest;
  bool nothing_since = baseline && baseline->count == last.count;
  if (nothing_since && baseline->is_ours) return Standing::latest;
  Instant stamp = *observation.server_time;
  if (!is_believable(stamp, now) || !is_believable(*last.server_time, now))
    return !baseline || nothing_since ? Standing::latest : Standing::unknown;
  if (stamp > *last.server_time) {
    bool may_be_before = last.unstamped_since && baseline && !nothing_since;
    return may_be_before ? Standing::unknown : Standing::latest;
  }
  if (stamp == *last.server_time && observation.tokens_left < last.balance) return Standing::latest;
  return is_from_before(stamp, baseline) ? Standing::foreign : Standing::contained;
}

}  // namespace purser::keepa
