// The token bucket as arithmetic: plain values in, plain values out; no clock, no database.
//
// Refill is integer arithmetic that loses no fraction. While the phase of Keepa's tick is unknown, refill is
// continuous (the part of a millitoken that is left is carried in 1/60000). Once an observation gave
// `refillIn`, it is stepped: a minute's tokens at each tick, so that the projection is never above what Keepa
// has.
//
// Why never above, though a response may be long on its way: Keepa states the tick relative to its response,
// so the phase here is late by the response's travel time (less than a minute, in its effect), and the
// balance is that of the response. A tick that Keepa has had in the meantime comes here later: until then it
// is missing, and each tick of ours makes up for one of Keepa's that came before it. Only a full bucket
// breaks this. Keepa's bucket loses ticks then, and a late tick of ours would add, as soon as there is room,
// tokens that Keepa never gave. So a spend from a bucket that is full, or less than a tick short of it, drops
// the phase: Keepa's next tick comes within a minute, ours at the end of it.
//
// What is left: where an observation has no refillIn, the known phase stays. It may have been late while the
// balance is new, so a tick may be there up to a minute before Keepa's. It is never more than one: between
// two of ours lies one of Keepa's, which evens it out.
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
  std::optional<Instant> next_tick;  // stepped refill: always after as_of. nullopt: continuous
};

// Per minute, never negative.
Millitokens effective_rate(const Bucket& bucket);
Millitokens capacity(const Bucket& bucket);
Millitokens available(const Bucket& bucket);  // balance - held, as of as_of
BucketState describe(const Bucket& bucket);

// Moves the bucket forward to `now` and returns what was refilled.
Millitokens refill_to(Bucket& bucket, Instant now);

// Takes `amount` away at as_of. Where the bucket was full, or less than a tick short of it, the next tick is
// now at least a minute off: Keepa's may have been lost.
void spend(Bucket& bucket, Millitokens amount);

// How long from `now` until the next tick: as far ahead as Keepa said it is. A clock that stands before as_of
// keeps only the phase within the minute. REQUIRES: bucket.next_tick.
Duration until_next_tick(const Bucket& bucket, Instant now);

// How long from `now` until `amount` more has been refilled; nullopt without refill. Capacity is left out:
// what is held or owed will have been spent by then. A clock that stands before as_of gets the forecast that
// it would get had an observation just set as_of to now. REQUIRES: the bucket was refilled to `now`.
std::optional<Duration> time_to_gain(const Bucket& bucket, Millitokens amount, Instant now);

// An open reservation.
struct OpenHold {
  std::string id, task, worker;
  Millitokens cost;
  Instant expires_at;
  Duration lifetime;
};

// One change of balance or held: an entry of the ledger.
struct Movement {
  std::string kind;
  Millitokens balance_change, held_change;
  Millitokens balance, held;  // after it
  Instant at;
  std::optional<std::string> task, worker, reservation;
};

struct Projection {
  Bucket bucket;                    // at `now`
  Bucket stored;                    // after the last expiry: what is stored if nothing else moves
  std::vector<Movement> movements;  // refills and expiries, in order, without the last refill
  std::vector<OpenHold> expired;
  Millitokens last_refill;  // from the last expiry, or from as_of, to now
};

// The bucket at `now`, with what fell due on the way: each expired hold counts as spent at its due instant,
// after the refill up to then. REQUIRES: `due` is ordered by expires_at.
Projection project(const Bucket& bucket, const std::vector<OpenHold>& due, Instant now);

}  // namespace purser::keepa
