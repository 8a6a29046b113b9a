// Which of two of Keepa's answers is the later one: plain values in, a standing out; no clock of ours
// decides.
//
// Two things tell: Keepa's own stamps, as far as they can be believed, and the account's count of applied
// observations. Where nothing was applied since a request was granted (or begun), its answer is later than
// all that is known; where something was, only the stamps can tell.
//
// A stamp that is more than 5 minutes ahead of now is one of a wrong clock and orders nothing, and so is the
// last stamp once an answer without one was applied. What cannot be ordered is never believed to Keepa's
// favour: the lower balance wins.
#pragma once

#include <optional>

#include "purser/keepa.h"

namespace purser::keepa {

inline constexpr Duration kBelievedAhead = std::chrono::minutes(5);

// The last observation that was applied.
struct Applied {
  bool known = false;                  // the balance
  std::int64_t count = 0;              // of all that were applied
  std::optional<Instant> server_time;  // the last stamp, and the balance that came with it
  std::optional<Millitokens> balance;
  bool unstamped_since = false;  // one without a stamp was applied since
};

// What was known when the request of an answer was granted, or begun.
struct Asked {
  std::int64_t count = 0;
  std::optional<Instant> server_time;
  bool is_ours = false;  // we sent it ourselves: its answer is no other's
};

enum class Standing {
  latest,     // it is later than all that is known
  contained,  // what is known is later, and has the charge of its call in it
  foreign,    // known before its own request was made: the answer to another one
  unknown     // nobody can tell
};

// `asked` is nullopt for an answer that nobody here has asked for.
Standing standing_of(const Observation& observation, const Applied& applied,
                     const std::optional<Asked>& asked, Instant now);

}  // namespace purser::keepa
