#include "xai/xai_test.h"

namespace purser::xai {
namespace {

class FlightsTest : public XaiTest {
 protected:
  InFlight in_flight(const Question& question) {
    auto outcome = others_.claim(question, seconds(60));
    const auto* flight = std::get_if<InFlight>(&outcome);
    if (flight == nullptr) throw std::runtime_error("not in flight");
    return *flight;
  }
  Database second_ = open("test:2");
  Verdicts others_{second_};
};

TEST_F(FlightsTest, OneAsksTheOthersWaitForItsAnswer) {
  Claimed flight = claimed(book());
  EXPECT_EQ(flight.lapses_at, clock_.now() + seconds(70));
  EXPECT_EQ(flight.quota.calls_today, 1);
  InFlight waiting = in_flight(book());
  EXPECT_EQ(waiting.worker, "test:1");
  EXPECT_EQ(waiting.lapses_at, flight.lapses_at);
  EXPECT_EQ(calls(), 1);
  EXPECT_TRUE(verdicts_.answer(flight.flight, false));
  EXPECT_EQ(std::get<Hit>(others_.claim(book())).verdict, false);
  EXPECT_FALSE(verdicts_.answer(flight.flight, true));  // a second answer changes nothing
  EXPECT_EQ(others_.get(book()), false);
}

TEST_F(FlightsTest, OtherQuestionsAreOtherFlights) {
  claimed(book());
  Question other = book();
  other.question = "seasonal";
  claimed(other);
  EXPECT_EQ(calls(), 2);
}

TEST_F(FlightsTest, ALapsedFlightIsTakenOverAndItsLateAnswerIsStoredWhileThereIsNoNewerOne) {
  Claimed first = claimed(book());
  clock_.advance(seconds(70));
  auto outcome = others_.claim(book(), seconds(60));
  std::string second = std::get<Claimed>(outcome).flight;
  EXPECT_EQ(calls(), 2);
  EXPECT_TRUE(verdicts_.answer(first.flight, true));  // late, but all there is
  EXPECT_EQ(others_.get(book()), true);
  EXPECT_TRUE(others_.answer(second, false));
  EXPECT_EQ(verdicts_.get(book()), false);
}

TEST_F(FlightsTest, ALateAnswerDoesNotReplaceANewerOne) {
  Claimed first = claimed(book());
  clock_.advance(seconds(70));
  std::string second = std::get<Claimed>(others_.claim(book(), seconds(60))).flight;
  EXPECT_TRUE(others_.answer(second, false));
  EXPECT_FALSE(verdicts_.answer(first.flight, true));
  EXPECT_EQ(verdicts_.get(book()), false);
}

TEST_F(FlightsTest, ALateHolderCannotEndTheFlightOfItsSuccessor) {
  Claimed first = claimed(book());
  clock_.advance(seconds(70));
  static_cast<void>(others_.claim(book(), seconds(60)));
  verdicts_.abandon(first.flight);
  EXPECT_EQ(std::get<InFlight>(verdicts_.claim(book(), seconds(60))).worker, "test:2");
}

TEST_F(FlightsTest, AbandonedIsFreeAtOnceAndNeverSentGivesTheUnitBack) {
  EXPECT_FALSE(verdicts_.abandon(claimed(book()).flight));
  EXPECT_EQ(calls(), 1);
  EXPECT_TRUE(verdicts_.abandon(claimed(book()).flight, {.never_sent = true}));
  EXPECT_EQ(calls(), 1);
  EXPECT_PURSER_ERROR(ErrorCode::unknown_flight, verdicts_.abandon("00"));
}

TEST_F(FlightsTest, TheOrderIsHitLiveFlightQuota) {
  quota_.set_limit(1);
  claimed(book());
  in_flight(book());  // not denied: an answer is on its way
  EXPECT_EQ(std::get<Denied>(others_.claim(book("another"))).reason, DenyReason::limit);
  verdicts_.put(book("another"), true);
  EXPECT_TRUE(std::get<Hit>(others_.claim(book("another"))).verdict);
}

TEST_F(FlightsTest, ADeniedClaimTakesNothing) {
  quota_.set_limit(0);
  EXPECT_TRUE(std::holds_alternative<Denied>(verdicts_.claim(book())));
  quota_.set_limit(1);
  claimed(book());
}

TEST_F(FlightsTest, AFlightOfADeadWorkerDoesNotLastADayBecauseTheClockWentBack) {
  claimed(book());
  clock_.jump(-hours(24));
  in_flight(book());
  clock_.advance(seconds(70));
  EXPECT_TRUE(std::holds_alternative<Claimed>(others_.claim(book(), seconds(60))));
}

TEST_F(FlightsTest, AWrongClockOfAnotherLosesNoOpenFlight) {
  Claimed flight = claimed(book());
  clock_.jump(hours(49));
  EXPECT_TRUE(granted());  // begins a day, and forgets what is old
  clock_.jump(-hours(49));
  in_flight(book());
  EXPECT_TRUE(verdicts_.answer(flight.flight, true));
}

TEST_F(FlightsTest, ADayAfterItEndedAFlightIsForgotten) {
  Claimed first = claimed(book());
  verdicts_.answer(first.flight, true);
  Claimed second = claimed(book("another"));
  verdicts_.abandon(second.flight);
  clock_.advance(hours(25));
  EXPECT_TRUE(granted());  // this begins the new day
  EXPECT_PURSER_ERROR(ErrorCode::unknown_flight, verdicts_.answer(first.flight, true));
  EXPECT_FALSE(verdicts_.answer(second.flight, true));  // the newest stays: numbers are not given twice
}

TEST_F(FlightsTest, AnAbandonedFlightEndsAlsoWhereItsUnitCannotBeGivenBack) {
  Claimed flight = claimed(book());
  clock_.advance(seconds(1));
  quota_.set_day("2026-01-01", 0);
  EXPECT_FALSE(verdicts_.abandon(flight.flight, {.never_sent = true}));
  claimed(book());
}

TEST_F(FlightsTest, WhatWasPutMeanwhileIsNotUndoneByAnAnswer) {
  clock_.jump(hours(1));
  Claimed flight = claimed(book());
  clock_.jump(-hours(1));
  others_.put(book(), false);
  EXPECT_FALSE(verdicts_.answer(flight.flight, true));
  EXPECT_EQ(verdicts_.get(book()), false);
}

TEST_F(FlightsTest, WaitingIsNoMiss) {
  Claimed flight = claimed(book());
  for (int i = 0; i < 5; ++i) in_flight(book());
  verdicts_.answer(flight.flight, true);
  others_.put(book("another"), true);
  EXPECT_EQ(verdicts_.stats().misses, 1);
}

TEST_F(FlightsTest, DeadlinesAreBounded) {
  for (Duration wrong : {Duration{0}, Duration{-1}, Duration(hours(1)) + Duration{1}}) {
    EXPECT_PURSER_ERROR(ErrorCode::usage, verdicts_.claim(book(), wrong));
  }
  EXPECT_EQ(calls(), 0);
}

TEST_F(FlightsTest, WhoWaitedIsToldWhyTheFlightWasAbandoned) {
  Claimed flight = claimed(book());
  InFlight waiting = in_flight(book());
  EXPECT_EQ(verdicts_.failure_of(waiting.number), std::nullopt);
  verdicts_.abandon(flight.flight, {.failure = "unreachable"});
  EXPECT_EQ(verdicts_.failure_of(waiting.number), "unreachable");
  Claimed next = claimed(book());  // and the next one may ask
  EXPECT_PURSER_ERROR(ErrorCode::usage, verdicts_.abandon(next.flight, {.failure = "a\nb"}));
  InFlight again = in_flight(book());
  EXPECT_NE(again.number, waiting.number);
  verdicts_.answer(next.flight, true);
  EXPECT_EQ(verdicts_.failure_of(again.number), std::nullopt);
  EXPECT_EQ(verdicts_.failure_of(999), std::nullopt);
}

}  // namespace
}  // namespace purser::xai
