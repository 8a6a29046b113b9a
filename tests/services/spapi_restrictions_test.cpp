// Runs of restriction checks against the stand-in: one answer an ASIN, whatever happens on the way.
#include <gtest/gtest.h>

#include <ostream>

#include "services/spapi_service_test.h"

namespace purser::spapi {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const std::vector<std::string> kThree = {"B000000000", "B000000001", "B000000002"};

class SpapiRestrictions : public SpapiTest {
 protected:
  SpapiRestrictions() { bench_.set(); }

  // One answer each, in order; how many of them say something.
  static int answered(const std::vector<Restriction>& answers, const std::vector<std::string>& asins) {
    EXPECT_EQ(answers.size(), asins.size());
    int count = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      EXPECT_EQ(answers[i].asin, asins[i]);
      EXPECT_EQ(answers[i].restricted.has_value(), !answers[i].error);
      EXPECT_EQ(answers[i].error_code.has_value(), answers[i].error.has_value());
      count += answers[i].restricted.has_value() ? 1 : 0;
    }
    return count;
  }
};

std::string asin_ending_in(int digit) { return "B00000000" + std::to_string(digit); }

TEST_F(SpapiRestrictions, AnswersAsAmazonDoes) {
  std::vector<std::string> asins;
  for (int digit = 0; digit < 10; ++digit) asins.push_back(asin_ending_in(digit));
  auto answers = bench_.ask(asins, {.condition = "good"});
  EXPECT_EQ(answered(answers, asins), 10);
  for (int digit = 0; digit < 6; ++digit) {
    EXPECT_EQ(answers[static_cast<std::size_t>(digit)].restricted, false) << digit;
  }
  for (std::size_t digit : {6UL, 7UL}) {
    EXPECT_EQ(answers[digit].restricted, true);
    EXPECT_EQ(answers[digit].reasons, std::vector<std::string>{"APPROVAL_REQUIRED"});
    ASSERT_TRUE(answers[digit].approval_url);
    EXPECT_NE(answers[digit].approval_url->find(asins[digit]), std::string::npos)
        << *answers[digit].approval_url;
  }
  EXPECT_EQ(answers[8].reasons, std::vector<std::string>{"NOT_ELIGIBLE"});
  EXPECT_EQ(answers[8].approval_url, std::nullopt);
  EXPECT_EQ(answers[9].reasons, std::vector<std::string>{"ASIN_NOT_FOUND"});
  EXPECT_EQ(truth().spapi.requests, 10);
  EXPECT_EQ(truth().lwa.requests, 1);
  EXPECT_EQ(truth().sandbox.requests, 0);
}

TEST_F(SpapiRestrictions, WithoutAConditionAnyRestrictionCounts) {
  EXPECT_EQ(bench_.ask({asin_ending_in(5)}).at(0).restricted, true);
  EXPECT_EQ(bench_.ask({asin_ending_in(5)}, {.condition = "used_good"}).at(0).restricted, false);
  EXPECT_EQ(bench_.ask({asin_ending_in(5)}, {.condition = "refurbished"}).at(0).restricted, true);
}

TEST_F(SpapiRestrictions, WhatIsMalformedIsToldBeforeAnythingIsAsked) {
  EXPECT_PURSER_ERROR(ErrorCode::usage, bench_.ask(kThree, {.condition = "mint"}));
  EXPECT_PURSER_ERROR(ErrorCode::usage, bench_.ask(kThree, {.marketplace = "a b"}));
  EXPECT_TRUE(bench_.ask({}).empty());
  EXPECT_EQ(truth().lwa.requests, 0);
  auto answers = bench_.ask({"b000000001", "B000000001", ""});
  EXPECT_EQ(answered(answers, {"b000000001", "B000000001", ""}), 1);
  EXPECT_EQ(answers[0].error_code, ErrorCode::usage);
  EXPECT_EQ(truth().spapi.requests, 1);
}

// --- Every answer and every fault, for the one in the middle --------------------------------------------

