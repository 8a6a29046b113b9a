#include "keepa/bucket.h"

#include <gtest/gtest.h>

#include <random>

namespace purser::keepa {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant kNoon{std::chrono::milliseconds(1'767'268'800'000)};

Bucket bucket_of(std::int64_t whole_tokens, std::int64_t rate) {
  Bucket bucket;
  bucket.known = true;
  bucket.balance = tokens(whole_tokens);
  bucket.refill_rate = tokens(rate);
  bucket.as_of = kNoon;
  return bucket;
}

Bucket stepped(Bucket bucket, Duration first_tick) {
  bucket.next_tick = bucket.as_of + first_tick;
  return bucket;
}

TEST(Bucket, CapacityIsAnHourOfEffectiveRefill) {
  Bucket bucket = bucket_of(0, 20);
  EXPECT_EQ(capacity(bucket), tokens(1200));
  bucket.flow_reduction = Millitokens{900};  // a tracking: 0.9 a minute
  EXPECT_EQ(capacity(bucket), Millitokens{60 * 19'100});
  bucket.flow_reduction = tokens(30);
  EXPECT_EQ(capacity(bucket), Millitokens{});
}

TEST(Bucket, ContinuousRefillLosesNoFractionHoweverOftenItIsRead) {
  // 5 a minute is 1 millitoken each 12 ms: steps of 7 ms never hit a whole one.
  Bucket often = bucket_of(-25, 5);
  Bucket once = often;
  for (Instant at = kNoon; at < kNoon + minutes(11); at += Duration{7}) refill_to(often, at);
  refill_to(often, kNoon + minutes(11));
  EXPECT_EQ(refill_to(once, kNoon + minutes(11)), tokens(55));
  EXPECT_EQ(often.balance, tokens(30));
  EXPECT_EQ(often.balance, once.balance);
  EXPECT_EQ(often.remainder, once.remainder);
}

TEST(Bucket, SteppedRefillComesAtTheTickAndNotBefore) {
  Bucket bucket = stepped(bucket_of(10, 5), seconds(20));
  EXPECT_EQ(refill_to(bucket, kNoon + seconds(20) - Duration{1}), Millitokens{});
  EXPECT_EQ(refill_to(bucket, kNoon + seconds(20)), tokens(5));
  EXPECT_EQ(refill_to(bucket, kNoon + seconds(79)), Millitokens{});
  EXPECT_EQ(refill_to(bucket, kNoon + seconds(80) + minutes(3)), tokens(20));
  EXPECT_EQ(bucket.balance, tokens(35));
  EXPECT_EQ(*bucket.next_tick, kNoon + seconds(80) + minutes(4));
}

TEST(Bucket, SteppedNeverExceedsContinuousFromTheSamePhase) {
  // What Keepa has between ticks is what it had at the last one, so stepped may lag by a tick and never lead.
  Bucket step = stepped(bucket_of(0, 5), seconds(60));
  Bucket smooth = bucket_of(0, 5);
  for (int second = 1; second < 7200; ++second) {
    refill_to(step, kNoon + seconds(second));
    refill_to(smooth, kNoon + seconds(second));
    ASSERT_LE(step.balance, smooth.balance) << second;
    ASSERT_GE(step.balance + tokens(5), smooth.balance) << second;
  }
}

TEST(Bucket, CapacityLimitsRefillAndTakesNothingAway) {
  Bucket over = bucket_of(400, 5);  // a larger plan's tokens: capacity is now 300
  EXPECT_EQ(refill_to(over, kNoon + hours(2)), Millitokens{});
  EXPECT_EQ(over.balance, tokens(400));
  Bucket under = bucket_of(-231, 5);
  refill_to(under, kNoon + hours(24 * 400));
  EXPECT_EQ(under.balance, tokens(300));
}

TEST(Bucket, AnEarlierClockRefillsNothingAndNothingTwice) {
  for (bool ticks : {false, true}) {
    Bucket bucket = ticks ? stepped(bucket_of(0, 5), seconds(30)) : bucket_of(0, 5);
    Bucket undisturbed = bucket;
    refill_to(bucket, kNoon + minutes(10));
    Bucket before = bucket;
    EXPECT_EQ(refill_to(bucket, kNoon - hours(24)), Millitokens{});
    EXPECT_EQ(bucket.as_of, before.as_of);
    refill_to(bucket, kNoon + minutes(20));
    refill_to(undisturbed, kNoon + minutes(20));
    EXPECT_EQ(bucket.balance, undisturbed.balance);
  }
}

TEST(Bucket, NoRefillAndUnknownStandStill) {
  Bucket dry = bucket_of(7, 0);
  EXPECT_EQ(refill_to(dry, kNoon + hours(5)), Millitokens{});
  Bucket unknown;
  EXPECT_EQ(refill_to(unknown, kNoon), Millitokens{});
  EXPECT_EQ(time_to_gain(dry, tokens(1), kNoon), std::nullopt);
}

TEST(Bucket, ExtremesDoNotOverflow) {
  Bucket bucket = bucket_of(0, 0);
  bucket.refill_rate = kMaxCost;
  bucket.balance = -kMaxBalance;
  refill_to(bucket, Instant{Duration{std::numeric_limits<std::int64_t>::max() / 4}});
  EXPECT_EQ(bucket.balance, capacity(bucket));
  Bucket ticking = stepped(bucket_of(0, 1), seconds(1));
  refill_to(ticking, Instant{Duration{std::numeric_limits<std::int64_t>::max() / 4}});
  EXPECT_EQ(ticking.balance, tokens(60));
}

TEST(Bucket, TimeToGainIsTheFirstInstantAtWhichItIsThere) {
  std::mt19937 random(20260101);
  auto pick = [&random](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int round = 0; round < 2000; ++round) {
    Bucket bucket = bucket_of(0, 0);
    bucket.balance = Millitokens{pick(-400'000, 100'000)};
    bucket.refill_rate = Millitokens{pick(1, 25'000)};
    bool ticks = pick(0, 1) == 1;
    if (ticks) bucket = stepped(bucket, Duration{pick(1, 60'000)});
    if (!ticks) bucket.remainder = pick(0, 59'999);
    Millitokens room = capacity(bucket) - bucket.balance;
    if (room <= Millitokens{}) continue;
    Millitokens amount{pick(1, room.count)};
    Duration wait = *time_to_gain(bucket, amount, kNoon);
    Bucket then = bucket;
    Bucket just_before = bucket;
    refill_to(then, kNoon + wait);
    refill_to(just_before, kNoon + wait - Duration{1});
    ASSERT_GE(then.balance - bucket.balance, amount);
    ASSERT_LT(just_before.balance - bucket.balance, amount);
  }
}

// Keepa's ticks come at :00; our phase is 50 s late. A full bucket loses the tick that makes up for it.
TEST(Bucket, WhatIsSpentFromAFullOneIsNotFollowedByAnEarlyTick) {
  for (std::int64_t left : {300, 296}) {
    Bucket truth = stepped(bucket_of(300, 5), seconds(60));
    Bucket told = stepped(bucket_of(left, 5), seconds(50));
    Instant at = kNoon + seconds(5);
    for (Bucket* bucket : {&truth, &told}) {
      refill_to(*bucket, at);
      spend(*bucket, tokens(100));
    }
    for (; at < kNoon + minutes(5); at += seconds(1)) {
      refill_to(truth, at);
      refill_to(told, at);
      ASSERT_LE(told.balance, truth.balance) << left << ", " << (at - kNoon).count();
    }
    EXPECT_GE(told.balance + tokens(5 + 300 - left), truth.balance) << "it costs a tick";
  }
}

TEST(Bucket, WhatIsSpentKeepsThePhaseWhereNoTickIsLost) {
  Bucket bucket = stepped(bucket_of(295, 5), seconds(50));
  spend(bucket, tokens(100));
  EXPECT_EQ(bucket.next_tick, kNoon + seconds(50));
  Bucket full = stepped(bucket_of(300, 5), seconds(50));
  spend(full, Millitokens{});
  EXPECT_EQ(full.next_tick, kNoon + seconds(50)) << "nothing was spent";
  Bucket later = stepped(bucket_of(300, 5), minutes(10));
  spend(later, tokens(100));
  EXPECT_EQ(later.next_tick, kNoon + minutes(10)) << "what was told is no earlier for that";
}

TEST(Bucket, ATickFurtherAheadThanAMinuteIsForecastWhereItIs) {
  Bucket bucket = stepped(bucket_of(0, 5), seconds(150));
  EXPECT_EQ(time_to_gain(bucket, tokens(5), kNoon), seconds(150));
  EXPECT_EQ(time_to_gain(bucket, tokens(6), kNoon), seconds(210));
  refill_to(bucket, kNoon + seconds(149));
  EXPECT_EQ(bucket.balance, Millitokens{});
  EXPECT_EQ(time_to_gain(bucket, tokens(5), kNoon + seconds(149)), seconds(1));
  // A clock that went back before the observation sees the phase alone.
  EXPECT_EQ(time_to_gain(bucket, tokens(5), kNoon - hours(24)), seconds(30));
}

TEST(Bucket, ExpiriesCountAtTheirDueInstant) {
  // Full at 300 with 240 held: the bucket only gains room when the hold is counted as spent, ten minutes in.
  Bucket bucket = bucket_of(300, 5);
  bucket.held = tokens(240);
  OpenHold hold{"a", "backfiller", "host:1", tokens(240), kNoon + minutes(10), minutes(10)};
  Projection projection = project(bucket, {hold}, kNoon + minutes(14));
  EXPECT_EQ(projection.bucket.balance, tokens(60 + 4 * 5));
  EXPECT_EQ(projection.bucket.held, Millitokens{});
  EXPECT_EQ(projection.stored.balance, tokens(60));
  EXPECT_EQ(projection.last_refill, tokens(20));
  ASSERT_EQ(projection.movements.size(), 1U);
  EXPECT_EQ(projection.movements[0].kind, "expire");
  EXPECT_EQ(projection.movements[0].at, kNoon + minutes(10));
}

}  // namespace
}  // namespace purser::keepa
