// How long a refused task waits before it asks again.
#pragma once

#include <algorithm>
#include <optional>

#include "purser/keepa.h"
#include "store/busy.h"

namespace purser::keepa {

// A forecast is only that: other workers move the balance meanwhile.
inline constexpr Duration kLongestNap = std::chrono::seconds(5);

// When to ask again; nullopt: it is no use, or no time is left.
inline std::optional<SteadyInstant> next_look(const AcquireOutcome& outcome, SteadyInstant now,
                                              SteadyInstant deadline) {
  const auto* refused = std::get_if<Refused>(&outcome);
  if (refused == nullptr || now >= deadline) return std::nullopt;
  Duration nap = std::min(refused->retry_after.value_or(kLongestNap), kLongestNap);
  return std::min(now + nap, deadline);
}

// After Keepa's 429: until its next tokens, but at least a second, even where a tick is due at once.
inline Duration nap_after_no_tokens(std::optional<Duration> refill_in) {
  constexpr Duration kShortestNap = std::chrono::seconds(1);
  return std::clamp(refill_in.value_or(kLongestNap), kShortestNap, kLongestNap);
}

// now + wait, or the end of time where that would overflow.
inline SteadyInstant deadline_after(SteadyInstant now, Duration wait) {
  return wait > std::chrono::floor<Duration>(SteadyInstant::max() - now) ? SteadyInstant::max() : now + wait;
}

using store::retried_while_busy;

// A caller that waits for tokens waits for a busy database too. Where it still is busy at the deadline, the
// outcome is the `last` one, or the error if there is none.
inline AcquireOutcome acquire_unless_busy(Ledger& ledger, Clock& clock, const AcquireRequest& request,
                                          SteadyInstant deadline, const std::optional<AcquireOutcome>& last) {
  try {
    return retried_while_busy(clock, deadline, [&] { return ledger.acquire(request); });
  } catch (const Error& fault) {
    if (fault.code() != ErrorCode::busy || !last) throw;
    return *last;
  }
}

}  // namespace purser::keepa