struct Shape {
  const char* name;
  const char* value;
  int times;  // requests that it concerns
  std::optional<ErrorCode> error = {};
  int requests = 3;  // for restrictions, in all
  Duration deadline = seconds(20);
};

void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.name << "=" << shape.value << " " << shape.times;
}

std::vector<Shape> shapes() {
  using E = ErrorCode;
  constexpr Duration kShort = milliseconds(700);
  return {
      {"spapi.answer", "400", 1, E::usage},
      {"spapi.answer", "400_screaming", 1, E::usage},
      {"spapi.answer", "404", 1, E::usage},
      {"spapi.answer", "413", 1, E::usage},
      {"spapi.answer", "429", 1, {}, 4},
      {"spapi.answer", "429", 7, {}, 10},
      {"spapi.answer", "429", 8, E::rate_limited, 10},
      {"spapi.answer", "429_retry_after", 2, {}, 5},
      {"spapi.answer", "500", 2, {}, 5},
      {"spapi.answer", "500", 3, E::service_failed, 5},
      {"spapi.answer", "503", 1, {}, 4},
      {"spapi.fault", "slow", 3, E::no_answer, 5, kShort},
      {"spapi.fault", "hang", 1, {}, 4, kShort},
      {"spapi.fault", "reset_before", 1, {}, 4},
      {"spapi.fault", "reset_after", 2, {}, 5},
      // libcurl itself repeats a harmless request over a kept connection that was reset
      {"spapi.fault", "reset_after", 4, E::no_answer, 6},
      {"spapi.fault", "wrong_length", 1, {}, 4},
      {"spapi.fault", "garbled_gzip", 3, E::no_answer, 5},
      {"spapi.fault", "huge", 1, {}, 4},
      {"spapi.fault", "html_502", 1, {}, 4},
      {"spapi.fault", "html_503", 3, E::service_failed, 5},
      {"spapi.fault", "empty_500", 1, {}, 4},
      {"spapi.fault", "truncated_json", 1, {}, 4},
      {"spapi.fault", "not_json", 3, E::service_failed, 5},
      {"spapi.fault", "redirect", 1, E::service_failed},
      {"spapi.fault", "stale_date", 1},
      {"spapi.fault", "future_date", 1},
  };
}

class SpapiShapes : public SpapiRestrictions, public ::testing::WithParamInterface<Shape> {};

TEST_P(SpapiShapes, ConcernsThatAsinAlone) {
  const Shape& shape = GetParam();
  bench_.token();
  bench_.on_answer = [&] {
    bench_.on_answer = nullptr;
    bench_.options.deadline = shape.deadline;
    set(shape.name, shape.value, shape.times);
  };
  bench_.options.deadline = shape.deadline;
  auto answers = bench_.ask(kThree);
  EXPECT_EQ(answered(answers, kThree), shape.error ? 2 : 3) << bench_.said;
  EXPECT_EQ(answers.at(1).error_code, shape.error) << bench_.said;
  EXPECT_EQ(truth().spapi.requests, shape.requests);
  EXPECT_EQ(truth().lwa.requests, 1);
  EXPECT_EQ(bench_.log.all.find("B000000001") != std::string::npos, shape.error.has_value())
      << bench_.log.all;
}

INSTANTIATE_TEST_SUITE_P(Each, SpapiShapes, ::testing::ValuesIn(shapes()), [](const auto& each) {
  std::string name =
      std::string(each.param.name) + "_" + each.param.value + "_" + std::to_string(each.param.times);
  for (char& c : name) c = c == '.' ? '_' : c;
  return name;
});

// --- 403 ---------------------------------------------------------------------------------------------

