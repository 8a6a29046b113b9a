#include "keepa/keepa_test.h"

namespace purser::keepa {
namespace {

using SettleTest = KeepaTest;

TEST_F(SettleTest, ByANewerEnvelopeTheBalanceIsWhatItSays) {
  observe(100);
  std::string id = granted("backfiller", 80);
  clock_.advance(seconds(12));  // + 1 token, continuous
  Observation answer = says(10);
  answer.consumed = tokens(93);
  SettleOutcome outcome = ledger_.settle(id, {answer});
  EXPECT_TRUE(outcome.settled);
  EXPECT_TRUE(outcome.observed.applied);
  EXPECT_EQ(outcome.observed.drift, tokens(10 - (101 - 93)));
  EXPECT_EQ(state().balance, tokens(10));
  EXPECT_EQ(state().held, Millitokens{});
  EXPECT_EQ(kinds(4), "hold refill settle drift");
}

TEST_F(SettleTest, ByAnOlderEnvelopeOnlyTheHoldEnds) {
  observe(100);
  std::string id = granted("backfiller", 80);
  clock_.advance(seconds(1));
  Observation early = says(20);
  clock_.advance(seconds(1));
  observe(20);  // another worker's answer came first, and already has this charge in it
  Millitokens before = state().balance;
  SettleOutcome outcome = ledger_.settle(id, {early});
  EXPECT_TRUE(outcome.settled);
  EXPECT_FALSE(outcome.observed.applied);
  EXPECT_EQ(state().balance, before);
  EXPECT_EQ(state().held, Millitokens{});
}

TEST_F(SettleTest, AtAnEqualTimestampTheLowerBalanceWins) {
  observe(100);
  std::string first = granted("backfiller", 10);
  std::string second = granted("backfiller", 10);
  clock_.advance(Duration{1});
  Observation higher = says(100);
  Observation lower = says(80);
  EXPECT_TRUE(ledger_.settle(first, {lower}).observed.applied);
  EXPECT_FALSE(ledger_.settle(second, {higher}).observed.applied);
  EXPECT_EQ(state().balance, tokens(80));
}

TEST_F(SettleTest, WithoutAnEnvelopeWhatWasSaidElseTheFullCost) {
  observe(200);
  std::string said = granted("backfiller", 80);
  std::string silent = granted("backfiller", 40);
  EXPECT_FALSE(ledger_.settle(said, {.consumed = tokens(3)}).observed.applied);
  ledger_.settle(silent, {});
  EXPECT_EQ(state().balance, tokens(200 - 3 - 40));
  EXPECT_EQ(state().held, Millitokens{});
}

TEST_F(SettleTest, A429SettlesWithNothingConsumed) {
  observe(100);
  std::string id = granted("backfiller", 80);
  Observation refused = says(-4);
  refused.server_time = clock_.now() + Duration{1};
  refused.consumed = Millitokens{};
  EXPECT_EQ(ledger_.settle(id, {refused}).observed.drift, tokens(-104));
  EXPECT_EQ(state().balance, tokens(-4));
}

TEST_F(SettleTest, ASecondEndChangesNothing) {
  observe(100);
  std::string id = granted("backfiller", 80);
  EXPECT_TRUE(ledger_.release(id));
  clock_.advance(seconds(12));
  EXPECT_FALSE(ledger_.release(id));
  EXPECT_FALSE(ledger_.settle(id, {says(1)}).settled);
  EXPECT_EQ(state().available, tokens(101));
  EXPECT_PURSER_ERROR(ErrorCode::unknown_reservation, ledger_.release("0123"));
}

TEST_F(SettleTest, AfterExpiryOnlyANewerEnvelopeMovesTheBalance) {
  observe(100);
  std::string id = granted("backfiller", 80);
  clock_.advance(minutes(11));
  EXPECT_FALSE(ledger_.settle(id, {.consumed = tokens(1)}).settled);
  EXPECT_EQ(state().balance, tokens(100 + 55 - 80));
  SettleOutcome late = ledger_.settle(id, {says(150)});
  EXPECT_FALSE(late.settled);
  EXPECT_TRUE(late.observed.applied);
  EXPECT_EQ(state().balance, tokens(150));
}

TEST_F(SettleTest, OthersReservationsStayHeldOverAnObservation) {
  observe(100);
  granted("backfiller", 30);
  clock_.advance(seconds(1));
  observe(90);
  EXPECT_EQ(state().held, tokens(30));
  EXPECT_EQ(state().available, tokens(60));
}

TEST_F(SettleTest, ObservationsApplyInTheOrderOfKeepasClock) {
  observe(100);
  Observation older = says(300);
  older.server_time = clock_.now() - seconds(5);
  EXPECT_FALSE(ledger_.observe(older).applied);
  EXPECT_EQ(state().balance, tokens(100));
  EXPECT_TRUE(ledger_.observe(older, Apply::always).applied);
  EXPECT_EQ(state().balance, tokens(300));
  Observation unstamped = says(70);
  unstamped.server_time = std::nullopt;
  EXPECT_TRUE(ledger_.observe(unstamped).applied);
  Observation ahead = says(70);
  ahead.server_time = clock_.now() + hours(24) + Duration{1};
  EXPECT_PURSER_ERROR(ErrorCode::timestamp_ahead, ledger_.observe(ahead));
  EXPECT_TRUE(ledger_.observe(ahead, Apply::always).applied);
}

TEST_F(SettleTest, ZeroAndNegativeAreValuesAndZerosOfABadKeyAreNone) {
  observe(0);
  EXPECT_EQ(state().balance, Millitokens{});
  clock_.advance(seconds(12));
  observe(-231);
  EXPECT_EQ(state().balance, tokens(-231));
  clock_.advance(seconds(12));
  Observation zeros = says(0);
  zeros.refill_rate = Millitokens{};
  EXPECT_FALSE(ledger_.observe(zeros).applied);
  EXPECT_EQ(state().refill_rate, tokens(5));
}

TEST_F(SettleTest, TheFirstObservationNeedsARefillRateAndLaterOnesKeepIt) {
  Observation bare;
  bare.tokens_left = tokens(10);
  EXPECT_PURSER_ERROR(ErrorCode::usage, ledger_.observe(bare));
  EXPECT_FALSE(state().known);
  observe(5);
  EXPECT_TRUE(ledger_.observe(bare).applied);
  EXPECT_EQ(state().capacity, tokens(300));
}

TEST_F(SettleTest, APlanChangeIsBelieved) {
  observe(290);
  Observation upgraded = says(290);
  upgraded.server_time = clock_.now() + Duration{1};
  upgraded.refill_rate = tokens(25);
  ledger_.observe(upgraded);
  EXPECT_EQ(state().capacity, tokens(1500));
  clock_.advance(minutes(10));
  EXPECT_EQ(state().balance, tokens(540));
}

TEST_F(SettleTest, ATickPhaseOnceKnownIsKept) {
  Observation phased = says(10);
  phased.refill_in = seconds(30);
  ledger_.observe(phased);
  clock_.advance(seconds(31));
  EXPECT_EQ(state().balance, tokens(15));
  observe(15);  // says nothing of the phase
  clock_.advance(seconds(58));
  EXPECT_EQ(state().balance, tokens(15));
  clock_.advance(seconds(1));
  EXPECT_EQ(state().balance, tokens(20));
}

TEST_F(SettleTest, AnotherAccountIsAnotherBucket) {
  observe(100);
  Ledger other(database_, "second");
  Observation observation = says(7);
  EXPECT_TRUE(other.observe(observation).applied);
  EXPECT_EQ(other.status().state.balance, tokens(7));
  EXPECT_EQ(state().balance, tokens(100));
  std::string id = granted("backfiller", 1);
  EXPECT_PURSER_ERROR(ErrorCode::unknown_reservation, other.release(id));
}

// A wrong clock of Keepa's: what was asked after the last observation is newer, whatever its stamp says.
TEST_F(SettleTest, AnOlderStampDoesNotHideWhatWasAskedLater) {
  Observation ahead = says(200);
  ahead.server_time = clock_.now() + hours(20);
  ledger_.observe(ahead);
  clock_.advance(seconds(1));
  std::string id = granted("backfiller", 80);
  clock_.advance(seconds(2));
  Observation truth = says(120);
  truth.consumed = tokens(80);
  SettleOutcome outcome = ledger_.settle(id, {truth});
  EXPECT_TRUE(outcome.observed.applied);
  EXPECT_EQ(state().balance, tokens(120));
  // And the stamp that was ahead is forgotten: plain observations count again.
  clock_.advance(seconds(1));
  EXPECT_TRUE(ledger_.observe(says(115)).applied);
}

TEST_F(SettleTest, AnUntimedObservationLeavesTheBalanceOfTheKnownTimestamp) {
  Observation stamped = says(100);
  ledger_.observe(stamped);
  clock_.advance(seconds(10));
  Observation untimed = says(150);
  untimed.server_time = std::nullopt;
  EXPECT_TRUE(ledger_.observe(untimed).applied);
  EXPECT_FALSE(ledger_.observe(stamped).applied);  // sent again: a later one is known
  EXPECT_EQ(state().balance, tokens(150));
}

}  // namespace
}  // namespace purser::keepa
