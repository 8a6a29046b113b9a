// The usage plans of the stand-in's SP-API, on its time.
#include "standin/standin_test.h"

namespace purser::test {
namespace {

using std::chrono::milliseconds;

// How many of so many requests at one instant are answered.
int answered_of(int count, const std::string& url, const std::string& target, const std::string& token) {
  int answered = 0;
  for (int i = 0; i < count; ++i) answered += ask(url, target, token).status == 200 ? 1 : 0;
  return answered;
}

TEST(StandinUsagePlan, RestrictionsAreFiveASecondAndTenAtOnce) {
  Standin standin;
  const std::string token = standin.access_token(), target = standin.question("B000000001");
  const auto run = [&](int count) { return answered_of(count, standin.spapi_url(), target, token); };
  EXPECT_EQ(run(13), 10);
  standin.pass(milliseconds(199));
  EXPECT_EQ(run(1), 0);
  standin.pass(milliseconds(1));
  EXPECT_EQ(run(2), 1) << "a refusal takes nothing from the bucket";
  standin.pass(milliseconds(1000));
  EXPECT_EQ(run(7), 5);
  standin.pass(milliseconds(60'000));
  EXPECT_EQ(run(12), 10) << "full is full";
  EXPECT_EQ(standin.state().spapi.throttled, 3 + 1 + 1 + 2 + 2);
  EXPECT_EQ(standin.state().spapi.answered, 10 + 1 + 5 + 10);
}

TEST(StandinUsagePlan, ParticipationsAreOneAMinute) {
  Standin standin;
  std::string token = standin.access_token();
  const auto run = [&](int count) { return answered_of(count, standin.spapi_url(), kParticipations, token); };
  EXPECT_EQ(run(16), 15);
  standin.pass(milliseconds(62'499));
  EXPECT_EQ(run(1), 0);
  standin.pass(milliseconds(1));
  EXPECT_EQ(run(2), 1);
  EXPECT_EQ(ask(standin.spapi_url(), standin.question("B000000001"), token).status, 200)
      << "another operation has a plan of its own";
}

TEST(StandinUsagePlan, TheSandboxHasFiveASecondAndFifteenAtOnce) {
  Standin standin;
  const std::string token = standin.access_token();
  for (const std::string& target : {standin.question("B000000001"), std::string(kParticipations)}) {
    EXPECT_EQ(answered_of(17, standin.sandbox_url(), target, token), 15);
  }
  standin.pass(milliseconds(200));
  EXPECT_EQ(answered_of(2, standin.sandbox_url(), kParticipations, token), 1);
  EXPECT_EQ(standin.state().sandbox.throttled, 5);
  EXPECT_EQ(standin.state().spapi.requests, 0);
}

TEST(StandinUsagePlan, AThrottledAnswerSaysNothingOfTheRate) {
  Standin standin;
  const std::string token = standin.access_token(), target = standin.question("B000000001");
  answered_of(10, standin.spapi_url(), target, token);
  const Reply reply = ask(standin.spapi_url(), target, token);
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.text(), json({{"errors",
                                 {{{"code", "QuotaExceeded"},
                                   {"message", "You exceeded your quota for the requested resource."},
                                   {"details", ""}}}}})
                              .dump());
  EXPECT_EQ(reply.header("x-amzn-ratelimit-limit"), "");
  EXPECT_EQ(reply.header("retry-after"), "");
  EXPECT_NE(reply.header("x-amzn-requestid"), "");
  standin.set_switch("spapi.retry_after", "seconds");
  EXPECT_EQ(ask(standin.spapi_url(), target, token).header("retry-after"), "2");
}

TEST(StandinUsagePlan, WhoIsRefusedAtTheDoorTakesNothing) {
  Standin standin;
  const std::string token = standin.access_token(), target = standin.question("B000000001");
  answered_of(12, standin.spapi_url(), target, "Atza|unknown");
  standin.set_switch("spapi.role", "missing");
  answered_of(12, standin.spapi_url(), target, token);
  standin.set_switch("spapi.role", "granted");
  EXPECT_EQ(answered_of(12, standin.spapi_url(), target, token), 10);
}

TEST(StandinUsagePlan, CanBeTurnedOff) {
  Standin standin({"--switch", "spapi.plan=off"});
  const std::string token = standin.access_token();
  EXPECT_EQ(answered_of(40, standin.spapi_url(), standin.question("B000000001"), token), 40);
  EXPECT_EQ(answered_of(20, standin.sandbox_url(), kParticipations, token), 20);
  EXPECT_EQ(standin.state().spapi.throttled + standin.state().sandbox.throttled, 0);
}

TEST(StandinUsagePlan, TheBusiestSecondIsRemembered) {
  Standin standin;
  const std::string token = standin.access_token(), target = standin.question("B000000001");
  const auto run = [&](int count) { answered_of(count, standin.spapi_url(), target, token); };
  run(3);
  standin.pass(milliseconds(999));
  run(4);
  EXPECT_EQ(standin.state().spapi.most_in_one_second, 7);
  standin.pass(milliseconds(1));
  run(5);
  EXPECT_EQ(standin.state().spapi.most_in_one_second, 9);
  ask(standin.spapi_url(), kParticipations, token);
  EXPECT_EQ(standin.state().spapi.most_in_one_second, 9) << "only restrictions count";
  standin.reset();
  EXPECT_EQ(standin.state().spapi.most_in_one_second, 0);
}

}  // namespace
}  // namespace purser::test
