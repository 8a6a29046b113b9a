#include "purser/amount.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace purser {
namespace {

TEST(Amount, ReadsPlainDecimals) {
  struct Case {
    const char* text;
    std::int64_t millitokens;
  };
  for (const Case& c : {Case{"80", 80'000},
                        {"-25", -25'000},
                        {"+7", 7'000},
                        {"54.5", 54'500},
                        {"54.50", 54'500},
                        {"0.001", 1},
                        {"-0.001", -1},
                        {"0.9", 900},
                        {"-0", 0},
                        {"007", 7'000},
                        {"1.5000000000000000000000000000000", 1'500},
                        {"1000000000", kMaxBalance.count},
                        {"-1000000000", -kMaxBalance.count},
                        {"1000000000.000", kMaxBalance.count}}) {
    auto amount = parse_tokens(c.text);
    ASSERT_TRUE(amount.has_value()) << c.text;
    EXPECT_EQ(amount->count, c.millitokens) << c.text;
  }
}

TEST(Amount, RefusesWhatIsNoPlainDecimal) {
  for (std::string_view text : {"",
                                "-",
                                "+",
                                "--1",
                                "+-1",
                                " 1",
                                "1 ",
                                "1\n",
                                ".5",
                                "5.",
                                "-.5",
                                ".",
                                "1.2.3",
                                "1,5",
                                "1e3",
                                "1E3",
                                "0x10",
                                "inf",
                                "-inf",
                                "nan",
                                "eight",
                                "1.5x",
                                "1.-5",
                                "1_000",
                                "\xC2\xBD",
                                "1.0.0",
                                "1.00x",
                                "1/2",
                                "1000000001",
                                "-1000000001",
                                "1000000000.001",
                                "-1000000000.001",
                                "99999999999999999999",
                                "-99999999999999999999999999999999"}) {
    for (Finer rule : {Finer::refuse, Finer::round_up, Finer::round_down}) {
      EXPECT_FALSE(parse_tokens(text, rule)) << text;
    }
  }
  EXPECT_FALSE(parse_tokens(std::string_view("1\0", 2)));
}

TEST(Amount, FinerThanAMillitokenIsRefusedOrRoundedAsTold) {
  struct Case {
    const char* text;
    std::int64_t up, down;
  };
  for (const Case& c : {Case{"0.0001", 1, 0},
                        {"-0.0001", 0, -1},
                        {"1.2345", 1'235, 1'234},
                        {"-1.2345", -1'234, -1'235},
                        {"54.9999", 55'000, 54'999},
                        {"-54.9999", -54'999, -55'000},
                        {"0.00100000000000000000001", 2, 1}}) {
    EXPECT_FALSE(parse_tokens(c.text)) << c.text;
    EXPECT_EQ(parse_tokens(c.text, Finer::round_up), Millitokens{c.up}) << c.text;
    EXPECT_EQ(parse_tokens(c.text, Finer::round_down), Millitokens{c.down}) << c.text;
  }
}

TEST(Amount, WhatNeedsNoRoundingIsTheSameUnderEveryRule) {
  for (const char* text : {"1.2340000", "-1.234", "0", "80"}) {
    EXPECT_EQ(parse_tokens(text, Finer::round_up), parse_tokens(text)) << text;
    EXPECT_EQ(parse_tokens(text, Finer::round_down), parse_tokens(text)) << text;
  }
}

TEST(Amount, RoundingDoesNotLeadOutOfBounds) {
  EXPECT_FALSE(parse_tokens("1000000000.0001", Finer::round_up));
  EXPECT_EQ(parse_tokens("1000000000.0001", Finer::round_down), kMaxBalance);
  EXPECT_FALSE(parse_tokens("-1000000000.0001", Finer::round_down));
  EXPECT_EQ(parse_tokens("-1000000000.0001", Finer::round_up), -kMaxBalance);
}

TEST(Amount, IsWrittenAsTheShortestDecimal) {
  struct Case {
    std::int64_t millitokens;
    const char* text;
  };
  for (const Case& c : {Case{0, "0"},
                        {54'500, "54.5"},
                        {-25'000, "-25"},
                        {1, "0.001"},
                        {-1, "-0.001"},
                        {-999, "-0.999"},
                        {1'010, "1.01"},
                        {100'000, "100"},
                        {std::numeric_limits<std::int64_t>::max(), "9223372036854775.807"},
                        {std::numeric_limits<std::int64_t>::min(), "-9223372036854775.808"}}) {
    EXPECT_EQ(to_string(Millitokens{c.millitokens}), c.text);
  }
}

TEST(Amount, WhatIsWrittenIsReadBack) {
  std::mt19937_64 random(20260101);
  std::uniform_int_distribution<std::int64_t> any(-kMaxBalance.count, kMaxBalance.count);
  std::uniform_int_distribution<std::int64_t> small(-100'000, 100'000);
  for (int round = 0; round < 20'000; ++round) {
    Millitokens amount{round % 2 == 0 ? any(random) : small(random)};
    ASSERT_EQ(parse_tokens(to_string(amount)), amount) << to_string(amount);
  }
}

TEST(Amount, TheControlledDeficit) {
  EXPECT_EQ(tokens(55) - tokens(80), tokens(-25));
  EXPECT_EQ(-tokens(25) + tokens(80), tokens(55));
  EXPECT_EQ(3 * Millitokens{500}, Millitokens{1'500});
  EXPECT_LT(tokens(-25), tokens(0));
  Millitokens amount = tokens(5);
  amount += Millitokens{1};
  amount -= tokens(6);
  EXPECT_EQ(amount, Millitokens{-999});
}

}  // namespace
}  // namespace purser
