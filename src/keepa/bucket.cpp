#include "keepa/bucket.h"

#include <algorithm>

namespace purser::keepa {
namespace {

std::int64_t ceil_div(std::int64_t dividend, std::int64_t divisor) {
  return (dividend + divisor - 1) / divisor;
}

// Both kinds of refill first work out how much is missing: then no product overflows 64 bits, whatever the
// clock says. REQUIRES (both): rate > 0, missing > 0, now after as_of.
void refill_continuously(Bucket& bucket, Instant now, std::int64_t rate, std::int64_t missing) {
  std::int64_t elapsed = (now - bucket.as_of).count();
  std::int64_t until_full = ceil_div(missing * kMinuteMs - bucket.remainder, rate);
  if (elapsed >= until_full) {
    bucket.balance.count += missing;
    bucket.remainder = 0;
    return;
  }
  std::int64_t gained = rate * elapsed + bucket.remainder;
  bucket.balance.count += gained / kMinuteMs;
  bucket.remainder = gained % kMinuteMs;
}

void refill_by_ticks(Bucket& bucket, Instant now, std::int64_t rate, std::int64_t missing) {
  if (now < *bucket.next_tick) return;
  std::int64_t ticks = 1 + (now - *bucket.next_tick) / kMinute;
  *bucket.next_tick += ticks * kMinute;
  bucket.balance.count += ticks >= ceil_div(missing, rate) ? missing : ticks * rate;
}

// A full bucket, or one without refill, still moves on its phase.
void pass_time(Bucket& bucket, Instant now) {
  bucket.remainder = 0;
  if (bucket.next_tick && now >= *bucket.next_tick) bucket.next_tick = now + until_next_tick(bucket, now);
}

Movement refill_movement(const Bucket& after, Millitokens gained, Instant at) {
  return {"refill", gained, {}, after.balance, after.held, at, {}, {}, {}};
}

bool loses_a_tick(const Bucket& bucket) { return capacity(bucket) - bucket.balance < effective_rate(bucket); }

Movement expire(Bucket& bucket, const OpenHold& hold) {
  spend(bucket, hold.cost);
  bucket.held -= hold.cost;
  return {"expire",        -hold.cost, -hold.cost,  bucket.balance, bucket.held,
          hold.expires_at, hold.task,  hold.worker, hold.id};
}

}  // namespace

Millitokens effective_rate(const Bucket& bucket) {
  return std::max(bucket.refill_rate - bucket.flow_reduction, Millitokens{});
}

Millitokens capacity(const Bucket& bucket) { return kCapacityMinutes * effective_rate(bucket); }

Millitokens available(const Bucket& bucket) { return bucket.balance - bucket.held; }

BucketState describe(const Bucket& bucket) {
  return {bucket.known,      bucket.balance,         bucket.held,
          available(bucket), effective_rate(bucket), capacity(bucket)};
}

Millitokens refill_to(Bucket& bucket, Instant now) {
  if (!bucket.known || now <= bucket.as_of) return {};
  Millitokens before = bucket.balance;
  std::int64_t rate = effective_rate(bucket).count;
  std::int64_t missing = (capacity(bucket) - bucket.balance).count;
  if (rate == 0 || missing <= 0) {
    pass_time(bucket, now);
  } else if (bucket.next_tick) {
    refill_by_ticks(bucket, now, rate, missing);
  } else {
    refill_continuously(bucket, now, rate, missing);
  }
  bucket.as_of = now;
  return bucket.balance - before;
}

void spend(Bucket& bucket, Millitokens amount) {
  bool is_spent = bucket.known && amount > Millitokens{};
  if (is_spent && bucket.next_tick && loses_a_tick(bucket))
    bucket.next_tick = std::max(*bucket.next_tick, bucket.as_of + kMinute);
  bucket.balance -= amount;
}

Duration until_next_tick(const Bucket& bucket, Instant now) {
  Duration distance = *bucket.next_tick - now;
  if (now >= bucket.as_of && distance > Duration::zero()) return distance;
  distance %= kMinute;
  return distance > Duration::zero() ? distance : distance + kMinute;
}

std::optional<Duration> time_to_gain(const Bucket& bucket, Millitokens amount, Instant now) {
  if (amount <= Millitokens{}) return Duration::zero();
  std::int64_t rate = effective_rate(bucket).count;
  if (rate == 0) return std::nullopt;
  if (!bucket.next_tick) return Duration{ceil_div(amount.count * kMinuteMs - bucket.remainder, rate)};
  std::int64_t ticks = ceil_div(amount.count, rate);
  return until_next_tick(bucket, now) + (ticks - 1) * kMinute;
}

Projection project(const Bucket& bucket, const std::vector<OpenHold>& due, Instant now) {
  Projection projection{bucket, bucket, {}, due, {}};
  Bucket& state = projection.bucket;
  for (const OpenHold& hold : due) {
    Millitokens gained = refill_to(state, hold.expires_at);
    if (gained > Millitokens{})
      projection.movements.push_back(refill_movement(state, gained, hold.expires_at));
    projection.movements.push_back(expire(state, hold));
  }
  projection.stored = state;
  projection.last_refill = refill_to(state, now);
  return projection;
}

}  // namespace purser::keepa
