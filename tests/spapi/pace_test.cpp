// The usage plan for all processes together.
#include "spapi/pace.h"
#include "spapi/spapi_test.h"

namespace purser::spapi {
namespace {

constexpr UsagePlan kPlan = {"getListingsRestrictions", std::chrono::milliseconds(200), 10};

class PaceTest : public SpapiTest {
 protected:
  Instant slot(const UsagePlan& plan = kPlan) { return take_slot(connection(), "seller", plan); }
  Duration wait(const UsagePlan& plan = kPlan) { return slot(plan) - clock_.now(); }
  void pause(Duration pause) { pause_operation(connection(), "seller", kPlan, pause); }
  bool paused() { return is_paused(connection(), "seller", kPlan); }
};

TEST_F(PaceTest, ABurstAndThenEvenly) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(wait(), Duration{0}) << i;
  for (int i = 1; i <= 50; ++i) EXPECT_EQ(wait(), Duration{200 * i}) << i;
}

TEST_F(PaceTest, TheSlotsOfSeveralConnectionsAreInOneOrder) {
  Database second = open("test:2");
  for (int i = 0; i < 10; ++i) slot();
  for (int i = 1; i <= 10; i += 2) {
    EXPECT_EQ(wait(), Duration{200 * i});
    EXPECT_EQ(take_slot(second.connection(), "seller", kPlan) - clock_.now(), Duration{200 * (i + 1)});
  }
}

// Whatever the moments of asking: a bucket of the burst that fills at the rate is never overdrawn.
TEST_F(PaceTest, NeverMoreThanTheBucketHolds) {
  std::vector<Instant> sent;
  unsigned random = 7;
  for (int i = 0; i < 400; ++i) {
    random = random * 1'103'515'245U + 12'345U;
    clock_.advance(Duration{(random >> 16U) % 300});
    sent.push_back(slot());
  }
  EXPECT_TRUE(std::is_sorted(sent.begin(), sent.end()));
  for (std::size_t first = 0; first < sent.size(); ++first) {
    for (std::size_t last = first; last < sent.size(); ++last) {
      auto requests = static_cast<std::int64_t>(last - first + 1);
      ASSERT_LE(requests, 10 + (sent[last] - sent[first]) / kPlan.interval) << first << " to " << last;
    }
  }
}

TEST_F(PaceTest, IdleTimeFillsTheBurstAndNoMore) {
  for (int i = 0; i < 30; ++i) slot();
  clock_.advance(hours(1));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(wait(), Duration{0});
  EXPECT_EQ(wait(), Duration{200});
}

TEST_F(PaceTest, OperationsAndSellersHaveTheirOwn) {
  for (int i = 0; i < 20; ++i) slot();
  EXPECT_EQ(wait({"other", seconds(1), 1}), Duration{0});
  EXPECT_EQ(wait({"other", seconds(1), 1}), seconds(1));
  EXPECT_EQ(take_slot(connection(), "another", kPlan), clock_.now());
}

TEST_F(PaceTest, ARateFarBelowOneASecondKeepsItsBurst) {
  UsagePlan participations = {"getMarketplaceParticipations", Duration{62'500}, 15};
  for (int i = 0; i < 15; ++i) EXPECT_EQ(wait(participations), Duration{0}) << i;
  EXPECT_EQ(wait(participations), Duration{62'500});
  EXPECT_EQ(wait(participations), Duration{125'000});
}

TEST_F(PaceTest, After429NothingGoesOutBeforeThePauseAndNoBurstAfterIt) {
  slot();
  EXPECT_FALSE(paused());
  pause(seconds(3));
  EXPECT_TRUE(paused());  // also for whom a slot had been given
  EXPECT_EQ(wait(), seconds(3));
  EXPECT_EQ(wait(), seconds(3) + Duration{200});
  clock_.advance(seconds(3));
  EXPECT_FALSE(paused());
}

TEST_F(PaceTest, AShorterPauseDoesNotEndALongerOne) {
  pause(seconds(30));
  pause(seconds(1));
  pause(-seconds(1));
  EXPECT_EQ(wait(), seconds(30));
  clock_.advance(seconds(29));
  EXPECT_TRUE(paused());
}

TEST_F(PaceTest, APauseLastsFiveMinutesAtMost) {
  pause(hours(24));
  EXPECT_EQ(wait(), minutes(5));
}

TEST_F(PaceTest, WhatAmazonSaysOfItsPlanHoldsForAllInBothDirections) {
  Database second = open("test:2");
  store_interval(connection(), "seller", kPlan, seconds(2));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(wait(), Duration{0}) << i;
  EXPECT_EQ(take_slot(second.connection(), "seller", kPlan) - clock_.now(), seconds(2));
  store_interval(second.connection(), "seller", kPlan, Duration{100});
  clock_.advance(hours(1));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(wait(), Duration{0}) << i;
  EXPECT_EQ(wait(), Duration{100});
  EXPECT_EQ(shell_.text("SELECT requests_per_second FROM ops_spapi_pace"), "10.0");
}

TEST_F(PaceTest, ARateThatStaysTheSameIsNotWrittenAgain) {
  store_interval(connection(), "seller", kPlan, seconds(2));
  auto before = shell_.number("PRAGMA data_version");
  store_interval(connection(), "seller", kPlan, seconds(2));
  EXPECT_EQ(shell_.number("PRAGMA data_version"), before);
}

// However far: no longer than those could take that wait at once, or than a pause may last.
TEST_F(PaceTest, AClockThatIsSetBackHoldsNobodyUpForLongerThanAQueue) {
  for (auto back : {seconds(30), seconds(9 * 60), seconds(11 * 60), seconds(24 * 3600)}) {
    for (int i = 0; i < 30; ++i) slot();
    clock_.jump(-back);
    EXPECT_LE(wait(), kPlan.interval * 100 + Duration{200}) << back.count();
    pause(seconds(30));
    clock_.jump(-back);
    EXPECT_LE(wait(), minutes(5) + kPlan.interval * 100) << back.count();
    clock_.advance(hours(1));
  }
}

TEST_F(PaceTest, AClockThatWasAheadHoldsNobodyUp) {
  clock_.jump(hours(24));
  for (int i = 0; i < 20; ++i) slot();
  pause(seconds(30));
  clock_.jump(-hours(24));
  EXPECT_FALSE(paused());
  EXPECT_EQ(wait(), Duration{0});
  EXPECT_EQ(wait(), Duration{200});  // and no second burst
}

TEST_F(PaceTest, WhatNobodyUsesIsForgotten) {
  slot();
  clock_.advance(hours(24 * 31));
  sellers_.set("default", credentials(), ring_);
  refresh(subject());
  EXPECT_EQ(shell_.number("SELECT count(*) FROM spapi_pace"), 0);
}

}  // namespace
}  // namespace purser::spapi
