#include <algorithm>
#include <optional>

#include "keepa/keepa_test.h"
#include "purser/keepa_policy.h"
#include "store/transaction.h"

namespace purser::keepa {
namespace {

using AcquireTest = KeepaTest;

TEST_F(AcquireTest, TheExampleOfTheStrategy) {
  observe(55);
  Granted grant = grant_of(ask("backfiller", 80));
  EXPECT_EQ(grant.available, tokens(-25));
  EXPECT_EQ(grant.expires_at, clock_.now() + minutes(10));
  EXPECT_EQ(state().balance, tokens(55));
  EXPECT_EQ(state().held, tokens(80));
  Refused refused = refusal_of(ask("backfiller", 80));
  EXPECT_EQ(refused.reason, Reason::threshold);
  EXPECT_EQ(refused.target, tokens(55));
  EXPECT_EQ(refused.place, 1);
  EXPECT_EQ(refused.retry_after, minutes(16));  // (55 + 25) / 5
  EXPECT_EQ(refused.retry_at, clock_.now() + minutes(16));
}

TEST_F(AcquireTest, AFreshAccountGrantsOnlyWhatIsFree) {
  Refused refused = refusal_of(ask("backfiller", 1));
  EXPECT_EQ(refused.reason, Reason::unknown_balance);
  EXPECT_EQ(refused.retry_at, std::nullopt);
  EXPECT_EQ(refused.place, std::nullopt);
  EXPECT_TRUE(refused.observe_due);
  EXPECT_EQ(grant_of(ask("backfiller", 0)).available, std::nullopt);
  EXPECT_FALSE(ledger_.status().as_of);
}

TEST_F(AcquireTest, ARefusalWritesNoLedgerRow) {
  observe(10);
  clock_.advance(minutes(1));
  refusal_of(ask("backfiller", 80));
  EXPECT_EQ(kinds(10), "open");
}

TEST_F(AcquireTest, WrongRequestsAreUsageErrorsAndChangeNothing) {
  observe(100);
  EXPECT_PURSER_ERROR(ErrorCode::usage, ask("t", -1));
  EXPECT_PURSER_ERROR(ErrorCode::usage, ledger_.acquire({.task = "t", .cost = kMaxCost + Millitokens{1}}));
  EXPECT_PURSER_ERROR(ErrorCode::usage, ask("", 1));
  EXPECT_PURSER_ERROR(ErrorCode::usage, ask("a\nb", 1));
  EXPECT_PURSER_ERROR(ErrorCode::invalid_text, ask("a\xff", 1));
  for (Duration lifetime : {Duration{0}, hours(1) + Duration{1}}) {
    EXPECT_PURSER_ERROR(ErrorCode::usage,
                        ledger_.acquire({.task = "t", .cost = tokens(1), .expires_in = lifetime}));
  }
  EXPECT_PURSER_ERROR(ErrorCode::unknown_account, Ledger(database_, "elsewhere").status());
  EXPECT_EQ(kinds(10), "open");
}

TEST_F(AcquireTest, AnIdempotencyKeyGivesTheFirstGrantFor24Hours) {
  observe(200);
  AcquireRequest request{.task = "backfiller", .cost = tokens(80), .idempotency_key = "job-7"};
  Granted first = grant_of(ledger_.acquire(request));
  clock_.advance(minutes(1));
  Granted again = grant_of(ledger_.acquire(request));
  EXPECT_EQ(again.reservation, first.reservation);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.ended, std::nullopt);
  EXPECT_EQ(state().held, tokens(80));
  EXPECT_PURSER_ERROR(
      ErrorCode::idempotency_conflict,
      ledger_.acquire({.task = "backfiller", .cost = tokens(81), .idempotency_key = "job-7"}));
  EXPECT_PURSER_ERROR(ErrorCode::idempotency_conflict,
                      ledger_.acquire({.task = "upserter", .cost = tokens(80), .idempotency_key = "job-7"}));
  ledger_.settle(first.reservation, {});
  again = grant_of(ledger_.acquire(request));
  EXPECT_EQ(again.ended, Ending::settle);
  EXPECT_EQ(state().held, Millitokens{});
  clock_.advance(hours(24));
  observe(200);
  EXPECT_NE(grant_of(ledger_.acquire(request)).reservation, first.reservation);
}

TEST_F(AcquireTest, ARefusedKeyIsNotRemembered) {
  observe(10);
  AcquireRequest request{.task = "backfiller", .cost = tokens(80), .idempotency_key = "job-8"};
  refusal_of(ledger_.acquire(request));
  clock_.advance(seconds(1));
  observe(300);
  EXPECT_FALSE(grant_of(ledger_.acquire(request)).replayed);
}

TEST_F(AcquireTest, TasksWithoutAPolicyFollowTheStandardAndAreListed) {
  observe(50);
  granted("gardener", 400);
  EXPECT_EQ(ledger_.status().unknown_tasks, std::vector<std::string>{"gardener"});
  set_policy(database_, "gardener", {.buffer = tokens(10)});
  EXPECT_TRUE(ledger_.status().unknown_tasks.empty());
}

TEST_F(AcquireTest, AChangedPolicyDecidesTheNextRequest) {
  observe(40);
  refusal_of(ask("backfiller", 80));
  set_policy(database_, "backfiller", {.threshold = tokens(30)});
  set_policy(database_, "backfiller", {.max_deficit = DeficitChange::at_most(tokens(100))});
  granted("backfiller", 80);
}

TEST_F(AcquireTest, APolicyKeepsWhatAChangeDoesNotName) {
  set_policy(database_, "backfiller", {.threshold = tokens(30)});
  set_policy(database_, "backfiller", {.max_deficit = DeficitChange::at_most(tokens(100))});
  auto all = policies(database_);
  auto stored =
      std::find_if(all.begin(), all.end(), [](const Policy& one) { return one.name == "backfiller"; });
  ASSERT_NE(stored, all.end());
  EXPECT_EQ(stored->threshold, tokens(30));
  EXPECT_EQ(stored->margin, tokens(5));
  EXPECT_EQ(stored->max_deficit, tokens(100));
}

TEST_F(AcquireTest, ABufferTakesThePlaceOfThresholdAndMaxDeficit) {
  set_policy(database_, "backfiller", {.threshold = tokens(30)});
  set_policy(database_, "backfiller", {.max_deficit = DeficitChange::at_most(tokens(100))});
  Policy turned = set_policy(database_, "backfiller", {.buffer = tokens(7)});
  EXPECT_EQ(turned.threshold, std::nullopt);
  EXPECT_EQ(turned.max_deficit, std::nullopt);
}

TEST_F(AcquireTest, APolicyHasEitherAThresholdOrABuffer) {
  EXPECT_PURSER_ERROR(ErrorCode::usage,
                      set_policy(database_, "x", {.threshold = tokens(1), .buffer = tokens(1)}));
}

TEST_F(AcquireTest, APolicyWithABufferHasNoMaxDeficit) {
  EXPECT_PURSER_ERROR(ErrorCode::usage,
                      set_policy(database_, "upserter", {.max_deficit = DeficitChange::at_most(tokens(1))}));
}

TEST_F(AcquireTest, NeverTakesNoPlaceAndHoldsNobodyUp) {
  observe(100);
  AcquireOutcome outcome = ask("upserter", 290);  // 290 + 20 > 300
  ASSERT_TRUE(std::holds_alternative<Never>(outcome));
  EXPECT_EQ(std::get<Never>(outcome).reason, Reason::beyond_capacity);
  EXPECT_TRUE(ledger_.status().places.empty());
  granted("backfiller", 80);
}

TEST_F(AcquireTest, TheFirstPlaceIsServedBeforeANewcomer) {
  observe(20);
  EXPECT_EQ(refusal_of(ask("backfiller", 240)).place, 1);
  Refused queued = refusal_of(ask("upserter", 1));
  EXPECT_EQ(queued.reason, Reason::queued);
  EXPECT_EQ(queued.place, 2);
  EXPECT_EQ(queued.advice, Advice::skip);
  clock_.advance(minutes(6) + seconds(1));  // 50: a newcomer's threshold, not the place's target
  EXPECT_EQ(refusal_of(ask("backfiller", 240)).reason, Reason::threshold);
  clock_.advance(minutes(1));
  granted("backfiller", 240);
  EXPECT_EQ(refusal_of(ask("upserter", 1)).place, 1);
  EXPECT_EQ(refusal_of(ask("backfiller", 240)).place, 2);
  EXPECT_EQ(ledger_.status().places.size(), 2U);
}

TEST_F(AcquireTest, AFreeCallNeitherWaitsNorLosesThePlace) {
  observe(20);
  refusal_of(ask("backfiller", 240));
  granted("backfiller", 0);
  granted("upserter", 0);
  EXPECT_EQ(refusal_of(ask("backfiller", 240)).place, 1);
}

TEST_F(AcquireTest, APlaceLapsesWhenNobodyOfTheTaskAsks) {
  observe(20);
  Refused told = refusal_of(ask("backfiller", 240));
  clock_.advance(*told.retry_after + seconds(60));
  EXPECT_EQ(refusal_of(ask("upserter", 1)).reason, Reason::queued);
  clock_.advance(Duration{1});
  granted("upserter", 1);
  EXPECT_TRUE(ledger_.status().places.empty());
}

TEST_F(AcquireTest, WithoutRefillNothingWaits) {
  Observation dry = says(10);
  dry.flow_reduction = tokens(5);
  ledger_.observe(dry);
  Refused refused = refusal_of(ask("backfiller", 80));
  EXPECT_EQ(refused.reason, Reason::no_refill);
  EXPECT_EQ(refused.retry_at, std::nullopt);
  EXPECT_EQ(refused.place, std::nullopt);
}

TEST_F(AcquireTest, ADeadWorkersReservationIsCountedAsSpentBeforeAnythingIsDecided) {
  observe(60);
  std::string id = granted("backfiller", 80);
  clock_.advance(minutes(10));
  EXPECT_EQ(state().balance, tokens(60 + 50 - 80));  // a read projects it likewise
  EXPECT_EQ(kinds(10), "open hold");
  refusal_of(ask("backfiller", 80));
  EXPECT_EQ(kinds(10), "open hold refill expire");
  EXPECT_FALSE(ledger_.release(id));
  EXPECT_EQ(state().balance, tokens(30));
}

TEST_F(AcquireTest, WaitingAsksAgainUntilGranted) {
  observe(20);
  SteadyInstant began = clock_.steady_now();
  AcquireOutcome outcome = ledger_.acquire_waiting({.task = "backfiller", .cost = tokens(80)}, minutes(30));
  EXPECT_EQ(grant_of(outcome).available, tokens(55 - 80));
  EXPECT_EQ(clock_.steady_now() - began, minutes(7));  // (55 - 20) / 5
}

TEST_F(AcquireTest, WaitingEndsWithItsDeadlineAndAtOnceWithNever) {
  observe(20);
  SteadyInstant began = clock_.steady_now();
  EXPECT_EQ(
      refusal_of(ledger_.acquire_waiting({.task = "backfiller", .cost = tokens(80)}, seconds(33))).reason,
      Reason::threshold);
  EXPECT_EQ(clock_.steady_now() - began, seconds(33));
  EXPECT_TRUE(std::holds_alternative<Never>(
      ledger_.acquire_waiting({.task = "upserter", .cost = tokens(500)}, minutes(1))));
  EXPECT_EQ(clock_.steady_now() - began, seconds(33));
}

TEST_F(AcquireTest, WaitingSurvivesADatabaseThatIsBusyForLongerThanItsOwnDeadline) {
  observe(100);
  DatabaseOptions hasty = options("test:2");
  hasty.busy_deadline = Duration{1};
  Database other = Database::open(hasty);
  std::optional<store::Transaction> holder(std::in_place, database_.connection());
  // The holder lets go when somebody sleeps, as the waiter does once its own deadline has passed.
  struct LettingGo final : Clock {
    LettingGo(test::TestClock& inner_in, std::optional<store::Transaction>& holder_in)
        : inner(inner_in), held(holder_in) {}
    Instant now() const override { return inner.now(); }
    SteadyInstant steady_now() const override { return inner.steady_now(); }
    void sleep_until(SteadyInstant when) override {
      held.reset();
      inner.sleep_until(when);
    }
    test::TestClock& inner;
    std::optional<store::Transaction>& held;
  } letting_go(clock_, holder);
  EXPECT_PURSER_ERROR(ErrorCode::busy, Ledger(other).acquire({.task = "backfiller", .cost = tokens(80)}));
  hasty.clock = &letting_go;
  Database patient = Database::open(hasty);
  Granted grant =
      grant_of(Ledger(patient).acquire_waiting({.task = "backfiller", .cost = tokens(80)}, minutes(1)));
  EXPECT_EQ(grant.available, tokens(20) + Millitokens{8});  // 5 a minute: 8 millitokens in the nap of 100 ms
}

TEST_F(AcquireTest, WhereTheDatabaseIsBusyAtTheEndOfAWaitTheLastRefusalIsTheAnswer) {
  observe(20);
  std::optional<store::Transaction> holder;
  // Somebody takes the gate while the waiter sleeps, and keeps it.
  struct Holding final : Clock {
    Holding(test::TestClock& inner_in, std::optional<store::Transaction>& holder_in,
            store::Connection& connection_in)
        : inner(inner_in), holder(holder_in), connection(connection_in) {}
    Instant now() const override { return inner.now(); }
    SteadyInstant steady_now() const override { return inner.steady_now(); }
    void sleep_until(SteadyInstant when) override {
      if (!holder) holder.emplace(connection);
      inner.sleep_until(when);
    }
    test::TestClock& inner;
    std::optional<store::Transaction>& holder;
    store::Connection& connection;
  } holding(clock_, holder, database_.connection());
  DatabaseOptions hasty = options("test:2");
  hasty.busy_deadline = Duration{1};
  hasty.clock = &holding;
  Database waits = Database::open(hasty);
  Refused refused =
      refusal_of(Ledger(waits).acquire_waiting({.task = "backfiller", .cost = tokens(80)}, seconds(7)));
  EXPECT_EQ(refused.reason, Reason::threshold);
  EXPECT_EQ(refused.place, 1);
  EXPECT_PURSER_ERROR(ErrorCode::busy,
                      Ledger(waits).acquire_waiting({.task = "backfiller", .cost = tokens(80)}, seconds(7)))
      << "there is no answer yet";
  holder.reset();
}

TEST_F(AcquireTest, ThePlaceOfADeadTaskDoesNotOutliveItsReason) {
  observe(-100);
  Refused told = refusal_of(ask("backfiller", 240));
  EXPECT_EQ(told.retry_after, minutes(31));  // (55 + 100) / 5
  clock_.advance(minutes(1));
  observe(200);  // tokens were bought: the wait that it was given is over
  EXPECT_EQ(refusal_of(ask("upserter", 5)).reason, Reason::queued);  // it asked within its patience
  clock_.advance(Duration{1});
  granted("upserter", 5);
}

TEST_F(AcquireTest, WhoSleepsUntilItWasToldIsPassedAndKeepsItsRank) {
  observe(-100);
  Refused told = refusal_of(ask("backfiller", 240));
  EXPECT_EQ(refusal_of(ask("gardener", 30)).place, 2);
  clock_.advance(minutes(2));
  observe(100);
  granted("upserter", 70);  // both sleep
  EXPECT_EQ(refusal_of(ask("upserter", 70)).place, 3);
  clock_.advance(*told.retry_after - minutes(2));
  granted("backfiller", 240);
}

TEST_F(AcquireTest, APlaceThatAShrunkPlanPutsOutOfReachHoldsNobodyUp) {
  Observation large = says(100);
  large.refill_rate = tokens(20);
  ledger_.observe(large);
  EXPECT_EQ(refusal_of(ask("upserter", 480)).place, 1);  // of 1200
  EXPECT_EQ(refusal_of(ask("backfiller", 80)).reason, Reason::queued);
  clock_.advance(seconds(1));
  observe(100);  // 5 a minute: 300 is all there will ever be
  EXPECT_TRUE(std::holds_alternative<Never>(ask("upserter", 480)));
  EXPECT_EQ(ledger_.status().places.front().expected_at, std::nullopt);
  granted("backfiller", 80);
  clock_.advance(seconds(1));
  large.tokens_left = tokens(400);
  large.server_time = clock_.now();
  ledger_.observe(large);  // it was one answer's mistake: the rank is still there
  EXPECT_EQ(refusal_of(ask("backfiller", 80)).place, 2);
}

TEST_F(AcquireTest, AnObservationDoesNotLengthenAPlace) {
  observe(20);
  Refused told = refusal_of(ask("backfiller", 240));
  clock_.advance(seconds(1));
  observe(-100);
  clock_.advance(*told.retry_after + seconds(60));
  EXPECT_EQ(refusal_of(ask("upserter", 1)).place, 1);
}

TEST_F(AcquireTest, AKeyOfAClockThatWasFarAheadIsNotReplayed) {
  observe(200);
  AcquireRequest request{.task = "backfiller", .cost = tokens(80), .idempotency_key = "job-9"};
  clock_.jump(hours(48));
  Granted wrong = grant_of(ledger_.acquire(request));
  clock_.jump(-hours(48));
  observe(200);
  Granted right = grant_of(ledger_.acquire(request));
  EXPECT_FALSE(right.replayed);
  EXPECT_NE(right.reservation, wrong.reservation);
  clock_.jump(-minutes(1));  // as NTP does
  EXPECT_TRUE(grant_of(ledger_.acquire(request)).replayed);
}

TEST_F(AcquireTest, AWaitWithoutEndIsAWait) {
  observe(20);
  EXPECT_EQ(grant_of(ledger_.acquire_waiting({.task = "backfiller", .cost = tokens(80)}, Duration::max()))
                .available,
            tokens(55 - 80));
}

}  // namespace
}  // namespace purser::keepa
