// The wall clock goes back by minutes and by a day, forward by 400 days and back, and stands still.
#include "keepa/keepa_test.h"

namespace purser::keepa {
namespace {

using ClockJumpTest = KeepaTest;

TEST_F(ClockJumpTest, StandingStillRefillsNothing) {
  observe(60);
  for (int i = 0; i < 5; ++i) granted("upserter", 5);
  EXPECT_EQ(state().available, tokens(35));
}

TEST_F(ClockJumpTest, BackByMinutesAndByADayGivesNoRefillAndNoneTwice) {
  for (Duration back : {Duration(minutes(7)), Duration(hours(24))}) {
    observe(60);
    clock_.advance(minutes(10));
    std::string id = granted("backfiller", 10);  // books 50
    clock_.jump(-back);
    EXPECT_EQ(state().balance, tokens(110));
    ledger_.settle(id, {.consumed = tokens(10)});
    EXPECT_EQ(state().balance, tokens(100));
    clock_.advance(back);
    EXPECT_EQ(state().balance, tokens(100));
    clock_.advance(minutes(1));
    EXPECT_EQ(state().balance, tokens(105));
  }
}

TEST_F(ClockJumpTest, AnObservationPutsTheInstantRight) {
  observe(60);
  clock_.jump(-hours(2));
  Observation told = says(40);
  told.server_time = clock_.now() + hours(2) + seconds(1);
  EXPECT_TRUE(ledger_.observe(told).applied);
  clock_.advance(minutes(2));
  EXPECT_EQ(state().balance, tokens(50));
}

TEST_F(ClockJumpTest, AfterAJumpARefusalAsksForAnObservationAndForecastsFromNow) {
  observe(20);
  clock_.jump(-hours(24));
  Refused refused = refusal_of(ask("backfiller", 80));
  EXPECT_TRUE(refused.observe_due);
  EXPECT_EQ(refused.retry_after, minutes(7));
}

TEST_F(ClockJumpTest, ForwardBy400DaysFillsTheBucketAndNotMore) {
  observe(-231);
  granted("backfiller", 0);
  clock_.jump(hours(24 * 400));
  EXPECT_EQ(state().balance, tokens(300));
  ledger_.settle(granted("backfiller", 240), {});
  clock_.jump(-hours(24 * 400));
  EXPECT_EQ(state().available, tokens(60));
  clock_.advance(minutes(61));
  EXPECT_EQ(state().available, tokens(60));  // nothing refills before the instant that the jump left behind
  EXPECT_TRUE(refusal_of(ask("upserter", 200)).observe_due);
  observe(77);  // Keepa's own clock never jumped
  EXPECT_EQ(state().balance, tokens(77));
}

TEST_F(ClockJumpTest, APlaceOfADeadTaskDoesNotLastADayBecauseTheClockWentBack) {
  observe(20);
  Refused told = refusal_of(ask("backfiller", 240));
  clock_.jump(-hours(24));
  EXPECT_EQ(refusal_of(ask("upserter", 1)).reason, Reason::queued);
  clock_.advance(*told.retry_after + seconds(61));
  EXPECT_EQ(refusal_of(ask("upserter", 1)).place, 1);  // its own reason now: no task is before it
}

TEST_F(ClockJumpTest, AHoldOfADeadWorkerDoesNotLastADayBecauseTheClockWentBack) {
  observe(100);
  granted("backfiller", 80);
  clock_.jump(-hours(24));
  refusal_of(ask("backfiller", 80));  // the first acquire puts it right
  clock_.advance(minutes(10));
  EXPECT_EQ(state().held, Millitokens{});
}

TEST_F(ClockJumpTest, AHoldLivesNoLongerThanItWasToldAfterAStepBackOfLessThanAnHour) {
  observe(100);
  granted("backfiller", 80);
  clock_.advance(minutes(1));
  clock_.jump(-minutes(50));
  refusal_of(ask("backfiller", 80));  // the first acquire puts it right
  clock_.advance(minutes(10));
  EXPECT_EQ(state().held, Millitokens{});
}

TEST_F(ClockJumpTest, ATickThatIsMinutesAheadIsKeptByAnObservationWithoutOne) {
  Observation phased = says(10);
  phased.refill_in = minutes(5);
  ledger_.observe(phased);
  clock_.advance(minutes(1));
  observe(12);
  clock_.advance(minutes(4) - Duration{1});
  EXPECT_EQ(state().balance, tokens(12));
  clock_.advance(Duration{1});
  EXPECT_EQ(state().balance, tokens(17));
}

TEST_F(ClockJumpTest, SteppedRefillSurvivesJumpsToo) {
  Observation phased = says(10);
  phased.refill_in = seconds(30);
  ledger_.observe(phased);
  clock_.jump(-minutes(7));
  EXPECT_EQ(state().balance, tokens(10));
  clock_.jump(minutes(7));
  clock_.advance(seconds(30));
  EXPECT_EQ(state().balance, tokens(15));
  clock_.jump(-hours(24));
  Observation bare = says(12);
  bare.server_time = std::nullopt;
  ledger_.observe(bare);
  clock_.advance(minutes(1));
  EXPECT_EQ(state().balance, tokens(17));
}

}  // namespace
}  // namespace purser::keepa
