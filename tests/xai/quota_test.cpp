#include <SQLiteCpp/Database.h>

#include "xai/xai_test.h"

namespace purser::xai {
namespace {

using QuotaTest = XaiTest;

TEST_F(QuotaTest, GrantsAsManyAsTheLimitAndThenSaysWhenTheNextDayBegins) {
  quota_.set_limit(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(granted());
  UnitDenied denial = denied();
  EXPECT_EQ(denial.reason, DenyReason::limit);
  EXPECT_EQ(rfc3339(denial.retry_at), "2026-01-02T00:00:00.000Z");
  EXPECT_EQ(denial.quota.remaining, 0);
  clock_.advance(hours(24));
  EXPECT_TRUE(granted());
  EXPECT_EQ(calls(), 1);
}

TEST_F(QuotaTest, ALimitBelowWhatWasUsedDeniesAndReportsZeroRemaining) {
  EXPECT_TRUE(granted());
  EXPECT_TRUE(granted());
  EXPECT_EQ(quota_.set_limit(1).remaining, 0);
  EXPECT_EQ(denied().quota.calls_today, 2);
  quota_.set_limit(0);
  denied();
  for (std::int64_t wrong : {std::int64_t{-1}, kMaxDailyLimit + 1}) {
    EXPECT_PURSER_ERROR(ErrorCode::usage, quota_.set_limit(wrong));
  }
  EXPECT_EQ(quota_.status().daily_limit, 0);
}

TEST_F(QuotaTest, OnlyACallIsReleasedOnceOnItsOwnDay) {
  std::string grant = std::get<UnitGranted>(quota_.acquire()).grant;
  EXPECT_TRUE(quota_.release(grant).released);
  EXPECT_FALSE(quota_.release(grant).released);
  EXPECT_EQ(calls(), 0);
  EXPECT_FALSE(quota_.release(quota_.bypass().grant).released);
  std::string yesterdays = std::get<UnitGranted>(quota_.acquire()).grant;
  clock_.advance(hours(24));
  EXPECT_FALSE(quota_.release(yesterdays).released);
  EXPECT_PURSER_ERROR(ErrorCode::unknown_grant, quota_.release("00"));
}

TEST_F(QuotaTest, BypassIsNeverDeniedAndNeverCounted) {
  quota_.set_limit(0);
  UnitGranted bypass = quota_.bypass("learn");
  EXPECT_EQ(bypass.quota.calls_today, 0);
  EXPECT_EQ(bypass.quota.bypass_calls, 1);
}

TEST_F(QuotaTest, AClockThatGoesBackOverMidnightGivesNoSecondQuota) {
  quota_.set_limit(1);
  EXPECT_TRUE(granted());
  clock_.jump(-hours(1));  // 2025-12-31
  EXPECT_EQ(denied().quota.date, "2026-01-01");
  clock_.jump(-hours(24 * 30));
  EXPECT_EQ(rfc3339(denied().retry_at), "2026-01-02T00:00:00.000Z");
}

TEST_F(QuotaTest, AClockThatWentForwardAYearPinsTheDayAndSetDayRepairsIt) {
  quota_.set_limit(2);
  clock_.jump(hours(24 * 365));
  EXPECT_TRUE(granted());
  clock_.jump(-hours(24 * 365));
  EXPECT_TRUE(granted());
  EXPECT_EQ(denied().quota.date, "2027-01-01");
  EXPECT_PURSER_ERROR(ErrorCode::usage, quota_.set_day("2026-01-02", 0));  // after today
  EXPECT_PURSER_ERROR(ErrorCode::usage, quota_.set_day("2026-02-30", 0));
  EXPECT_PURSER_ERROR(ErrorCode::usage, quota_.set_day("2026-01-01", -1));
  QuotaState repaired = quota_.set_day("2026-01-01", 1);
  EXPECT_EQ(repaired.date, "2026-01-01");
  EXPECT_EQ(repaired.calls_today, 1);
  EXPECT_TRUE(granted());
  denied();
  EXPECT_EQ(quota_.set_day("2026-01-01", 0).remaining, 2);
}

TEST_F(QuotaTest, ADayThatComesAgainBeginsWithNoCallsAndKeepsWhatBypassed) {
  clock_.jump(hours(24));
  EXPECT_TRUE(granted());
  quota_.bypass();
  clock_.jump(-hours(24));
  quota_.set_day("2026-01-01", 0);
  clock_.advance(hours(24));
  EXPECT_EQ(quota_.status().date, "2026-01-02");
  EXPECT_EQ(quota_.status().calls_today, 0);
  EXPECT_EQ(quota_.status().bypass_calls, 1);
  EXPECT_TRUE(granted());
  EXPECT_EQ(calls(), 1);
}

TEST_F(QuotaTest, OnlyTodayCanBeSet) {
  EXPECT_TRUE(granted());
  for (const char* other : {"2025-12-31", "2026-01-02"}) {
    EXPECT_PURSER_ERROR(ErrorCode::usage, quota_.set_day(other, 7));
  }
  EXPECT_EQ(calls(), 1);
}

TEST_F(QuotaTest, WhatIsStatedCoversTheUnitsBeforeIt) {
  std::string grant = std::get<UnitGranted>(quota_.acquire()).grant;
  clock_.advance(seconds(1));
  quota_.set_day("2026-01-01", 0);
  EXPECT_FALSE(quota_.release(grant).released);
  clock_.advance(seconds(1));
  std::string later = std::get<UnitGranted>(quota_.acquire()).grant;
  EXPECT_FALSE(quota_.release(grant).released);
  EXPECT_TRUE(quota_.release(later).released);
  EXPECT_EQ(calls(), 0);
}

TEST_F(QuotaTest, WhatIsStatedAsItWasCountedCoversTheUnitsToo) {
  std::vector<std::string> grants;
  for (int i = 0; i < 5; ++i) grants.push_back(std::get<UnitGranted>(quota_.acquire()).grant);
  quota_.set_day("2026-01-01", 5);
  for (const std::string& grant : grants) EXPECT_FALSE(quota_.release(grant).released);
  EXPECT_EQ(calls(), 5);
  std::string later = std::get<UnitGranted>(quota_.acquire()).grant;
  EXPECT_TRUE(quota_.release(later).released);
  EXPECT_EQ(calls(), 5);
}

// An id begins with the wall clock: that says nothing of what came first.
TEST_F(QuotaTest, WhatIsStatedCoversByItsOrderAndNotByAClock) {
  std::string before = std::get<UnitGranted>(quota_.acquire()).grant;
  clock_.jump(-hours(1));
  quota_.set_day("2025-12-31", 3);
  clock_.jump(hours(1));
  EXPECT_TRUE(granted());
  quota_.set_day("2026-01-01", 1);
  EXPECT_FALSE(quota_.release(before).released);
  clock_.jump(-seconds(1));
  std::string after = std::get<UnitGranted>(quota_.acquire()).grant;  // its id is the smaller one
  EXPECT_TRUE(quota_.release(after).released);
  EXPECT_EQ(calls(), 1);
}

TEST_F(QuotaTest, ADayThatComesAgainCoversWhatItsWrongClockCounted) {
  clock_.jump(hours(24));
  std::string ahead = std::get<UnitGranted>(quota_.acquire()).grant;
  clock_.jump(-hours(24));
  quota_.set_day("2026-01-01", 0);
  clock_.advance(hours(24));
  EXPECT_TRUE(granted());
  EXPECT_FALSE(quota_.release(ahead).released);
  EXPECT_EQ(calls(), 1);
}

TEST_F(QuotaTest, SetDayTakesNothingOfTheStopAndFreesTheDaysThatAWrongClockUsed) {
  quota_.set_limit(1);
  clock_.jump(hours(24));
  EXPECT_TRUE(granted());  // tomorrow's only unit
  clock_.jump(-hours(24));
  quota_.stop_for_today();
  EXPECT_TRUE(quota_.set_day("2026-01-01", 0).no_credits);
  clock_.advance(hours(24));
  EXPECT_TRUE(granted());
}

TEST_F(QuotaTest, AZoneThatThisMachineLacksStopsOnlyWhatNeedsANewDay) {
  EXPECT_TRUE(granted());
  SQLite::Database shell(folder_.file("purser.db").string(), SQLite::OPEN_READWRITE);
  shell.exec("UPDATE xai_quota SET time_zone = 'Mars/Olympus_Mons'");
  EXPECT_TRUE(granted());  // the day's end is stored
  clock_.advance(hours(24));
  EXPECT_PURSER_ERROR(ErrorCode::unknown_time_zone, quota_.acquire());
  EXPECT_PURSER_ERROR(ErrorCode::unknown_time_zone, verdicts_.claim(book()));
  quota_.bypass();
  verdicts_.put(book(), true);
  EXPECT_TRUE(std::holds_alternative<Hit>(verdicts_.claim(book())));
  EXPECT_EQ(quota_.status().date, "2026-01-01");
  EXPECT_EQ(quota_.set_time_zone("UTC").date, "2026-01-02");
}

TEST_F(QuotaTest, TheDayIsTheZones) {
  QuotaState tokyo = quota_.set_time_zone("Asia/Tokyo");  // nine hours ahead: already 09:00 there
  EXPECT_EQ(tokyo.date, "2026-01-01");
  EXPECT_EQ(rfc3339(tokyo.day_ends_at), "2026-01-01T15:00:00.000Z");
  quota_.set_limit(1);
  EXPECT_TRUE(granted());
  QuotaState new_york = quota_.set_time_zone("America/New_York");  // still yesterday there: the day goes on
  EXPECT_EQ(new_york.date, "2026-01-01");
  EXPECT_EQ(rfc3339(new_york.day_ends_at), "2026-01-02T05:00:00.000Z");
  denied();
  EXPECT_PURSER_ERROR(ErrorCode::unknown_time_zone, quota_.set_time_zone("Nowhere/Land"));
  EXPECT_EQ(quota_.status().time_zone, "America/New_York");
}

TEST_F(QuotaTest, AZoneFurtherEastMayBeginANewDayAtOnce) {
  clock_.advance(hours(23));
  EXPECT_TRUE(granted());
  QuotaState tokyo = quota_.set_time_zone("Asia/Tokyo");
  EXPECT_EQ(tokyo.date, "2026-01-02");
  EXPECT_EQ(tokyo.calls_today, 0);
}

TEST_F(QuotaTest, WithoutCreditsNothingIsGrantedUntilTheNextDayOrTheLimitIsSet) {
  quota_.stop_for_today();
  EXPECT_EQ(denied().reason, DenyReason::no_credits);
  clock_.advance(hours(24));
  EXPECT_TRUE(granted());
  quota_.stop_for_today();
  quota_.set_limit(1000);
  EXPECT_TRUE(granted());
}

TEST_F(QuotaTest, EveryDaysFiguresAreKept) {
  EXPECT_TRUE(granted());
  clock_.advance(hours(24 * 2));
  EXPECT_TRUE(granted());
  EXPECT_TRUE(granted());
  quota_.bypass();
  auto days = quota_.days(10);
  ASSERT_EQ(days.size(), 2U);
  EXPECT_EQ(days[0].date, "2026-01-01");
  EXPECT_EQ(days[0].calls, 1);
  EXPECT_EQ(days[1].date, "2026-01-03");
  EXPECT_EQ(days[1].calls, 2);
  EXPECT_EQ(days[1].bypass_calls, 1);
}

TEST_F(QuotaTest, AReadWritesNoNewDay) {
  EXPECT_TRUE(granted());
  clock_.advance(hours(24));
  EXPECT_EQ(quota_.status().date, "2026-01-02");
  EXPECT_EQ(quota_.status().calls_today, 0);
  EXPECT_EQ(quota_.days(10).size(), 1U);
}

TEST_F(QuotaTest, PurposesAreText) {
  EXPECT_PURSER_ERROR(ErrorCode::usage, quota_.acquire("a\nb"));
  EXPECT_PURSER_ERROR(ErrorCode::invalid_text, quota_.acquire("a\xff"));
  EXPECT_EQ(calls(), 0);
}

}  // namespace
}  // namespace purser::xai