TEST_F(SpapiRestrictions, AForbiddenAsinIsOneLine) {
  set("spapi.forbid_asin", kThree[1]);
  auto answers = bench_.ask(kThree);
  EXPECT_EQ(answered(answers, kThree), 2);
  EXPECT_EQ(answers[1].error_code, ErrorCode::credentials_refused);
  EXPECT_NE(answers[1].error->find("role"), std::string::npos) << *answers[1].error;
  EXPECT_EQ(bench_.log.all.find("B000000001: "), bench_.log.all.rfind("B000000001: "));
  EXPECT_NE(bench_.log.all.find("B000000001: "), std::string::npos);
  EXPECT_EQ(bench_.status().environment, Environment::production);  // the first answer has proved it
  EXPECT_EQ(truth().spapi.requests, 3);
  EXPECT_EQ(truth().lwa.requests, 1);
}

TEST_F(SpapiRestrictions, AMissingRoleIsAnErrorInEveryForm) {
  set("spapi.role", "missing");
  for (const char* form : {"errors", "bare_array", "gateway", "xml"}) {
    set("spapi.error_form", form);
    auto answers = bench_.ask(kThree);
    EXPECT_EQ(answered(answers, kThree), 0);
    for (const Restriction& answer : answers)
      EXPECT_EQ(answer.error_code, ErrorCode::credentials_refused) << form;
  }
  EXPECT_EQ(truth().lwa.requests, 1);
}

TEST_F(SpapiRestrictions, APageOfSomethingInBetweenIsNoVerdictOnARole) {
  bench_.ask(kThree);
  for (const char* status : {"403", "401", "400", "404"}) {
    set("spapi.fault_status", status);
    set("spapi.fault", "page");
    auto answers = bench_.ask({kThree[0]});
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].error_code, ErrorCode::service_failed) << status;
    EXPECT_NE(answers[0].error->find("in between"), std::string::npos) << *answers[0].error;
  }
  EXPECT_EQ(truth().sandbox.requests, 0);  // nothing was probed
  EXPECT_LE(truth().lwa.requests, 3);      // one more for a run that is denied: it may be the token
  set("spapi.fault", "none");
  EXPECT_EQ(answered(bench_.ask(kThree), kThree), 3);
}

// The gateway before Amazon, and its edge, answer so for a token that has expired.
TEST_F(SpapiRestrictions, ADenialThatCannotBeReadCostsOneNewTokenAndIsThenBelieved) {
  for (const char* form : {"gateway", "xml", "html", "empty"}) {
    bench_.ask({kThree[0]});
    bench_.clock.advance(minutes(1));
    set("spapi.error_form", form);
    set("spapi.expire", "now");
    auto exchanges = truth().lwa.exchanges;
    EXPECT_EQ(answered(bench_.ask(kThree), kThree), 3) << form;
    EXPECT_EQ(truth().lwa.exchanges, exchanges + 1) << form;
  }
  set("spapi.role", "missing");
  set("spapi.error_form", "xml");
  bench_.clock.advance(minutes(1));
  auto exchanges = truth().lwa.exchanges;
  auto answers = bench_.ask(kThree);
  EXPECT_EQ(answered(answers, kThree), 0);
  EXPECT_NE(answers[2].error->find("role"), std::string::npos) << *answers[2].error;
  EXPECT_EQ(truth().lwa.exchanges, exchanges + 1) << "one for the whole run";
}

TEST_F(SpapiRestrictions, WhatAmazonSaysOfItsOwnTokenPasses) {
  bench_.ask(kThree);
  set("spapi.answer", "security_token", 2);
  EXPECT_EQ(answered(bench_.ask(kThree), kThree), 3) << bench_.said;
  set("spapi.answer", "security_token");
  EXPECT_EQ(bench_.ask({kThree[0]})[0].error_code, ErrorCode::service_failed);
  EXPECT_EQ(truth().lwa.requests, 1);
  EXPECT_EQ(truth().sandbox.requests, 0);
  EXPECT_EQ(bench_.status().environment, Environment::production);
}

TEST_F(SpapiRestrictions, WhichInputIsWrongIsToldInAmazonsWords) {
  auto answers = bench_.ask({kThree[0]}, {.marketplace = "NOSUCHPLACE"});
  EXPECT_NE(answers[0].error->find("Invalid 'marketplaceIds' provided."), std::string::npos)
      << *answers[0].error;
  EXPECT_EQ(truth().spapi.requests, 1);
}

