// The stand-in's Keepa account, over simulated time: what comes, what is lost, what is owed.
#include "standin/standin_test.h"

namespace purser::test {
namespace {

using namespace std::chrono_literals;

TEST(StandinBucket, TokensComeOnceAMinute) {
  Standin standin({"--tokens", "10", "--rate", "5", "--refill-in", "38205"});
  json seen = standin.keepa_json("/token");
  EXPECT_EQ(seen["tokensLeft"], 10);
  EXPECT_EQ(seen["refillIn"], 38205);
  EXPECT_EQ(seen["refillRate"], 5);
  EXPECT_EQ(seen["timestamp"], kStartMs);
  EXPECT_EQ(seen["tokensConsumed"], 0);
  EXPECT_TRUE(seen["tokenFlowReduction"].is_number_float());

  standin.pass(38204ms);
  seen = standin.keepa_json("/token");
  EXPECT_EQ(seen["tokensLeft"], 10);
  EXPECT_EQ(seen["refillIn"], 1);

  standin.pass(1ms);
  seen = standin.keepa_json("/token");
  EXPECT_EQ(seen["tokensLeft"], 15);
  EXPECT_EQ(seen["refillIn"], 60'000);
  EXPECT_EQ(seen["timestamp"], kStartMs + 38205);
}

TEST(StandinBucket, WhatDoesNotFitExpires) {
  Standin standin({"--tokens", "298", "--rate", "5"});
  standin.pass(2min);
  const auto keepa = standin.state().keepa;
  EXPECT_EQ(keepa.tokens, 300);
  EXPECT_EQ(keepa.generated, 10);
  EXPECT_EQ(keepa.expired_unused, 8);
}

TEST(StandinBucket, TheCapTakesNothingAway) {
  Standin standin({"--tokens", "400", "--rate", "5"});
  standin.pass(3min);
  EXPECT_EQ(standin.state().keepa.tokens, 400);
  EXPECT_EQ(standin.state().keepa.expired_unused, 15);
}

TEST(StandinBucket, ARequestRunsWhileTheBalanceIsPositiveAndMayLeaveADebt) {
  Standin standin({"--tokens", "1", "--rate", "20"});
  const std::string twenty =
      "/product?domain=1&offers=20&asin=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20";
  json seen = standin.keepa_json(twenty);
  EXPECT_EQ(seen["tokensConsumed"], 240);
  EXPECT_EQ(seen["tokensLeft"], -239);
  EXPECT_EQ(seen["products"].size(), 20U);

  Reply refused = standin.keepa("/product?asin=1");
  EXPECT_EQ(refused.status, 429);
  seen = json::parse(refused.text());
  EXPECT_EQ(seen["tokensLeft"], -239);
  EXPECT_EQ(seen["tokensConsumed"], 0);
  EXPECT_EQ(seen["refillRate"], 20);
  EXPECT_FALSE(seen.contains("error"));
  EXPECT_EQ(standin.keepa("/token").status, 200);

  standin.pass(11min);
  EXPECT_EQ(standin.keepa_json("/token")["tokensLeft"], -19);
  EXPECT_EQ(standin.keepa("/product?asin=1").status, 429);
  standin.pass(1min);
  EXPECT_EQ(standin.keepa("/product?asin=1").status, 200);
  EXPECT_EQ(standin.keepa("/product?asin=1").status, 429) << "nothing is left, and nothing is not enough";

  const auto keepa = standin.state().keepa;
  EXPECT_EQ(keepa.tokens, 0);
  EXPECT_EQ(keepa.lowest, -239);
  EXPECT_EQ(keepa.consumed, 241);
  EXPECT_EQ(keepa.refused, 3);
  EXPECT_EQ(keepa.paid_requests, 5);
  EXPECT_EQ(keepa.token_requests, 2);
}

TEST(StandinBucket, TrackingsTakeFromTheRefill) {
  Standin standin({"--tokens", "0", "--rate", "5", "--switch", "keepa.flow_reduction=0.9"});
  standin.pass(1min);
  EXPECT_EQ(standin.keepa_json("/token")["tokensLeft"], 4);
  standin.pass(9min);
  json seen = standin.keepa_json("/token");
  EXPECT_EQ(seen["tokensLeft"], 41) << "tenths are carried";
  EXPECT_EQ(seen["refillRate"], 5);
  EXPECT_DOUBLE_EQ(seen["tokenFlowReduction"], 0.9);

  standin.set_switch("keepa.flow_reduction", "7");
  standin.pass(10min);
  EXPECT_EQ(standin.keepa_json("/token")["tokensLeft"], 41);
}

TEST(StandinBucket, AnotherRateCountsFromThenOn) {
  Standin standin({"--tokens", "0", "--rate", "5"});
  standin.pass(2min);
  standin.set_switch("keepa.rate", "20");
  EXPECT_EQ(standin.keepa_json("/token")["tokensLeft"], 10);
  EXPECT_EQ(standin.keepa_json("/token")["refillRate"], 20);
  standin.pass(1min);
  EXPECT_EQ(standin.keepa_json("/token")["tokensLeft"], 30);
  standin.pass(24h);
  EXPECT_EQ(standin.keepa_json("/token")["tokensLeft"], 1200);
}

TEST(StandinBucket, TheFiguresAddUp) {
  Standin standin({"--tokens", "100", "--rate", "5"});
  standin.keepa("/deal");
  standin.set_switch("keepa.tokens", "297");
  standin.pass(3min);
  standin.keepa("/bestsellers");
  const auto keepa = standin.state().keepa;
  EXPECT_EQ(keepa.opening, 100);
  EXPECT_EQ(keepa.adjusted, 202);
  EXPECT_EQ(keepa.tokens,
            keepa.opening + keepa.generated - keepa.expired_unused - keepa.consumed + keepa.adjusted);
  EXPECT_EQ(keepa.tokens, 250);

  standin.reset();
  const auto anew = standin.state().keepa;
  EXPECT_EQ(anew.tokens, 250);
  EXPECT_EQ(anew.opening, 250);
  EXPECT_EQ(anew.lowest, 250);
  EXPECT_EQ(anew.consumed + anew.generated + anew.requests, 0);
}

}  // namespace
}  // namespace purser::test
