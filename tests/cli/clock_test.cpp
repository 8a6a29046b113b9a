// The machine's clock goes back by minutes, by a day, and forward by 400 days.
#include "cli/faketime_test.h"

namespace purser::test {
namespace {

class ClockTest : public FakeTimeTest {
 protected:
  double balance_at(const std::string& shift) const { return at(shift, {"keepa", "status"})["balance"]; }
  void expect_sound(const std::string& shift) const {
    Json verified = at(shift, {"keepa", "verify"});
    EXPECT_EQ(verified["balance_matches"], true);
    EXPECT_EQ(verified["held_matches"], true);
  }
};

// Seconds that the test itself takes, at 5 tokens a minute: less than one token, on any machine.
constexpr double kTestTakes = 1;

Words acquire(const char* cost) { return {"keepa", "acquire", "--task", "backfiller", "--cost", cost}; }

TEST_F(ClockTest, BackByMinutes) {
  init();
  answer({"keepa", "observe", "--tokens-left", "100", "--refill-rate", "5"});
  Json granted = at("+10m", acquire("10"));
  EXPECT_NEAR(granted["available"].get<double>(), 140, kTestTakes);  // 100 + 50 - 10
  EXPECT_NEAR(balance_at("+0m"), 150, kTestTakes);                   // back by ten minutes: nothing moves
  Json settled = at("+0m", {"keepa", "settle", granted["reservation"], "--consumed", "10"});
  EXPECT_NEAR(settled["balance"].get<double>(), 140, kTestTakes);
  EXPECT_NEAR(balance_at("+10m"), 140, kTestTakes);  // those ten minutes were refilled already
  EXPECT_NEAR(balance_at("+11m"), 145, kTestTakes);
  expect_sound("+11m");
}

TEST_F(ClockTest, BackByADay) {
  init();
  answer({"keepa", "observe", "--tokens-left", "100", "--refill-rate", "5"});
  at("-1d", acquire("10"));
  EXPECT_NEAR(balance_at("-1d"), 100, kTestTakes);
  expect_sound("-1d");
  // What Keepa says holds from when it is heard, and is refilled from there.
  at("-1d", {"keepa", "observe", "--tokens-left", "60"});
  EXPECT_NEAR(balance_at("-1435m"), 85, kTestTakes);  // a day back and five minutes on
  expect_sound("-1d");
}

TEST_F(ClockTest, ForwardBy400Days) {
  init();
  answer({"keepa", "observe", "--tokens-left", "100", "--refill-rate", "5"});
  answer(acquire("150"));
  Json status = at("+400d", {"keepa", "status"});
  EXPECT_EQ(status["balance"], 300);  // the bucket holds no more, and the grant of the past has expired
  EXPECT_EQ(status["held"], 0);
  EXPECT_EQ(at("+400d", acquire("80"))["available"], 220);
  expect_sound("+400d");
  // And back again: what was refilled then is not refilled twice.
  Json back = at("+0m", {"keepa", "status"});
  EXPECT_EQ(back["available"], 220);
  at("+0m", acquire("20"));
  expect_sound("+0m");
  EXPECT_LE(balance_at("+400d"), 300);
  expect_sound("+400d");
}

TEST_F(ClockTest, AWaitIsNotTheWallClocks) {
  init();
  answer({"keepa", "observe", "--tokens-left", "0", "--refill-rate", "5"});
  // By the wall clock, which stands a day behind, it would last a day, and this test with it.
  at("-1d", acquire("80") + Words{"--wait", "1s"}, 75);
}

}  // namespace
}  // namespace purser::test
