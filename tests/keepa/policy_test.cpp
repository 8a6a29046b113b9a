// The decision as a table: what is asked in which state, and what is answered.
#include "keepa/policy.h"

#include <gtest/gtest.h>

namespace purser::keepa {
namespace {

constexpr Instant kNow{std::chrono::milliseconds(1'767'268'800'000)};

Policy standard(std::optional<Millitokens> max_deficit = {}) {
  return {"standard", tokens(50), tokens(5), {}, max_deficit, std::chrono::seconds(60)};
}
Policy upserter() { return {"upserter", {}, {}, tokens(20), {}, std::chrono::minutes(20)}; }

struct Case {
  const char* rule;
  Policy policy;
  std::int64_t available;
  std::int64_t rate;
  std::int64_t cost;
  std::vector<QueuedTask> queue;
  DecisionKind kind;
  std::optional<Reason> reason;
  std::optional<Millitokens> target;
  std::optional<int> place;
  std::optional<Duration> retry_after;
};

constexpr auto kNone = std::nullopt;
Duration minutes(int count) { return std::chrono::minutes(count); }

const QueuedTask kMine{"mine", tokens(80), tokens(55)};
const QueuedTask kOther{"other", tokens(240), tokens(55)};
const QueuedTask kSlow{"slow", tokens(10), tokens(55), true, kNow + std::chrono::minutes(1)};

// Refill is continuous here: a wait is (what is missing) / rate.
// clang-format off
const Case kCases[] = {
    {"55 - 80 = -25 is granted", standard(), 55, 5, 80, {}, DecisionKind::grant, kNone, kNone, kNone, kNone},
    {"exactly the threshold is granted", standard(), 50, 5, 240, {}, DecisionKind::grant, kNone, kNone, kNone, kNone},
    {"below waits for threshold + margin, never for full", standard(), 49, 5, 1, {}, DecisionKind::refuse, Reason::threshold, tokens(55), 1, minutes(6) / 5},
    {"the wait does not depend on the cost", standard(), 49, 5, 500, {}, DecisionKind::refuse, Reason::threshold, tokens(55), 1, minutes(6) / 5},
    {"a deep debt waits its refill", standard(), -231, 5, 80, {}, DecisionKind::refuse, Reason::threshold, tokens(55), 1, minutes(286) / 5},
    {"no refill: nothing to wait for", standard(), 10, 0, 5, {}, DecisionKind::refuse, Reason::no_refill, tokens(55), kNone, kNone},
    {"no refill, but enough", standard(), 60, 0, 5, {}, DecisionKind::grant, kNone, kNone, kNone, kNone},
    {"cost 0 passes debt and queue", standard(), -100, 5, 0, {kOther}, DecisionKind::grant, kNone, kNone, kNone, kNone},
    {"cost 0 passes no refill", standard(), -100, 0, 0, {}, DecisionKind::grant, kNone, kNone, kNone, kNone},
    {"the first place is not granted at its threshold", standard(), 52, 5, 80, {kMine}, DecisionKind::refuse, Reason::threshold, tokens(55), 1, minutes(3) / 5},
    {"the first place is granted at its target", standard(), 55, 5, 80, {kMine, kOther}, DecisionKind::grant, kNone, kNone, kNone, kNone},
    {"behind another, however much there is", standard(), 300, 5, 80, {kOther}, DecisionKind::refuse, Reason::queued, tokens(55), 2, std::chrono::seconds(5)},
    {"behind another: its target, its cost, then mine", standard(), 50, 5, 80, {kOther}, DecisionKind::refuse, Reason::queued, tokens(55), 2, minutes(245) / 5},
    {"the own place behind another is kept", standard(), 50, 5, 80, {kOther, kMine}, DecisionKind::refuse, Reason::queued, tokens(55), 2, minutes(245) / 5},
    {"upserter keeps its buffer", upserter(), 25, 5, 5, {}, DecisionKind::grant, kNone, kNone, kNone, kNone},
    {"upserter below its buffer", upserter(), 24, 5, 5, {}, DecisionKind::refuse, Reason::buffer, tokens(25), 1, minutes(1) / 5},
    {"upserter beyond capacity", upserter(), 24, 5, 281, {}, DecisionKind::never, Reason::beyond_capacity, tokens(301), kNone, kNone},
    {"upserter at capacity", upserter(), 24, 5, 280, {}, DecisionKind::refuse, Reason::buffer, tokens(300), 1, minutes(276) / 5},
    {"never also in the queue", upserter(), 24, 5, 281, {kOther}, DecisionKind::never, Reason::beyond_capacity, tokens(301), kNone, kNone},
    {"beyond capacity but there now (a larger plan's tokens)", upserter(), 400, 5, 300, {}, DecisionKind::grant, kNone, kNone, kNone, kNone},
    {"enough, behind another, and no refill: its turn comes when the other's place ends", upserter(), 100, 0, 5, {kOther, kSlow}, DecisionKind::refuse, Reason::queued, tokens(25), 3, minutes(1) + Duration{1}},
    {"behind one that ends at once: a moment", upserter(), 100, 0, 5, {kOther}, DecisionKind::refuse, Reason::queued, tokens(25), 2, std::chrono::seconds(5)},
    {"no refill also in the queue", upserter(), 24, 0, 5, {kOther}, DecisionKind::refuse, Reason::no_refill, tokens(25), kNone, kNone},
    {"max_deficit holds back what the threshold would grant", standard(tokens(100)), 60, 5, 200, {}, DecisionKind::refuse, Reason::max_deficit, tokens(100), 1, minutes(40) / 5},
    {"max_deficit within", standard(tokens(100)), 100, 5, 200, {}, DecisionKind::grant, kNone, kNone, kNone, kNone},
    {"max_deficit below the threshold too", standard(tokens(100)), 20, 5, 80, {}, DecisionKind::refuse, Reason::threshold, tokens(55), 1, minutes(35) / 5},
    {"max_deficit that no bucket reaches", standard(tokens(180)), 300, 5, 481, {}, DecisionKind::never, Reason::beyond_capacity, tokens(301), kNone, kNone},
    {"max_deficit that a full bucket reaches", standard(tokens(180)), 299, 5, 480, {}, DecisionKind::refuse, Reason::max_deficit, tokens(300), 1, minutes(1) / 5},
};
// clang-format on

TEST(Policy, DecidesAsTheTableSays) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.rule);
    Bucket bucket;
    bucket.known = true;
    bucket.balance = tokens(c.available + 30);
    bucket.held = tokens(30);  // only the difference counts
    bucket.refill_rate = tokens(c.rate);
    bucket.as_of = kNow;
    Decision decision = decide({bucket, c.policy, c.queue, "mine", tokens(c.cost), kNow});
    EXPECT_EQ(decision.kind, c.kind);
    EXPECT_EQ(decision.reason, c.reason);
    EXPECT_EQ(decision.target, c.target);
    EXPECT_EQ(decision.place, c.place);
    EXPECT_EQ(decision.retry_after, c.retry_after);
  }
}