TEST_F(SpapiRestrictions, ErrorsInA200AreARefusalAndNoReasonToAskAgain) {
  set("spapi.answer", "200_errors");
  auto answers = bench_.ask({kThree[0]});
  EXPECT_EQ(answers[0].error_code, ErrorCode::usage);
  EXPECT_NE(answers[0].error->find("Invalid 'asin' provided."), std::string::npos) << *answers[0].error;
  EXPECT_NE(answers[0].error->find("HTTP 200, InvalidInput"), std::string::npos) << *answers[0].error;
  EXPECT_EQ(truth().spapi.requests, 1);
}

TEST_F(SpapiRestrictions, APageThatPassesIsAskedAgain) {
  set("spapi.fault_status", "403");
  set("spapi.fault", "page", 2);
  EXPECT_EQ(answered(bench_.ask(kThree), kThree), 3) << bench_.said;
}

TEST_F(SpapiRestrictions, AnotherRegionsMarketplace) {
  set("spapi.region", "eu");
  auto answers = bench_.ask(kThree);
  EXPECT_EQ(answered(answers, kThree), 0);
  EXPECT_NE(answers[0].error->find("region"), std::string::npos) << *answers[0].error;
  Credentials european = bench_.credentials;
  european.region = Region::eu;
  bench_.set(european);
  EXPECT_EQ(answered(bench_.ask(kThree), kThree), 3);
  EXPECT_EQ(answered(bench_.ask(kThree, {.marketplace = "A1PA6795UKMFR9"}), kThree), 3);
}

TEST_F(SpapiRestrictions, ATokenThatEndsInMidRunIsRenewed) {
  for (const char* how : {"spapi.expire", "spapi.revoke"}) {
    for (const char* form : {"errors", "bare_array"}) {
      set("spapi.error_form", form);
      bench_.on_answer = [&] {
        bench_.on_answer = nullptr;
        bench_.clock.advance(minutes(1));
        set(how, "now");
      };
      standin_->reset();
      EXPECT_EQ(answered(bench_.ask(kThree), kThree), 3) << how << bench_.said;
      EXPECT_EQ(truth().spapi.forbidden, 1);
    }
  }
}

TEST_F(SpapiRestrictions, TheSandboxIsNoTruth) {
  set("spapi.valid_for", "sandbox");
  auto answers = bench_.ask(kThree);
  EXPECT_EQ(answered(answers, kThree), 0);
  for (const Restriction& answer : answers) {
    EXPECT_NE(answer.error->find("sandbox"), std::string::npos) << *answer.error;
  }
  EXPECT_EQ(bench_.status().environment, Environment::sandbox);
  EXPECT_EQ(truth().lwa.requests, 1);
  standin_->reset();
  EXPECT_EQ(answered(bench_.ask(kThree), kThree), 0);  // remembered, and production asked once
  EXPECT_EQ(truth().spapi.requests, 1);
  EXPECT_EQ(truth().sandbox.requests, 0);
}

// While production is away, the sandbox answers: with a token of production too.
TEST_F(SpapiRestrictions, AnOutageThatLooksLikeTheSandboxEndsWithTheOutage) {
  set("spapi.valid_for", "sandbox");
  EXPECT_EQ(answered(bench_.ask(kThree), kThree), 0);
  EXPECT_EQ(bench_.status().environment, Environment::sandbox);
  set("spapi.valid_for", "both");
  EXPECT_EQ(answered(bench_.ask(kThree), kThree), 3) << bench_.said;
  EXPECT_EQ(bench_.status().environment, Environment::production);
}

