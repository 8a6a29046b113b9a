// How long who was refused waits before he asks again.
#pragma once

#include <algorithm>
#include <optional>

#include "purser/keepa.h"
#include "store/busy.h"

namespace purser::keepa {

// A forecast is no lease to sleep: the balance moves by other hands.
inline constexpr Duration kLongestNap = std::chrono::seconds(5);

// When to look again; nullopt: no use, or no time left.
inline std::optional<SteadyInstant> next_look(const AcquireOutcome& outcome, SteadyInstant now,
                                              SteadyInstant deadline) {
  const auto* refused = std::get_if<Refused>(&outcome);
  if (refused == nullptr || now >= deadline) return std::nullopt;
  Duration nap = std::min(refused->retry_after.value_or(kLongestNap), kLongestNap);
  return std::min(now + nap, deadline);
}

// After Keepa's 429: until its next tokens, but a tick that is due at once is no reason to hammer.
inline Duration nap_after_no_tokens(std::optional<Duration> refill_in) {
  constexpr Duration kShortestNap = std::chrono::seconds(1);
  return std::clamp(refill_in.value_or(kLongestNap), kShortestNap, kLongestNap);
}

// `wait` from now; the end of time where that is further.
inline SteadyInstant deadline_after(SteadyInstant now, Duration wait) {
  return wait > std::chrono::floor<Duration>(SteadyInstant::max() - now) ? SteadyInstant::max() : now + wait;
}

using store::retried_while_busy;

// Who may wait for tokens may wait for the database too; and where that is busy at the end, the `last` answer
// stands.
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
