// Real answers of Keepa, and what is made of broken ones.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "keepa/envelope.h"
#include "support/scratch.h"

namespace purser::keepa {
namespace {

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
       {"", "{", R"({"tokensLeft":5,)", R"({"tokensLeft":5,"products":[)", "<html>502 Bad Gateway</html>",
        R"({"tokensLeft":"5"})", R"({"tokensLeft":1e300})", R"({"tokensLeft":1e999})",
        R"({"tokensLeft":99999999999})", R"({"tokensLeft":true})", R"({"tokensLeft":[5]})",
        R"({"tokensLeft":5}{"tokensLeft":6})"}) {
    EXPECT_PURSER_ERROR(ErrorCode::invalid_response, parse_envelope(broken)) << broken;
  }
}

std::string message_of(std::string_view answer) {
  return test::message_of([&] { parse_envelope(answer); });
}

TEST(Envelope, AMessageClaimsOnlyWhatIsSo) {
  EXPECT_NE(message_of(R"({"tokensLeft":"300"})").find("tokensLeft is no number"), std::string::npos);
  EXPECT_NE(message_of(R"({"tokensLeft":1e300})").find("beyond"), std::string::npos);
  EXPECT_NE(message_of("<html>").find("no (or not the whole) JSON"), std::string::npos);
  std::string deep = R"({"tokensLeft":5,"x":)" + std::string(1'000'000, '[');
  EXPECT_NE(message_of(deep).find("nested deeper than 64"), std::string::npos);
}

struct SideField {
  const char* name;
  const char* value;
};

// tokensLeft is the truth: what makes no sense beside it falls alone.
TEST(Envelope, AnOddSideFieldFallsAloneAndIsTold) {
  for (const SideField& odd :
       {SideField{"refillIn", "-12"}, SideField{"refillIn", "172800000"}, SideField{"refillIn", "1e999"},
        SideField{"refillIn", R"("5")"}, SideField{"tokenFlowReduction", "-0.5"},
        SideField{"tokenFlowReduction", "{}"}, SideField{"refillRate", "-1"},
        SideField{"refillRate", R"("5")"}, SideField{"refillRate", "1e18"}, SideField{"tokensConsumed", "-3"},
        SideField{"tokensConsumed", "[1]"}, SideField{"timestamp", "0"}, SideField{"timestamp", "1e99"},
        SideField{"timestamp", "false"}}) {
    auto seen = parse_envelope(std::string(R"({"tokensLeft":300,")") + odd.name + "\":" + odd.value + "}");
    ASSERT_TRUE(seen) << odd.name << odd.value;
    EXPECT_EQ(seen->tokens_left, tokens(300));
    EXPECT_EQ(seen->ignored, std::vector<std::string>{odd.name}) << odd.value;
    EXPECT_EQ(seen->refill_rate, std::nullopt);
    EXPECT_EQ(seen->refill_in, std::nullopt);
    EXPECT_EQ(seen->flow_reduction, std::nullopt);
    EXPECT_EQ(seen->consumed, std::nullopt);
    EXPECT_EQ(seen->server_time, std::nullopt);
  }
  auto seen = parse_envelope(R"({"tokensLeft":300,"refillRate":5,"refillIn":-12,"tokensConsumed":3})");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->refill_rate, tokens(5));
  EXPECT_EQ(seen->consumed, tokens(3));
  seen = parse_envelope(R"({"tokensLeft":300,"refillRate":null})");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->ignored, std::vector<std::string>{});
}

TEST(Envelope, NoBytesBesideItSpoilIt) {
  for (const char* odd : {R"("cut \ud83d")", "\"\xff\"", "\"\xed\xa0\x80\"", R"("\u0000")", "1e999",
                          R"({"tokensLeft":7,"refillRate":0})"}) {
    std::string body = std::string(R"({"products":[{"title":)") + odd +
                       R"(}],"tokensLeft":5,"refillRate":1,"x":)" + odd + "}";
    auto seen = parse_envelope(body);
    ASSERT_TRUE(seen) << odd;
    EXPECT_EQ(seen->tokens_left, tokens(5)) << odd;
    EXPECT_EQ(seen->refill_rate, tokens(1)) << odd;
  }
}

TEST(Envelope, AnErrorNeverRepeatsTheAnswer) {
  std::string message = message_of(R"({"secret-looking-thing": )");
  EXPECT_NE(message, "");
  EXPECT_EQ(message.find("secret-looking-thing"), std::string::npos);
}

}  // namespace
}  // namespace purser::keepa