TEST_F(SpapiRestrictions, AnyAnswerOfProductionIsProofThatNoRefusalTakesBack) {
  EXPECT_EQ(answered(bench_.ask(kThree), kThree), 3);
  EXPECT_EQ(bench_.status().environment, Environment::production);
  std::string reason = bench_.status().environment_reason.value_or("");
  bench_.clock.advance(minutes(2));
  for (const char* valid_for : {"sandbox", "neither"}) {
    set("spapi.valid_for", valid_for);
    EXPECT_EQ(answered(bench_.ask(kThree), kThree), 0);
    Probe probe = bench_.service().probe();
    EXPECT_EQ(probe.environment, Environment::unknown) << probe.reason;
    EXPECT_NE(probe.reason.find("outage"), std::string::npos) << probe.reason;
    EXPECT_EQ(bench_.status().environment, Environment::production) << valid_for;
    EXPECT_EQ(bench_.status().environment_reason, reason);
  }
  set("spapi.valid_for", "both");
  EXPECT_EQ(answered(bench_.ask(kThree), kThree), 3);
}

TEST_F(SpapiRestrictions, ASuspicionOfTheSandboxIsBelievedForAnHour) {
  set("spapi.valid_for", "sandbox");
  bench_.ask(kThree);
  bench_.clock.advance(minutes(61));
  standin_->reset();
  EXPECT_EQ(answered(bench_.ask(kThree), kThree), 0);
  EXPECT_EQ(truth().sandbox.requests, 1);  // looked at anew
}

// --- Runs that lead nowhere --------------------------------------------------------------------------

TEST_F(SpapiRestrictions, EqualRefusalsInARowEndTheRunAndEveryAsinHasItsLine) {
  std::vector<std::string> many(100, "B000000001");
  bench_.token();
  set("spapi.role", "missing");
  auto answers = bench_.ask(many);
  EXPECT_EQ(answered(answers, many), 0);
  EXPECT_EQ(truth().spapi.requests, 20 + 1);  // and the look whether it is more than a role
  EXPECT_EQ(answers[99].error_code, ErrorCode::credentials_refused);
  EXPECT_EQ(answers[19].error->find("not asked"), std::string::npos);
  EXPECT_NE(answers[20].error->find("not asked, after 20 in a row"), std::string::npos);
  EXPECT_NE(bench_.log.all.find("the last 80 of 100 ASINs are not asked"), std::string::npos)
      << bench_.log.all;
  standin_->reset();
  bench_.ask(many, {.stop_after = 3});
  EXPECT_EQ(truth().spapi.requests, 3);
  standin_->reset();
  bench_.ask(many, {.stop_after = 0});
  EXPECT_EQ(truth().spapi.requests, 100);
}

TEST_F(SpapiRestrictions, AnAnswerInBetweenBeginsTheCountAnew) {
  std::vector<std::string> many;
  for (int i = 0; i < 50; ++i) many.push_back(i % 10 == 9 ? "B000000000" : "B000000001");
  set("spapi.forbid_asin", "B000000001");
  EXPECT_EQ(answered(bench_.ask(many, {.stop_after = 10}), many), 5);
}

// An outage is no refusal: what passes ends no run.
TEST_F(SpapiRestrictions, FailuresThatPassDoNotEndARun) {
  std::vector<std::string> many(40, "B000000001");
  bench_.token();
  set("spapi.answer", "500", 30);
  EXPECT_GE(answered(bench_.ask(many), many), 10);
}

TEST_F(SpapiRestrictions, CredentialsThatAreRefusedEverywhereAreNotHammered) {
  set("spapi.valid_for", "neither");
  std::vector<std::string> many(20, "B000000001");
  EXPECT_EQ(answered(bench_.ask(many), many), 0);
  EXPECT_EQ(bench_.status().environment, Environment::neither);
  EXPECT_LE(truth().lwa.requests, 2);
}

// --- The token in mid-run ----------------------------------------------------------------------------

TEST_F(SpapiRestrictions, WithoutATokenThereIsNoRun) {
  set("lwa.answer", "invalid_client");
  EXPECT_PURSER_ERROR(ErrorCode::credentials_refused, bench_.ask(kThree));
  EXPECT_EQ(truth().spapi.requests, 0);
}

