// The places of tasks that do not come back: how they end, who is shown them, and how long they hold others
// up.
#include "keepa/keepa_test.h"
#include "keepa/maintenance.h"
#include "purser/keepa_policy.h"
#include "store/transaction.h"

namespace purser::keepa {
namespace {

class PlaceTest : public KeepaTest {
 protected:
  // How long `task` asks, every 5 s, until it is granted.
  Duration waits(const std::string& task, std::int64_t cost, Duration at_most = hours(5)) {
    SteadyInstant began = clock_.steady_now();
    while (clock_.steady_now() - began < at_most) {
      AcquireOutcome outcome = ask(task, cost);
      if (auto* granted = std::get_if<Granted>(&outcome)) {
        ledger_.settle(granted->reservation, {});
        break;
      }
      clock_.advance(seconds(5));
    }
    return std::chrono::floor<minutes>(clock_.steady_now() - began);
  }
  Finding queue() {
    store::Snapshot view(database_.connection());
    for (const Finding& finding : findings(view)) {
      if (finding.name == "keepa_queue") return finding;
    }
    throw std::runtime_error("no finding of the queue");
  }
};

TEST_F(PlaceTest, ATaskThatAsksWhileNothingIsRefilledKeepsItsPlace) {
  observe(20);
  EXPECT_EQ(refusal_of(ask("backfiller", 80)).place, 1);
  clock_.advance(seconds(1));
  Observation stopped = says(20);
  stopped.refill_rate = Millitokens{};
  ledger_.observe(stopped);
  for (int i = 0; i < 40; ++i) {
    clock_.advance(seconds(30));
    EXPECT_EQ(refusal_of(ask("backfiller", 80)).reason, Reason::no_refill);
  }
  observe(20);
  EXPECT_EQ(refusal_of(ask("another", 80)).place, 2);
  EXPECT_EQ(refusal_of(ask("backfiller", 80)).place, 1);
}

// A task that waits only for a silent place gets the same forecast from acquire, status and afford.
TEST_F(PlaceTest, WithoutARefillTheQueueForeseesTheEndOfAPlace) {
  observe(40);
  refusal_of(ask("backfiller", 80));
  clock_.advance(seconds(1));
  Observation stopped = says(60);
  stopped.refill_rate = Millitokens{};
  ledger_.observe(stopped);
  Refused behind = refusal_of(ask("another", 5));
  EXPECT_EQ(behind.reason, Reason::queued);
  ASSERT_TRUE(behind.retry_at);
  EXPECT_EQ(ledger_.status().places.at(1).expected_at, behind.retry_at);
}

TEST_F(PlaceTest, LeavingEndsAPlaceOnce) {
  observe(20);
  refusal_of(ask("upserter", 250));
  EXPECT_EQ(refusal_of(ask("backfiller", 80)).place, 2);
  EXPECT_TRUE(ledger_.leave("upserter"));
  EXPECT_FALSE(ledger_.leave("upserter"));
  EXPECT_FALSE(ledger_.leave("a task that nobody has heard of"));
  EXPECT_EQ(refusal_of(ask("backfiller", 80)).place, 1);
  EXPECT_PURSER_ERROR(ErrorCode::usage, ledger_.leave(""));
  EXPECT_PURSER_ERROR(ErrorCode::unknown_account, Ledger(database_, "elsewhere").leave("upserter"));
}

TEST_F(PlaceTest, WhoLeavesQueuesAgainAtTheEnd) {
  observe(20);
  refusal_of(ask("upserter", 30));
  refusal_of(ask("backfiller", 80));
  ledger_.leave("upserter");
  EXPECT_EQ(refusal_of(ask("upserter", 30)).place, 2);
}

TEST_F(PlaceTest, APlaceThatHasLapsedIsNotLeft) {
  observe(20);
  refusal_of(ask("backfiller", 80));
  clock_.advance(hours(1));
  EXPECT_FALSE(ledger_.leave("backfiller"));
}

TEST_F(PlaceTest, LeavingIsOfOneAccount) {
  observe(20);
  Ledger other(database_, "second");
  other.observe(says(20));
  refusal_of(ask("backfiller", 80));
  refusal_of(other.acquire({.task = "backfiller", .cost = tokens(80)}));
  EXPECT_TRUE(other.leave("backfiller"));
  EXPECT_EQ(ledger_.status().places.size(), 1U);
}

// 270 are there after 50 minutes; half the patience of 20 minutes later the next one goes.
TEST_F(PlaceTest, OneThatIsAdvisedToSkipHoldsUpForHalfItsPatienceOnceItCouldRun) {
  observe(20);
  refusal_of(ask("upserter", 250));
  EXPECT_EQ(waits("backfiller", 80), minutes(50 + 10));
  EXPECT_EQ(ledger_.status().places.front().task, "upserter") << "it keeps its rank";
}

TEST_F(PlaceTest, NoMatterWhenItsTokensCome) {
  observe(20);
  refusal_of(ask("upserter", 100));  // to wait 20 minutes
  refusal_of(ask("backfiller", 80));
  clock_.advance(minutes(8));
  observe(300);
  EXPECT_EQ(waits("backfiller", 80), minutes(10));
  ledger_.release(granted("upserter", 100));
  observe(20);
  refusal_of(ask("upserter", 5));  // to wait a minute
  EXPECT_EQ(waits("backfiller", 80), minutes(1 + 10));
}

TEST_F(PlaceTest, TheLimitIsNotLostWhereTheTokensGoAndComeAgain) {
  observe(20);
  refusal_of(ask("upserter", 100));
  refusal_of(ask("backfiller", 80));
  clock_.advance(seconds(1));
  observe(300);
  EXPECT_EQ(waits("backfiller", 80, minutes(9)), minutes(9));
  clock_.advance(seconds(1));
  observe(20);
  refusal_of(ask("backfiller", 80));
  clock_.advance(seconds(1));
  observe(300);  // a new turn: ten minutes from here
  EXPECT_EQ(waits("backfiller", 80), minutes(10));
}

TEST_F(PlaceTest, OneThatWasPassedAndCameAgainHoldsUpForAllOfItsPatience) {
  observe(20);
  refusal_of(ask("upserter", 250));
  waits("backfiller", 240);  // passes it
  refusal_of(ask("upserter", 250));
  clock_.advance(seconds(1));
  observe(290);
  EXPECT_EQ(waits("backfiller", 240), minutes(20));
}

TEST_F(PlaceTest, WhoWaitsOrdinarilyIsNotLimited) {
  set_policy(database_, "gardener", {.threshold = tokens(50), .margin = tokens(5), .patience = minutes(20)});
  observe(20);
  refusal_of(ask("gardener", 80));  // to wait seven minutes
  EXPECT_EQ(waits("backfiller", 80), minutes(7 + 20));
}

TEST_F(PlaceTest, AClockThatWentBackDoesNotLengthenTheLimit) {
  observe(20);
  refusal_of(ask("upserter", 100));
  refusal_of(ask("backfiller", 80));
  clock_.advance(seconds(1));
  observe(300);
  refusal_of(ask("backfiller", 80));
  clock_.advance(minutes(5));
  clock_.jump(-hours(24));
  EXPECT_LE(waits("backfiller", 80), minutes(10));
}

TEST_F(PlaceTest, ARefusalNamesWhoIsAhead) {
  observe(20);
  Refused first = refusal_of(ask("backfiller", 240));
  EXPECT_FALSE(first.ahead);
  clock_.advance(seconds(30));
  Refused second = refusal_of(ask("gardener", 5));
  ASSERT_TRUE(second.ahead);
  EXPECT_EQ(second.ahead->task, "backfiller");
  EXPECT_EQ(second.ahead->cost, tokens(240));
  EXPECT_EQ(second.ahead->worker, "test:1");
  EXPECT_EQ(second.ahead->asked_at, clock_.now() - seconds(30));
  EXPECT_EQ(refusal_of(ask("upserter", 5)).ahead->task, "backfiller") << "the first, not the one before";
}

TEST_F(PlaceTest, NobodyIsAheadOfOneThatIsPassed) {
  Observation large = says(100);
  large.refill_rate = tokens(20);
  ledger_.observe(large);
  refusal_of(ask("upserter", 480));
  clock_.advance(seconds(1));
  observe(40);  // a smaller plan: out of reach
  Refused refused = refusal_of(ask("backfiller", 80));
  EXPECT_EQ(refused.reason, Reason::threshold);
  EXPECT_FALSE(refused.ahead);
}

TEST_F(PlaceTest, WithoutRefillItSaysWhenTheOneBeforeItLapses) {
  set_policy(database_, "backfiller", {.margin = tokens(1)});
  observe(49);
  Refused told = refusal_of(ask("backfiller", 240));  // 24 seconds, and a minute's patience
  Instant lapses_at = *told.retry_at + minutes(1);
  clock_.advance(seconds(10));
  Observation dry = says(100);
  dry.flow_reduction = tokens(5);
  ledger_.observe(dry);
  Refused refused = refusal_of(ask("upserter", 5));
  EXPECT_EQ(refused.reason, Reason::queued);
  EXPECT_EQ(refused.retry_at, lapses_at + Duration{1});
  EXPECT_EQ(ledger_.afford({.task = "upserter", .cost = tokens(5)}).at, refused.retry_at);
  clock_.advance(*refused.retry_after);
  granted("upserter", 5);
}

}  // namespace
}  // namespace purser::keepa
