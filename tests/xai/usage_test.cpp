// What calls used: counted with the day, believed within bounds, recorded with the flight's end.
#include "xai/usage.h"

#include <limits>

#include "support/foreign_tool.h"
#include "xai/xai_test.h"

namespace purser::xai {

// For EXPECT_EQ: all figures in one line.
std::string text(const Usage& u) {
  std::string all;
  for (auto figure : {u.calls, u.prompt_tokens, u.cached_prompt_tokens, u.completion_tokens,
                      u.reasoning_tokens, u.total_tokens, u.cost_usd_ticks, u.calls_without_cost}) {
    all += std::to_string(figure) + " ";
  }
  return all;
}

namespace {

constexpr Usage kOne{1, 100, 20, 5, 50, 155, 12345, 0};
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

class UsageTest : public XaiTest {
 protected:
  std::string today() { return text(quota_.usage_today()); }
};

TEST_F(UsageTest, AddsUpOverTheModelsOfADay) {
  EXPECT_EQ(today(), text({}));
  quota_.record_usage("grok-4.3", kOne);
  quota_.record_usage("grok-4.3", kOne);
  quota_.record_usage("grok-4.6", {.calls = 1, .total_tokens = 7, .calls_without_cost = 1});
  EXPECT_EQ(today(), "3 200 40 10 100 317 24690 1 ");
}

TEST_F(UsageTest, BelongsToTheDayThatIsCounted) {
  quota_.record_usage("grok-4.3", kOne);
  clock_.advance(hours(24));
  EXPECT_EQ(today(), text({}));
  quota_.record_usage("grok-4.3", kOne);
  clock_.jump(-hours(24));  // the day does not come again
  quota_.record_usage("grok-4.3", kOne);
  EXPECT_EQ(today(), text(sum(kOne, kOne)));
}

TEST_F(UsageTest, AUsageOfNoCallsIsNone) {
  quota_.record_usage("grok-4.3", {.total_tokens = 5});
  EXPECT_EQ(test::ForeignTool(folder_.file("purser.db")).number("SELECT count(*) FROM xai_usage"), 0);
}

TEST_F(UsageTest, WhatIsBeyondBeliefIsNotGiven) {
  struct Case {
    Usage given;
    const char* believed;
  };
  for (const Case& c : {
           Case{{1, -1, -1, -1, -1, -1, -1, 0}, "1 0 0 0 0 0 0 1 "},
           Case{{1, kMostTokens, kMostTokens + 1, 0, 0, 0, kMostTicks, 0},
                "1 1000000000000 0 0 0 0 "
                "100000000000000 0 "},
           Case{{2, 1, 1, 1, 1, 1, kMostTicks + 1, 0}, "2 1 1 1 1 1 0 2 "},
           Case{{1, kLargest, kLargest, kLargest, kLargest, kLargest, kLargest, kLargest},
                "1 0 0 0 0 0 0 1 "},
           Case{{-5, 1, 1, 1, 1, 1, 1, 9}, "0 1 1 1 1 1 1 0 "},
       }) {
    EXPECT_EQ(text(believed(c.given)), c.believed);
  }
}

TEST_F(UsageTest, SumsStopAtTheLargestNumber) {
  quota_.record_usage("grok-4.3", kOne);
  test::ForeignTool(folder_.file("purser.db"))
      .run("UPDATE xai_usage SET total_tokens = 9223372036854775807, prompt_tokens = 9223372036854775800");
  quota_.record_usage("grok-4.3", kOne);
  quota_.record_usage("grok-4.6", kOne);
  EXPECT_EQ(quota_.usage_today().total_tokens, kLargest);
  EXPECT_EQ(quota_.usage_today().prompt_tokens, kLargest);
  EXPECT_EQ(quota_.usage_today().calls, 3);
}

TEST_F(UsageTest, AModelsNameIsBoundedText) {
  const std::string long_name(200, 'x');
  struct Case {
    std::string given, stored;
  };
  for (const Case& c :
       {Case{"grok-4.3", "grok-4.3"}, Case{"", "unknown"}, Case{"a\nb", "unknown"}, Case{"\xff", "unknown"},
        Case{std::string(1, '\0'), "unknown"}, Case{long_name, long_name}, Case{long_name + "y", long_name},
        Case{long_name.substr(1) + "\u00e9", long_name.substr(1)},
        Case{long_name.substr(2) + "\u00e9z", long_name.substr(2) + "\u00e9"}}) {
    EXPECT_EQ(stored_model(c.given), c.stored);
    EXPECT_NO_PURSER_ERROR(quota_.record_usage(c.given, kOne)) << c.given;
  }
}

TEST_F(UsageTest, AnAnswerBringsItsUsageOnce) {
  Claimed flight = claimed(book());
  EXPECT_TRUE(verdicts_.answer(flight.flight, false, "grok-4.3", kOne));
  EXPECT_FALSE(verdicts_.answer(flight.flight, false, "grok-4.3", kOne));
  EXPECT_EQ(today(), text(kOne));
  EXPECT_EQ(verdicts_.get(book()), false);
}

TEST_F(UsageTest, ALateAnswerThatIsNotStoredWasStillBilled) {
  Claimed flight = claimed(book());
  verdicts_.put(book(), true);
  EXPECT_FALSE(verdicts_.answer(flight.flight, false, "grok-4.3", kOne));
  EXPECT_EQ(today(), text(kOne));
}

TEST_F(UsageTest, ARefusedAnswerWasBilledAndItsUnitStaysConsumed) {
  Claimed flight = claimed(book());
  verdicts_.abandon(flight.flight, {.model = "grok-4.3", .usage = kOne});
  verdicts_.abandon(flight.flight, {.model = "grok-4.3", .usage = kOne});
  EXPECT_EQ(today(), text(kOne));
  EXPECT_EQ(calls(), 1);
  EXPECT_EQ(verdicts_.get(book()), std::nullopt);
  EXPECT_EQ(claimed(book()).quota.calls_today, 2);  // free for the next at once
  EXPECT_PURSER_ERROR(ErrorCode::unknown_flight,
                      verdicts_.abandon("00", {.model = "grok-4.3", .usage = kOne}));
}

}  // namespace
}  // namespace purser::xai
