// Real answers of Keepa, and what is made of broken ones.
#include <gtest/gtest.h>

#include "keepa/observation.h"
#include "support/scratch.h"

namespace purser::keepa {
namespace {

using test::error_of;

TEST(Envelope, TheTokenAnswer) {
  auto seen = parse_envelope(
      R"({"timestamp":1594177158252,"tokensLeft":0,"refillIn":38205,"refillRate":20,"tokenFlowReduction":0,"tokensConsumed":0,"processingTimeInMs":0})");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->tokens_left, Millitokens{});
  EXPECT_EQ(seen->refill_rate, tokens(20));
  EXPECT_EQ(seen->refill_in, Duration{38205});
  EXPECT_EQ(seen->server_time, Instant{Duration{1594177158252}});
  EXPECT_EQ(seen->consumed, Millitokens{});
}

TEST(Envelope, ADebtAndAFractionalReduction) {
  auto seen = parse_envelope(R"({"tokensLeft":-25,"refillRate":5,"tokenFlowReduction":0.9})");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->tokens_left, tokens(-25));
  EXPECT_EQ(seen->flow_reduction, Millitokens{900});
  EXPECT_EQ(seen->refill_in, std::nullopt);
  EXPECT_EQ(seen->server_time, std::nullopt);
}

TEST(Envelope, FinerThanAMillitokenIsRoundedTowardsCaution) {
  auto seen = parse_envelope(R"({"tokensLeft":-1.00001,"refillRate":5.00019,"tokenFlowReduction":0.00001})");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->tokens_left, Millitokens{-1001});
  EXPECT_EQ(seen->refill_rate, Millitokens{5000});
  EXPECT_EQ(seen->flow_reduction, Millitokens{1});
}

TEST(Envelope, ABadKeysZerosSayNothing) {
  EXPECT_EQ(
      parse_envelope(
          R"({"error":{"details":"","message":"You used an invalid parameter for this API call.","type":"invalidParameter"},"processingTimeInMs":0,"refillIn":0,"refillRate":0,"timestamp":1790277678673,"tokenFlowReduction":0.0,"tokensConsumed":0,"tokensLeft":0})"),
      std::nullopt);
  for (const char* none :
       {"{}", "[]", "null", "7", R"({"message":"Bad Gateway"})", R"({"tokensLeft":null,"refillRate":5})"}) {
    EXPECT_EQ(parse_envelope(none), std::nullopt) << none;
  }
}

TEST(Envelope, AnErrorBesideTheEnvelopeIsStillAnObservation) {
  auto seen = parse_envelope(
      R"({"error":{"message":"…","type":"invalidParameter"},"tokensLeft":59,"tokensConsumed":0,"refillIn":26645,"refillRate":5})");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->tokens_left, tokens(59));
}

TEST(Envelope, BrokenAnswersAreErrors) {
  for (const char* broken :
       {"", "{", R"({"tokensLeft":5,)", "<html>502 Bad Gateway</html>", R"({"tokensLeft":"5"})",
        R"({"tokensLeft":1e300})", R"({"tokensLeft":99999999999})", R"({"tokensLeft":5,"refillRate":-1})",
        R"({"tokensLeft":5,"refillIn":-1})", R"({"tokensLeft":5,"refillIn":1e18})",
        R"({"tokensLeft":5,"timestamp":0})", R"({"tokensLeft":5,"timestamp":1e99})", R"({"tokensLeft":true})",
        "{\"tokensLeft\":5,\"x\":\"\xff\"}"}) {
    EXPECT_EQ(error_of([&] { parse_envelope(broken); }), ErrorCode::invalid_response) << broken;
  }
}

TEST(Envelope, AnErrorNeverRepeatsTheAnswer) {
  try {
    parse_envelope(R"({"secret-looking-thing": )");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("secret-looking-thing"), std::string::npos);
  }
}

}  // namespace
}  // namespace purser::keepa
