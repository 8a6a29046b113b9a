// Where each instant comes from: the tz database (Europe/Berlin and America/New_York change clocks in March
// and October/November; America/Asuncion and Africa/Cairo skip a midnight; `zdump -v ZONE` shows them).
#include "xai/calendar.h"

#include <gtest/gtest.h>

#include "support/scratch.h"

namespace purser::xai {
namespace {

using std::chrono::hours;

TEST(Calendar, DatesAreWrittenOneWay) {
  EXPECT_EQ(parse_date("2026-11-24"), "2026-11-24");
  EXPECT_EQ(parse_date("2028-02-29"), "2028-02-29");
  for (const char* wrong :
       {"", "2026-2-29", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "20260101", "2026-01-01T",
        " 2026-01-01", "1969-12-31", "2026-1a-01", "-026-01-01"}) {
    EXPECT_EQ(parse_date(wrong), std::nullopt) << wrong;
  }
}

struct Case {
  const char* zone;
  const char* day;
  const char* ends_at;
  int hours_long;
};

TEST(Calendar, DaysEndWhereTheirZoneSaysAndAreAsLongAsTheyAre) {
  const Case kCases[] = {
      {"UTC", "2026-11-24", "2026-11-25T00:00:00.000Z", 24},
      {"Europe/Berlin", "2026-03-29", "2026-03-29T22:00:00.000Z", 23},
      {"Europe/Berlin", "2026-10-25", "2026-10-25T23:00:00.000Z", 25},
      {"America/New_York", "2026-03-08", "2026-03-09T04:00:00.000Z", 23},
      {"Asia/Kathmandu", "2026-06-01", "2026-06-01T18:15:00.000Z", 24},
      // 2023-04-28 in Cairo began at 01:00: the midnight before did not exist
      {"Africa/Cairo", "2023-04-27", "2023-04-27T22:00:00.000Z", 24},
      {"Africa/Cairo", "2023-04-28", "2023-04-28T21:00:00.000Z", 23},
      // 2018-11-04 in Sao Paulo began at 01:00
      {"America/Sao_Paulo", "2018-11-03", "2018-11-04T03:00:00.000Z", 24},
      {"America/Sao_Paulo", "2018-11-04", "2018-11-05T02:00:00.000Z", 23},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(c.zone) + " " + c.day);
    Instant end = end_of_day(c.day, c.zone);
    EXPECT_EQ(rfc3339(end), c.ends_at);
    EXPECT_EQ(day_of(end - Duration{1}, c.zone), c.day);
    EXPECT_EQ(day_of(end - hours(c.hours_long), c.zone), c.day);
    EXPECT_LT(day_of(end - hours(c.hours_long) - Duration{1}, c.zone), c.day);
    EXPECT_GT(day_of(end, c.zone), c.day);
  }
}

TEST(Calendar, AZoneThatThisMachineLacksIsSaid) {
  EXPECT_PURSER_ERROR(ErrorCode::unknown_time_zone, require_time_zone("Mars/Olympus_Mons"));
  EXPECT_PURSER_ERROR(ErrorCode::unknown_time_zone, require_time_zone("../../etc/passwd"));
  EXPECT_NO_PURSER_ERROR(require_time_zone("America/New_York"));
}

}  // namespace
}  // namespace purser::xai
