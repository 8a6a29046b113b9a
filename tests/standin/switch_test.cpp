// Switches at run time, and what the control port says to mistakes.
#include "standin/standin_test.h"

namespace purser::test {
namespace {

TEST(StandinSwitches, FallBackWhenTheirTimesAreOver) {
  Standin standin;
  standin.set_switch("keepa.fault", "html_503", 2);
  EXPECT_EQ(standin.keepa("/token").status, 503);
  EXPECT_EQ(standin.keepa("/token").status, 503);
  EXPECT_EQ(standin.keepa("/token").status, 200);
}

TEST(StandinSwitches, OnlyAffectedRequestsUseThemUp) {
  Standin standin;
  standin.set_switch("keepa.429_body", "typed", 1);
  EXPECT_EQ(standin.keepa("/deal").status, 200);
  standin.set_switch("keepa.tokens", "0");
  EXPECT_TRUE(standin.keepa_json("/deal").contains("error"));
  EXPECT_FALSE(standin.keepa_json("/deal").contains("error"));
}

TEST(StandinSwitches, ALaterSettingTakesAwayTheTimes) {
  Standin standin;
  standin.set_switch("xai.answer", "402", 1);
  standin.set_switch("xai.answer", "503");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(standin.complete(yes_or_no("?")).status, 503);
}

TEST(StandinSwitches, MistakesAreNamed) {
  Standin standin;
  struct Case {
    std::string body, says;
  };
  for (const auto& [body, says] : std::vector<Case>{
           {R"({"name":"keepa.falt","value":"slow"})", "there is no switch \"keepa.falt\""},
           {R"({"name":"keepa.fault","value":"slwo"})", "reset_before"},
           {R"({"name":"keepa.fault","value":"slow","times":0})", "times must be a whole number"},
           {R"({"name":"keepa.fault","value":"slow","times":"2"})", "times must be a whole number"},
           {R"({"name":"keepa.tokens","value":7,"times":2})", "is a state"},
           {R"({"name":"keepa.tokens","value":"many"})", "a whole number from -1000000"},
           {R"({"name":"keepa.flow_reduction","value":"0.123"})", "at most two places"},
           {R"({"name":"keepa.fault"})", "expected"},
           {"nonsense", "expected"}}) {
    const Reply reply = post(standin.control_url(), "/switch", body);
    EXPECT_EQ(reply.status, 400) << body;
    const std::string why = json::parse(reply.text())["error"];
    EXPECT_NE(why.find(says), std::string::npos) << why;
  }
  EXPECT_THROW(standin.set_switch("keepa.fault", "slwo"), std::runtime_error);
  EXPECT_EQ(standin.keepa("/token").status, 200);
}

TEST(StandinSwitches, TakeNumbersAsTheyAre) {
  Standin standin;
  EXPECT_EQ(post(standin.control_url(), "/switch", R"({"name":"keepa.tokens","value":-7})").status, 200);
  EXPECT_EQ(standin.state().keepa.tokens, -7);
}

TEST(StandinSwitches, AreListed) {
  Standin standin({"--switch", "xai.answer=cut"});
  const json all = json::parse(get(standin.control_url(), "/switches").text());
  EXPECT_EQ(all["xai.answer"], "cut");
  EXPECT_EQ(all["keepa.fault"], "none");
  EXPECT_EQ(get(standin.control_url(), "/elsewhere").status, 404);
}

TEST(StandinSwitches, TheControlPortKnowsNoKey) {
  Standin standin({"--keepa-key", "a-key-of-keepa", "--xai-key", "a-key-of-xai", "--client-secret",
                   "a-key-of-the-client", "--refresh-token", "a-key-of-the-seller"});
  standin.keepa("/deal");
  standin.complete(yes_or_no("?"));
  const std::string token = standin.access_token();
  ask(standin.spapi_url(), standin.question("B000000001"), token);
  const std::string told =
      get(standin.control_url(), "/state").text() + get(standin.control_url(), "/switches").text();
  EXPECT_EQ(told.find("a-key-of"), std::string::npos);
  EXPECT_EQ(told.find(token.substr(0, 16)), std::string::npos);
}

}  // namespace
}  // namespace purser::test
