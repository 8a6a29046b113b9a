// The token bucket as arithmetic: plain values in, plain values out; no clock, no database.
//
// Refill is integer arithmetic that loses no fraction. While Keepa's tick phase is not known it is continuous
// (what is left of a millitoken is carried in 1/60000); once an observation said `refillIn`, it is stepped: a
// minute's tokens at each tick, so that the projection is never above what Keepa has.
//
// Why never above, though an answer may be long on its way: Keepa tells a tick as so far from its answer, so
// the phase here is late by that time (less than a minute, in its effect), and the balance is that of the
// answer. A tick that Keepa has had since comes here later: it is missing until then, and every tick of ours
// makes up for one of Keepa's that came before it. Only a full bucket breaks this: Keepa's loses ticks, and a
// tick of ours that stands for a lost one is one too many as soon as there is room again. So who spends from
// a bucket that is full, or less than a tick short of it, takes the phase away: Keepa's next tick comes
// within a minute, ours at its end. What is left: where an observation tells no refillIn the phase that was
// known stays. It may have been late, and the balance is new: then a tick may be there up to a minute before
// Keepa's. Never more than one: between two of ours lies one of Keepa's, which takes that back.
//
// Capacity limits refill, it never takes balance away. An earlier clock refills nothing and moves nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "purser/keepa.h"

namespace purser::keepa {

inline constexpr std::int64_t kMinuteMs = 60'000;
inline constexpr Duration kMinute{kMinuteMs};
// Unused tokens expire after an hour (Keepa's plan description).
inline constexpr std::int64_t kCapacityMinutes = 60;

struct Bucket {
  bool known = false;
  Millitokens balance;         // as of as_of
  Millitokens held;            // the sum of the open reservations
  std::int64_t remainder = 0;  // of continuous refill, in 1/60000 millitoken
  Instant as_of{};
  Millitokens refill_rate;           // per minute
  Millitokens flow_reduction;        // per minute, lost to trackings
  std::optional<Instant> next_tick;  // stepped refill: always later than as_of
};

// Per minute, never negative.
Millitokens effective_rate(const Bucket& bucket);
Millitokens capacity(const Bucket& bucket);
Millitokens available(const Bucket& bucket);  // balance - held, as of as_of
BucketState describe(const Bucket& bucket);

// Moves the bucket forward to `now` and returns what was refilled.
Millitokens refill_to(Bucket& bucket, Instant now);

// Takes `amount` away at as_of. A bucket that was full, or less than a tick short of it, loses its phase.
void spend(Bucket& bucket, Millitokens amount);

// How long from `now` until the next tick, where the phase is known: as far ahead as Keepa said it is; a
// clock that stands before as_of sees the phase alone.
Duration until_next_tick(const Bucket& bucket, Instant now);

// How long from `now` (to which the bucket was refilled) until `amount` more has been refilled; nullopt
// without refill. Capacity is left out: what is held or owed will have been spent by then. A clock that
// stands before as_of is forecast as if an observation had just put it right.
std::optional<Duration> time_to_gain(const Bucket& bucket, Millitokens amount, Instant now);

// A reservation that matters to the projection.
struct OpenHold {
  std::string id, task, worker;
  Millitokens cost;
  Instant expires_at;
  Duration lifetime;
};

// One change of balance or held: a row of the ledger.
struct Movement {
  std::string kind;
  Millitokens balance_change, held_change;
  Millitokens balance, held;  // after it
  Instant at;
  std::optional<std::string> task, worker, reservation;
};

struct Projection {
  Bucket bucket;  // at `now`
  Bucket booked;  // after the last expiry: what is stored when nothing else moves
  std::vector<Movement>
      movements;  // refills and expiries, in order; the last refill, up to now, is not among them
  std::vector<OpenHold> expired;
  Millitokens last_refill;  // from the last expiry, or from as_of, to now
};

// What fell due by `now`: each expired hold is counted as spent at its due instant, with the refill up to it
// before. `due` is ordered by expires_at.
Projection project(const Bucket& bucket, const std::vector<OpenHold>& due, Instant now);

}  // namespace purser::keepa