TEST(Policy, ThresholdAndTargetAreAtMostCapacity) {
  Bucket bucket;
  bucket.known = true;
  bucket.refill_rate = Millitokens{500};  // capacity 30
  bucket.as_of = kNow;
  bucket.balance = tokens(30);
  Policy policy = standard();
  EXPECT_EQ(decide({bucket, policy, {}, "mine", tokens(80), kNow}).kind, DecisionKind::grant);
  bucket.balance = tokens(29);
  EXPECT_EQ(decide({bucket, policy, {}, "mine", tokens(80), kNow}).target, tokens(30));
}

TEST(Policy, NothingThatCostsIsGrantedOnAnUnknownBalance) {
  Bucket unknown;
  Policy policy = standard();
  Decision decision = decide({unknown, policy, {kOther}, "mine", tokens(1), kNow});
  EXPECT_EQ(decision.reason, Reason::unknown_balance);
  EXPECT_EQ(decision.retry_after, std::nullopt);
  EXPECT_EQ(decision.place, std::nullopt);
}

TEST(Policy, APlaceLapsesAfterItsWaitAndPatience) {
  PlaceLife life{kNow, std::chrono::seconds(100)};
  EXPECT_FALSE(has_lapsed(life, kNow + std::chrono::seconds(100)));
  EXPECT_TRUE(has_lapsed(life, kNow + std::chrono::milliseconds(100'001)));
  EXPECT_FALSE(has_lapsed(life, kNow - std::chrono::hours(24)));
}

Bucket bucket_of(std::int64_t whole_tokens, std::int64_t rate) {
  Bucket bucket;
  bucket.known = true;
  bucket.balance = tokens(whole_tokens);
  bucket.refill_rate = tokens(rate);
  bucket.as_of = kNow;
  return bucket;
}

TEST(Policy, APlaceThatNoRefillReachesHoldsNobodyUp) {
  PlaceLife asked{kNow, minutes(60), minutes(1)};
  EXPECT_TRUE(holds_up(tokens(300), asked, bucket_of(0, 5), kNow));
  EXPECT_FALSE(holds_up(tokens(301), asked, bucket_of(0, 5), kNow));  // the plan shrank: capacity is 300
  EXPECT_TRUE(holds_up(tokens(301), asked, bucket_of(301, 5), kNow));
  EXPECT_FALSE(holds_up(tokens(55), asked, bucket_of(54, 0), kNow));
  EXPECT_TRUE(holds_up(tokens(55), asked, bucket_of(55, 0), kNow));
  EXPECT_TRUE(holds_up(tokens(301), asked, Bucket{}, kNow)) << "nothing is known of the capacity";
}

TEST(Policy, APlaceThatSleepsOnIsPassedUntilTheTimeThatItWasTold) {
  PlaceLife told_an_hour{kNow, minutes(61), minutes(1)};
  auto holds = [&](std::int64_t available, Duration later) {
    return holds_up(tokens(55), told_an_hour, bucket_of(available, 5), kNow + later);
  };
  EXPECT_TRUE(holds(54, minutes(30))) << "its tokens are not there yet";
  EXPECT_TRUE(holds(55, minutes(1))) << "it asked within its patience";
  EXPECT_FALSE(holds(55, minutes(1) + Duration{1}));
  EXPECT_FALSE(holds(300, minutes(60) - Duration{1}));
  EXPECT_TRUE(holds(55, minutes(60))) << "now it is expected";
  EXPECT_TRUE(holds(55, -std::chrono::hours(5))) << "a clock that went back";
}

TEST(Policy, APlaceThatIsAdvisedToSkipHoldsUpForHalfItsPatienceOnceItCouldRun) {
  PlaceLife once{kNow, minutes(90), minutes(20), hold_limit_of(true, false, minutes(20))};
  EXPECT_TRUE(holds_up(tokens(55), once, bucket_of(55, 5), kNow + minutes(75))) << "nobody has seen it yet";
  once.reached_at = kNow + minutes(75);
  auto holds = [](const PlaceLife& life, std::int64_t available, Duration later) {
    return holds_up(tokens(55), life, bucket_of(available, 5), kNow + minutes(75) + later);
  };
  EXPECT_TRUE(holds(once, 55, minutes(10)));
  EXPECT_FALSE(holds(once, 55, minutes(10) + Duration{1}));
  EXPECT_TRUE(holds(once, 54, minutes(11))) << "its tokens are gone again";
  EXPECT_TRUE(holds(once, 55, -std::chrono::hours(5))) << "a clock that went back";
  PlaceLife came_again = once;
  came_again.hold_limit = hold_limit_of(true, true, minutes(20));
  EXPECT_TRUE(holds(came_again, 55, minutes(14)));
  EXPECT_FALSE(hold_limit_of(false, false, minutes(20)));
}

TEST(Policy, APlaceCeasesToHoldUpWhenItLapsesFallsAsleepOrReachesItsLimit) {
  PlaceLife short_wait{kNow, minutes(2), minutes(1)};
  EXPECT_EQ(holds_up_until(short_wait, kNow), kNow + minutes(2));
  PlaceLife long_wait{kNow, minutes(61), minutes(1)};
  EXPECT_EQ(holds_up_until(long_wait, kNow), kNow + minutes(1));
  EXPECT_EQ(holds_up_until(long_wait, kNow + minutes(60)), kNow + minutes(61));
  PlaceLife skips{kNow, minutes(30), minutes(20), minutes(10), kNow + minutes(3)};
  EXPECT_EQ(holds_up_until(skips, kNow + minutes(4)), kNow + minutes(13));
}

const QueuedTask kOutOfReach{"large", tokens(280), tokens(400), false};

TEST(Policy, WhoIsPassedKeepsItsRank) {
  Policy policy = standard();
  std::vector<QueuedTask> queue = {kOutOfReach};
  EXPECT_EQ(decide({bucket_of(50, 5), policy, queue, "mine", tokens(80), kNow}).kind, DecisionKind::grant);
  Decision refused = decide({bucket_of(49, 5), policy, queue, "mine", tokens(80), kNow});
  EXPECT_EQ(refused.place, 2);
  EXPECT_EQ(refused.reason, Reason::threshold) << "nobody's turn is before it";
  EXPECT_EQ(refused.retry_after, minutes(6) / 5);
  queue = {kOutOfReach, kMine, kOther};
  EXPECT_EQ(decide({bucket_of(55, 5), policy, queue, "mine", tokens(80), kNow}).kind, DecisionKind::grant);
  queue = {kOutOfReach, kOther, kMine};
  EXPECT_EQ(decide({bucket_of(55, 5), policy, queue, "mine", tokens(80), kNow}).reason, Reason::queued);
  EXPECT_EQ(decide({bucket_of(55, 5), policy, queue, "large", tokens(10), kNow}).kind, DecisionKind::grant);
}

TEST(Policy, NoTurnIsForecastThatNoRefillReaches) {
  EXPECT_EQ(time_to_turn(bucket_of(0, 5), {kMine, kOutOfReach}, kNow), std::nullopt);
  EXPECT_EQ(time_to_turn(bucket_of(0, 5), {kOutOfReach, kMine}, kNow), minutes(11));
}

TEST(Policy, BeliefIsStaleAfterAMinuteOrWhenItIsInTheFuture) {
  EXPECT_TRUE(observe_due({}, kNow));
  EXPECT_FALSE(observe_due(kNow - std::chrono::seconds(60), kNow));
  EXPECT_TRUE(observe_due(kNow - std::chrono::milliseconds(60'001), kNow));
  EXPECT_TRUE(observe_due(kNow + std::chrono::hours(24), kNow));
}

}  // namespace
}  // namespace purser::keepa
