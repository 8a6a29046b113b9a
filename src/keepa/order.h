// Which of two of Keepa's responses is the later one: plain values in, a standing out. Our wall clock never
// decides.
//
// Two things can tell: Keepa's own stamps, as far as they can be believed, and the account's count of applied
// observations. If nothing was applied since a request was granted (or begun), its response is later than all
// that is known; otherwise only the stamps can tell.
//
// A stamp more than 5 minutes ahead of now comes from a wrong clock and orders nothing. Nor does the last
// stamp once a response without one was applied. Where the order stays unknown, the lower balance wins: the
// ledger never errs in its own favour.
#pragma once

#include <optional>

#include "purser/keepa.h"

namespace purser::keepa {

inline constexpr Duration kBelievedAhead = std::chrono::minutes(5);

// The last observation that was applied.
struct LastObservation {
  bool known = false;                  // the balance
  std::int64_t count = 0;              // of all observations that were applied
  std::optional<Instant> server_time;  // the last stamp, and the balance that came with it
  std::optional<Millitokens> balance;
  bool unstamped_since = false;  // one without a stamp was applied since
};

// What was known of the account when a request was granted, or begun: its response is compared with this.
struct RequestBaseline {
  std::int64_t count = 0;
  std::optional<Instant> server_time;
  bool is_ours = false;  // sent by this library itself: the response cannot be another request's
};

enum class Standing {
  latest,     // later than all that is known
  contained,  // what is known is later, and has the charge of this call in it
  foreign,    // it was known before its own request was made: it is another request's response
  unknown     // nothing can tell
};

// `baseline` is nullopt where the observation belongs to no known request.
Standing standing_of(const Observation& observation, const LastObservation& last,
                     const std::optional<RequestBaseline>& baseline, Instant now);

}  // namespace purser::keepa