TEST_F(SpapiRestrictions, ALoginThatIsAwayForAWhileIsWaitedFor) {
  bench_.on_answer = [&] {
    bench_.on_answer = nullptr;
    bench_.clock.advance(minutes(1));  // a younger token is not the cause
    set("spapi.expire", "now");
    set("lwa.answer", "server_error_500", 3);
  };
  EXPECT_EQ(answered(bench_.ask(kThree), kThree), 3) << bench_.said;
  EXPECT_EQ(truth().lwa.refused, 3);
}

TEST_F(SpapiRestrictions, ALoginThatStaysAwayLosesNoAsin) {
  std::vector<std::string> many(30, "B000000001");
  bench_.on_answer = [&] {
    bench_.on_answer = nullptr;
    bench_.clock.advance(minutes(1));  // a younger token is not the cause
    set("spapi.expire", "now");
    set("lwa.answer", "server_error_500");
  };
  EXPECT_EQ(answered(bench_.ask(many), many), 1);
  EXPECT_LE(truth().lwa.refused, 10);
}

TEST_F(SpapiRestrictions, ARefreshTokenRevokedInMidRunEndsItWithAnswers) {
  bench_.on_answer = [&] {
    bench_.on_answer = nullptr;
    bench_.clock.advance(minutes(1));
    set("spapi.revoke", "now");
    set("lwa.answer", "invalid_grant");
  };
  auto answers = bench_.ask(kThree);
  EXPECT_EQ(answered(answers, kThree), 1);
  EXPECT_EQ(answers[2].error_code, ErrorCode::needs_authorization);
  EXPECT_EQ(truth().lwa.refused, 2);
}

TEST_F(SpapiRestrictions, NobodyThere) {
  bench_.token();
  bench_.options.spapi_url = "http://127.0.0.1:1";
  auto answers = bench_.ask(kThree);
  EXPECT_EQ(answered(answers, kThree), 0);
  EXPECT_EQ(answers[2].error_code, ErrorCode::unreachable);
}

// --- The pace ----------------------------------------------------------------------------------------

TEST_F(SpapiRestrictions, FiveASecondAfterABurstOfTen) {
  std::vector<std::string> many(60, "B000000001");
  Instant begun = bench_.clock.now();
  EXPECT_EQ(answered(bench_.ask(many), many), 60);
  EXPECT_EQ(bench_.clock.now() - begun, milliseconds(200) * 50);
}

TEST_F(SpapiRestrictions, ThePaceFollowsWhatAmazonSaysOfItsPlan) {
  std::vector<std::string> many(30, "B000000001");
  for (const auto& [rate, interval] :
       {std::pair{"0.5", milliseconds(2000)}, std::pair{"20.0", milliseconds(50)}}) {
    set("spapi.rate", rate);
    bench_.ask({"B000000001"});  // learns it
    bench_.clock.advance(minutes(10));
    Instant begun = bench_.clock.now();
    EXPECT_EQ(answered(bench_.ask(many), many), 30);
    EXPECT_EQ(bench_.clock.now() - begun, interval * 20) << rate;
  }
}

TEST_F(SpapiRestrictions, A429StopsAllForAsLongAsItSays) {
  Instant begun = bench_.clock.now();
  set("spapi.answer", "429", 3);
  EXPECT_EQ(answered(bench_.ask(kThree), kThree), 3);
  EXPECT_GE(bench_.clock.now() - begun, seconds(1 + 2 + 4));
  EXPECT_LT(bench_.clock.now() - begun, seconds(10));
  begun = bench_.clock.now();
  set("spapi.answer", "429", 1);
  set("spapi.retry_after", "absurd");
  EXPECT_EQ(answered(bench_.ask(kThree), kThree), 3);
  EXPECT_GE(bench_.clock.now() - begun, minutes(5));
  EXPECT_LT(bench_.clock.now() - begun, minutes(6));
}

}  // namespace
}  // namespace purser::spapi
