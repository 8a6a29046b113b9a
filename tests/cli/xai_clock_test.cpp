// The quota's day while the machine's clock jumps, and on the days on which clocks are changed.
#include "cli/faketime_test.h"

namespace purser::test {
namespace {

class XaiClockTest : public FakeTimeTest {
 protected:
  Json acquire_at(const std::string& time, int exit_status = 0) const {
    return at(time, {"xai", "acquire"}, exit_status);
  }
  Json status_at(const std::string& time) const { return at(time, {"xai", "status"}); }
  // One call a day in `zone`; its time zone data may not be on this machine.
  void one_call_in(const std::string& zone, const std::string& time) const {
    at(time, {"init"});
    at(time, {"xai", "limit", "1"});
    at(time, {"xai", "time-zone", zone});
  }
  // The call of `date` is taken at `first`; the day is over at `end`, not at `before_end`.
  void expect_day(const std::string& date, const std::string& first, const std::string& before_end,
                  const std::string& end_at) const {
    EXPECT_EQ(acquire_at(first)["date"], date);
    Json denied = acquire_at(before_end, 75);
    EXPECT_EQ(denied["date"], date);
    EXPECT_EQ(denied["retry_at"], end_at);
  }
};

TEST_F(XaiClockTest, BackOverMidnightGivesNoSecondQuota) {
  one_call_in("UTC", "@2026-03-01 12:00:00");
  acquire_at("@2026-03-01 12:00:01");
  acquire_at("@2026-03-02 00:00:05");
  Json back = acquire_at("@2026-03-01 23:59:50", 75);
  EXPECT_EQ(back["date"], "2026-03-02");
  EXPECT_EQ(back["retry_at"], "2026-03-03T00:00:00.000Z");
  EXPECT_EQ(acquire_at("@2026-02-01 12:00:00", 75)["calls_today"], 1);
  acquire_at("@2026-03-02 23:59:50", 75);
  EXPECT_EQ(acquire_at("@2026-03-03 00:00:00")["date"], "2026-03-03");
}

TEST_F(XaiClockTest, ForwardByAYearAndBackPinsTheDayUntilItIsSet) {
  one_call_in("UTC", "@2026-03-01 12:00:00");
  acquire_at("@2027-03-01 12:00:00");
  Json pinned = acquire_at("@2026-03-01 12:01:00", 75);
  EXPECT_EQ(pinned["date"], "2027-03-01");
  EXPECT_EQ(pinned["retry_at"], "2027-03-02T00:00:00.000Z");
  EXPECT_EQ(acquire_at("@2026-03-05 12:00:00", 75)["date"], "2027-03-01");
  Command look = purser({"xai", "status"});
  look.words = Words{"faketime", "-f", "@2026-03-05 12:00:00"} + look.words;
  look.environment["TZ"] = "UTC";
  std::string text = run(look).out;
  EXPECT_NE(text.find("2027-03-01 is counted, a day that has not come yet"), std::string::npos) << text;
  EXPECT_NE(text.find("purser xai set-day "), std::string::npos) << text;

  at("@2026-03-05 12:00:00", {"xai", "set-day", "2026-03-06", "--calls", "0", "--yes"}, 64);  // tomorrow
  Json repaired = at("@2026-03-05 12:00:00", {"xai", "set-day", "2026-03-05", "--calls", "0", "--yes"});
  EXPECT_EQ(repaired["date"], "2026-03-05");
  EXPECT_EQ(repaired["calls_today"], 0);
  EXPECT_EQ(repaired["day_ends_at"], "2026-03-06T00:00:00.000Z");
  EXPECT_EQ(acquire_at("@2026-03-05 12:01:00")["date"], "2026-03-05");
  acquire_at("@2026-03-05 12:02:00", 75);
  EXPECT_EQ(acquire_at("@2026-03-06 00:00:01")["date"], "2026-03-06");
  // What the wrong clock took of its day was taken back: that day is whole when it comes.
  EXPECT_EQ(status_at("@2027-03-01 12:00:00")["calls_today"], 0);
  acquire_at("@2027-03-01 12:00:00");
}

TEST_F(XaiClockTest, ADayOf23HoursAndOneOf25) {
  one_call_in("America/New_York", "@2026-03-08 04:59:00");
  expect_day("2026-03-08", "@2026-03-08 05:00:00", "@2026-03-09 03:59:50", "2026-03-09T04:00:00.000Z");
  expect_day("2026-03-09", "@2026-03-09 04:00:00", "@2026-03-10 03:59:50", "2026-03-10T04:00:00.000Z");
  expect_day("2026-11-01", "@2026-11-01 04:00:00", "@2026-11-02 04:59:50", "2026-11-02T05:00:00.000Z");
  expect_day("2026-11-02", "@2026-11-02 05:00:00", "@2026-11-03 04:59:50", "2026-11-03T05:00:00.000Z");
}

TEST_F(XaiClockTest, AMidnightThatDoesNotExist) {
  one_call_in("America/Sao_Paulo", "@2018-11-03 12:00:00");
  // 00:00 of the fourth was 01:00 at once.
  expect_day("2018-11-03", "@2018-11-03 12:00:00", "@2018-11-04 02:59:50", "2018-11-04T03:00:00.000Z");
  expect_day("2018-11-04", "@2018-11-04 03:00:00", "@2018-11-05 01:59:50", "2018-11-05T02:00:00.000Z");
  EXPECT_EQ(acquire_at("@2018-11-05 02:00:00")["date"], "2018-11-05");
}

// Its hour from 23:00 came twice: the day goes on until the second one is over.
TEST_F(XaiClockTest, AnHourBeforeMidnightThatComesTwice) {
  one_call_in("America/Sao_Paulo", "@2018-02-17 12:00:00");
  expect_day("2018-02-17", "@2018-02-17 12:00:00", "@2018-02-18 02:59:50", "2018-02-18T03:00:00.000Z");
  EXPECT_EQ(acquire_at("@2018-02-18 03:00:00")["date"], "2018-02-18");
}

TEST_F(XaiClockTest, AFlightLapsesByTheClockThatItsClaimSaw) {
  at("@2026-03-01 12:00:00", {"init"});
  Words claim = {"xai",      "claim", "--title", "Eragon", "--category", "",
                 "--season", "Sep",   "--price", "49.90",  "--deadline", "60s"};
  Json first = at("@2026-03-01 12:00:00", claim);
  EXPECT_EQ(at("@2026-03-01 12:01:05", claim, 75)["outcome"], "in_flight");
  Json second = at("@2026-03-01 12:01:15", claim);
  EXPECT_EQ(second["outcome"], "claimed");
  EXPECT_EQ(at("@2026-03-01 12:01:20", {"xai", "answer", second["flight"], "--verdict", "true"})["stored"],
            true);
  EXPECT_EQ(at("@2026-03-01 12:01:30", {"xai", "answer", first["flight"], "--verdict", "false"})["stored"],
            false);  // late, and there is a newer one
}

}  // namespace
}  // namespace purser::test
