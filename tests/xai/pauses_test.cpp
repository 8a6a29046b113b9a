// A pause holds for all workers: which are denied, which one probes, what ends it.
#include <SQLiteCpp/Database.h>

#include "xai/policy.h"
#include "xai/xai_test.h"

namespace purser::xai {
namespace {

using std::chrono::minutes;

const std::string kAsker(32, 'a');
const std::string kOther(32, 'b');

class PausesTest : public XaiTest {
 protected:
  static PauseCall call(PauseReason reason = PauseReason::rate_limited, std::optional<Duration> after = {}) {
    return {.reason = reason, .retry_after = after, .asker = kAsker, .model = "grok-4.3"};
  }
  ClaimOutcome claim(const std::string& title, const std::string& asker = kAsker) {
    return verdicts_.claim(book(title), {.deadline = seconds(60), .asker = asker});
  }
  std::string flight(const std::string& title, const std::string& asker = kAsker) {
    auto outcome = claim(title, asker);
    const auto* claimed = std::get_if<Claimed>(&outcome);
    if (claimed == nullptr) throw std::runtime_error("not claimed: " + title);
    return claimed->flight;
  }
  Denied paused(const std::string& title, const std::string& asker = kAsker) {
    auto outcome = claim(title, asker);
    const auto* denied = std::get_if<Denied>(&outcome);
    if (denied == nullptr || denied->reason != DenyReason::paused) throw std::runtime_error("not paused");
    return *denied;
  }
  // Refused at the door: what the call of a flight came to.
  void refuse(const std::string& flight, const PauseCall& how) {
    verdicts_.abandon(flight,
                      {.never_sent = true, .failure = std::string(name_of(how.reason)), .pause = how});
  }
  std::int64_t rows() {
    SQLite::Database shell(folder_.file("purser.db").string());
    return shell.execAndGet("SELECT count(*) + 10 * (SELECT paused FROM xai_quota) FROM xai_pause")
        .getInt64();
  }
};

TEST_F(PausesTest, OneFindsOutAndTheOthersAreDeniedWithoutAUnit) {
  refuse(flight("first"), call(PauseReason::rate_limited, minutes(10)));
  EXPECT_EQ(calls(), 0);  // its unit is given back
  for (int i = 0; i < 40; ++i) {
    Denied denied = paused(std::to_string(i));
    EXPECT_EQ(denied.retry_at, clock_.now() + minutes(10));
    ASSERT_TRUE(denied.quota.pause);
    EXPECT_EQ(denied.quota.pause->reason, PauseReason::rate_limited);
    EXPECT_EQ(denied.quota.pause->model, "grok-4.3");
    EXPECT_EQ(denied.quota.pause->worker, "test:1");
  }
  EXPECT_EQ(this->denied().reason, DenyReason::paused);  // acquire
  EXPECT_EQ(this->denied().retry_at, clock_.now() + minutes(10));
  EXPECT_EQ(quota_.status().pause->until_at, clock_.now() + minutes(10));
  EXPECT_EQ(calls(), 0);
  quota_.bypass("guided learning");
}

TEST_F(PausesTest, WhatIsKnownIsStillAnswered) {
  verdicts_.put(book("known"), false);
  refuse(flight("first"), call());
  EXPECT_EQ(std::get<Hit>(claim("known")).verdict, false);
}

TEST_F(PausesTest, WhenItIsOverOneProbesWhileTheOthersWaitOn) {
  refuse(flight("first"), call());
  clock_.advance(seconds(30));
  EXPECT_EQ(quota_.status().pause, std::nullopt);
  std::string probe = flight("second");
  EXPECT_EQ(paused("third").retry_at, clock_.now() + seconds(10));
  EXPECT_EQ(this->denied().reason, DenyReason::paused);
  EXPECT_EQ(calls(), 1);
  verdicts_.answer(probe, true, "grok-4.3", {}, kAsker);
  EXPECT_EQ(rows(), 0);
  flight("third");
  EXPECT_TRUE(granted());
}

TEST_F(PausesTest, ARefusedProbeMakesALongerOneUpToItsBound) {
  Duration longest{};
  for (int i = 0; i < 12; ++i) {
    refuse(flight(std::to_string(i)), call(PauseReason::wrong_key));
    Duration length = paused("other").retry_at - clock_.now();
    EXPECT_GE(length, longest);
    longest = length;
    clock_.advance(length);
  }
  EXPECT_EQ(longest, kLongestPause);
  EXPECT_EQ(calls(), 0);
}

TEST_F(PausesTest, TheLengthOfAPause) {
  using R = PauseReason;
  EXPECT_EQ(length_of_pause(R::rate_limited, 1, {}), seconds(30));
  EXPECT_EQ(length_of_pause(R::rate_limited, 3, {}), minutes(2));
  EXPECT_EQ(length_of_pause(R::rate_limited, 1'000'000'000, {}), minutes(15));
  EXPECT_EQ(length_of_pause(R::rate_limited, 1, seconds(2)), seconds(30));
  EXPECT_EQ(length_of_pause(R::rate_limited, 1, seconds(8)), seconds(8));
  EXPECT_EQ(length_of_pause(R::rate_limited, 2, seconds(8)), minutes(1));
  EXPECT_EQ(length_of_pause(R::rate_limited, 1, minutes(10)), minutes(10));
  EXPECT_EQ(length_of_pause(R::rate_limited, 1, hours(30'000)), kLongestPause);
  for (R reason : {R::wrong_key, R::no_permission, R::unknown_model}) {
    EXPECT_EQ(length_of_pause(reason, 1, {}), minutes(2));
    EXPECT_EQ(length_of_pause(reason, 4, {}), minutes(16));
    EXPECT_EQ(length_of_pause(reason, 50, {}), kLongestPause);
  }
}

TEST_F(PausesTest, ARefusalOfACallThatWasOnItsWayDoesNotCountAsOneMore) {
  std::vector<std::string> flights;
  for (int i = 0; i < 10; ++i) flights.push_back(flight(std::to_string(i)));
  for (const std::string& id : flights) refuse(id, call());
  EXPECT_EQ(paused("other").retry_at, clock_.now() + seconds(30));
  refuse(flight("another model", kOther), call(PauseReason::rate_limited, minutes(5)));  // of kAsker too
  EXPECT_EQ(paused("other").retry_at, clock_.now() + minutes(5));
  clock_.advance(minutes(5));
  refuse(flight("probe"), call());
  EXPECT_EQ(paused("other").retry_at, clock_.now() + minutes(1));  // the second in a row
}

TEST_F(PausesTest, AProbeThatSaysNothingIsFollowedByAnother) {
  refuse(flight("first"), call());
  clock_.advance(seconds(30));
  std::string silent = flight("silent");
  verdicts_.abandon(silent, {.failure = "timeout"});
  std::string dead = flight("dead");
  paused("waits");
  clock_.advance(seconds(70));
  verdicts_.answer(flight("waits"), true, "grok-4.3", {}, kAsker);
  EXPECT_EQ(rows(), 0);
  EXPECT_TRUE(verdicts_.answer(dead, true));
}

TEST_F(PausesTest, NobodyWaitsAnHourForOneWhoProbesAndDied) {
  refuse(flight("first"), call());
  clock_.advance(seconds(30));
  auto dead = verdicts_.claim(book("dead"), {.deadline = kMaxDeadline, .asker = kAsker});
  ASSERT_TRUE(std::holds_alternative<Claimed>(dead));
  clock_.advance(kDefaultDeadline + kLapseMargin - seconds(1));
  EXPECT_EQ(paused("other").retry_at, clock_.now() + seconds(1));
  clock_.advance(seconds(1));
  flight("other");
}

TEST_F(PausesTest, WhatXaiAnswersOtherwiseEndsItToo) {
  for (const Abandonment& how : {Abandonment{.failure = "unparsable", .usage = {.calls = 1}},
                                 Abandonment{.failure = "refused_content", .refused_content = true}}) {
    refuse(flight("first" + how.failure), call());
    clock_.advance(seconds(30));
    verdicts_.abandon(flight("probe" + how.failure), how);
    EXPECT_EQ(rows(), 0) << how.failure;
  }
}

TEST_F(PausesTest, AnotherKeyOrModelIsNotHeldUpAndOnceItIsAnsweredOnlyTheFirstIs) {
  for (PauseReason reason :
       {PauseReason::wrong_key, PauseReason::no_permission, PauseReason::unknown_model}) {
    refuse(flight("first"), call(reason));
    std::string title = "other" + std::string(name_of(reason));
    std::string others = flight(title, kOther);
    paused("first");
    paused("unsaid", "");
    EXPECT_EQ(quota_.status().pause->reason, reason);
    verdicts_.answer(others, true, "grok-4.5", {}, kOther);
    EXPECT_EQ(quota_.status().pause, std::nullopt);
    EXPECT_TRUE(granted());
    verdicts_.abandon(flight("unsaid", ""), {.never_sent = true});
    EXPECT_TRUE(paused("first").quota.pause->others_answered);
    quota_.resume();
  }
}

TEST_F(PausesTest, OfTwoKeysAtOnceTheWrongOneAsksAsSeldomAsAlone) {
  int asked = 0;
  for (int minute = 0; minute < 240; ++minute) {
    const std::string title = std::to_string(minute);
    ClaimOutcome outcome = claim(title);
    if (const auto* claimed = std::get_if<Claimed>(&outcome)) {
      refuse(claimed->flight, call(PauseReason::wrong_key));
      ++asked;
    }
    verdicts_.answer(flight("of the right one " + title, kOther), true, "grok-4.3", {}, kOther);
    clock_.advance(minutes(1));
  }
  EXPECT_LE(asked, 9) << "2, 4, 8, 16, 32 minutes, then an hour each";
}

TEST_F(PausesTest, AnAnswerToTheVeryKeyEndsWhatAPersonHadToPutRight) {
  std::string on_its_way = flight("sent before");
  refuse(flight("refused"), call(PauseReason::wrong_key));
  paused("other");
  verdicts_.answer(on_its_way, true, "grok-4.3", {}, kAsker);
  EXPECT_EQ(rows(), 0);

  on_its_way = flight("sent before a rate limit");
  refuse(flight("limited"), call(PauseReason::rate_limited));
  verdicts_.answer(on_its_way, true, "grok-4.3", {}, kAsker);
  paused("other");
}

TEST_F(PausesTest, LimitSetDayAndTheNextDayDoNotTouchIt) {
  clock_.advance(hours(23));
  refuse(flight("first"), call(PauseReason::wrong_key, hours(1)));
  Instant until = paused("other").retry_at;
  quota_.set_limit(5);
  quota_.set_day("2026-01-01", 3);
  quota_.set_time_zone("Pacific/Kiritimati");
  EXPECT_EQ(paused("other").retry_at, until);
  EXPECT_EQ(rows(), 11);
}

TEST_F(PausesTest, ResumeWhileSomebodyProbesLeavesHisAnswerToHim) {
  refuse(flight("first"), call());
  clock_.advance(seconds(30));
  std::string probe = flight("probe");
  quota_.resume();
  flight("other");
  refuse(probe, call());
  EXPECT_EQ(paused("another").retry_at, clock_.now() + seconds(30)) << "the first in a row again";
}

TEST_F(PausesTest, AClockThatWasAheadLeavesNoneForLater) {
  clock_.jump(hours(24));
  refuse(flight("first"), call(PauseReason::rate_limited, hours(1)));
  clock_.jump(-hours(24));
  verdicts_.answer(flight("second"), true, "grok-4.3", {}, kAsker);
  clock_.advance(hours(24));
  flight("third");
}

TEST_F(PausesTest, AProbeOfAClockThatWasAheadHoldsNobodyUp) {
  refuse(flight("first"), call());
  clock_.advance(seconds(30));
  clock_.jump(hours(1));
  flight("probe");
  clock_.jump(-hours(1));
  flight("other");
}

TEST_F(PausesTest, WhatXaiAsksForIsBoundedOnBothSides) {
  for (Duration absurd : {Duration::min(), Duration{-1}, Duration{0}, Duration::max()}) {
    refuse(flight("first"), call(PauseReason::rate_limited, absurd));
    Duration length = paused("other").retry_at - clock_.now();
    EXPECT_GE(length, seconds(30));
    EXPECT_LE(length, kLongestPause);
    quota_.resume();
  }
}

TEST_F(PausesTest, ARateLimitOfOneModelIsNotEndedByAnother) {
  refuse(flight("first"), call(PauseReason::rate_limited, minutes(10)));
  for (int i = 0; i < 3; ++i)
    verdicts_.answer(flight(std::to_string(i), kOther), true, "grok-4.5", {}, kOther);
  EXPECT_EQ(paused("first").retry_at, clock_.now() + minutes(10));
}

TEST_F(PausesTest, WhoDoesNotSayHisKeyIsHeldUpByAnyAndMayProbe) {
  refuse(flight("first"), call());
  paused("unsaid", "");
  clock_.advance(seconds(30));
  std::string probe = flight("unsaid", "");
  paused("first");
  verdicts_.answer(probe, true);
  EXPECT_EQ(rows(), 0);
}

TEST_F(PausesTest, ResumeEndsAll) {
  refuse(flight("first"), call(PauseReason::wrong_key));
  refuse(flight("second", kOther),
         {.reason = PauseReason::unknown_model, .asker = kOther, .model = "grok-of-long-ago"});
  EXPECT_EQ(rows(), 12);
  EXPECT_EQ(quota_.resume().pause, std::nullopt);
  EXPECT_EQ(rows(), 0);
  flight("third");
}

TEST_F(PausesTest, AClockThatWentBackEndsItAndOneThatWentAheadToo) {
  refuse(flight("first"), call(PauseReason::rate_limited, minutes(10)));
  clock_.jump(-hours(24));
  flight("second");
  clock_.jump(hours(24));
  refuse(flight("third", kOther), {.reason = PauseReason::rate_limited, .asker = kOther});
  clock_.jump(hours(24 * 365));
  flight("fourth", kOther);
}

TEST_F(PausesTest, TheLimitAndTheCreditsAreToldFirst) {
  refuse(flight("first"), call());
  quota_.set_limit(0);
  EXPECT_EQ(std::get<Denied>(claim("other")).reason, DenyReason::limit);
  quota_.stop_for_today();
  EXPECT_EQ(std::get<Denied>(claim("other")).reason, DenyReason::no_credits);
}

TEST_F(PausesTest, WhatAQueryFindsOutHoldsForAllAndSoDoesItsAnswer) {
  EXPECT_EQ(quota_.pause(call(PauseReason::wrong_key)).until_at, clock_.now() + minutes(2));
  paused("other");
  quota_.record_answer(kAsker);
  EXPECT_EQ(rows(), 0);
  EXPECT_PURSER_ERROR(ErrorCode::usage, quota_.pause({.reason = PauseReason::wrong_key, .asker = "me"}));
}

TEST_F(PausesTest, OneThatNobodyComesBackToIsForgotten) {
  refuse(flight("first"), call());
  clock_.advance(hours(24));
  EXPECT_TRUE(granted());  // a new day
  EXPECT_EQ(rows(), 11);
  clock_.advance(hours(24));
  EXPECT_TRUE(granted());
  EXPECT_EQ(rows(), 0);
}

TEST_F(PausesTest, APauseIsNotCountedDown) {
  refuse(flight("first"), call(PauseReason::rate_limited, minutes(10)));
  clock_.advance(minutes(9));
  EXPECT_EQ(paused("other").retry_at, clock_.now() + minutes(1));
}

}  // namespace
}  // namespace purser::xai
