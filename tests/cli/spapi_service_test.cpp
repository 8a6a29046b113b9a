// spapi token, probe and restrictions: the real programs against the stand-in's Amazon.
#include <thread>

#include "cli/spapi_service_command_test.h"

namespace purser::test {
namespace {

class SpapiServiceTest : public SpapiServiceCommandTest {
 protected:
  Json token(const Words& more = {}, int exit_status = 0) const {
    return answer(Words{"spapi", "token"} + more, exit_status);
  }
  std::int64_t exchanges() const { return standin_.state().lwa.exchanges; }
  // Its code, and the exit status.
  void expect_token_fault(int exit_status, const std::string& code, const Words& more = {}) const {
    Json object = token(more, exit_status);
    EXPECT_EQ(object["error"]["code"], code) << object.dump();
  }
  std::string state() const { return status()["state"]; }
  // A refused token younger than a minute is not the cause, and is not replaced.
  void make_token_older() const {
    sqlite("UPDATE spapi_access SET refreshed_at_ms = refreshed_at_ms - 60000");
  }
};

Words restrictions_of(const Words& asins) {
  return Words{"spapi", "restrictions"} + asins + Words{"--condition", "good"};
}

// --- token ---------------------------------------------------------------------------------------------

TEST_F(SpapiServiceTest, ATokenAndThenTheSameOne) {
  Json first = token();
  EXPECT_EQ(names_of(first), (Words{"expires_at", "refreshed", "token", "token_id"}));
  EXPECT_EQ(first["token"].get<std::string>().rfind("Atza|", 0), 0U);
  EXPECT_EQ(first["refreshed"], true);
  EXPECT_EQ(first["expires_at"].get<std::string>().size(), 24U);
  Json second = token();
  EXPECT_EQ(second["refreshed"], false);
  for (const char* field : {"token", "token_id", "expires_at"}) EXPECT_EQ(second[field], first[field]);
  EXPECT_EQ(exchanges(), 1);
  EXPECT_EQ(status()["access_token_expires_at"], first["expires_at"]);
}

TEST_F(SpapiServiceTest, TheTextIsTheTokenAlone) {
  std::string expected = token()["token"].get<std::string>() + "\n";
  Finished done = run_purser({"spapi", "token"});
  EXPECT_EQ(done.out, expected);
  EXPECT_EQ(done.err, "");
}

TEST_F(SpapiServiceTest, ARejectedTokenIsReplacedOnce) {
  Json first = token();
  Finished young = run_purser({"spapi", "token", "--json", "--rejected", first["token_id"]});
  EXPECT_EQ(Json::parse(young.out)["token"], first["token"]);
  expect_in(young.err, "less than a minute old");
  make_token_older();
  Json second = token({"--rejected", first["token_id"]});
  EXPECT_EQ(second["refreshed"], true);
  EXPECT_NE(second["token"], first["token"]);
  Json third = token({"--rejected", first["token_id"]});  // it is no longer the current one
  EXPECT_EQ(third["refreshed"], false);
  EXPECT_EQ(third["token"], second["token"]);
  EXPECT_EQ(exchanges(), 2);
}

TEST_F(SpapiServiceTest, TheEnvironmentsCredentialsShareTheirToken) {
  answer({"spapi", "remove", "--yes"});
  use_environment();
  Json first = token();
  EXPECT_EQ(token()["token"], first["token"]);
  EXPECT_EQ(exchanges(), 1);
  EXPECT_EQ(status()["source"], "environment");
  EXPECT_EQ(status()["access_token_expires_at"], first["expires_at"]);
}

TEST_F(SpapiServiceTest, WithoutCredentialsOrAKey) {
  environment_["PURSER_KEY_FILE"] = std::nullopt;
  expect_fault(purser({"spapi", "token"}), 78, "no_master_key", "set PURSER_KEY_FILE");
  environment_["PURSER_KEY_FILE"] = key_file("not there");
  expect_fault(purser({"spapi", "token"}), 78, "no_master_key", "put your copy of that key there");
  answer({"key", "generate", "--file", key_file("another"), "--force"});
  environment_["PURSER_KEY_FILE"] = key_file("another");
  expect_fault(purser({"spapi", "token"}), 78, "wrong_master_key", "key");
  environment_["PURSER_KEY_FILE"] = key_file();
  answer({"spapi", "remove", "--yes"});
  expect_fault(purser({"spapi", "token"}), 78, "no_credentials", "purser spapi set");
  expect_fault(purser({"--account", "nobody", "spapi", "token"}), 78, "no_credentials", "nobody");
  EXPECT_EQ(standin_.state().lwa.requests, 0);
}

TEST_F(SpapiServiceTest, ARefusedRefreshTokenIsAskedForAgainOnlyByAPerson) {
  standin_.set_switch("lwa.answer", "invalid_grant");
  expect_token_fault(77, "needs_authorization");
  EXPECT_EQ(state(), "needs_authorization");
  std::int64_t requests = standin_.state().lwa.requests;
  expect_token_fault(77, "needs_authorization");
  EXPECT_EQ(standin_.state().lwa.requests, requests);  // nobody hammers a dead token
  expect_token_fault(77, "needs_authorization", {"--retry"});
  EXPECT_GT(standin_.state().lwa.requests, requests);
  standin_.set_switch("lwa.answer", "normal");
  expect_token_fault(77, "needs_authorization");
  EXPECT_EQ(token({"--retry"})["refreshed"], true);
  EXPECT_EQ(state(), "ok");
}

TEST_F(SpapiServiceTest, SetIsAnotherWayOutOfIt) {
  standin_.set_switch("lwa.answer", "invalid_client");
  expect_token_fault(77, "credentials_refused");
  EXPECT_EQ(state(), "misconfigured");
  standin_.set_switch("lwa.answer", "normal");
  expect_token_fault(77, "credentials_refused");
  EXPECT_EQ(store()["changed"], false);
  EXPECT_EQ(token()["refreshed"], true);
}

TEST_F(SpapiServiceTest, NobodyThere) {
  standin_.kill();
  expect_token_fault(69, "unreachable");
  EXPECT_EQ(state(), "ok");
  EXPECT_FALSE(status()["last_error"].is_null());
}

// --- probe ---------------------------------------------------------------------------------------------

TEST_F(SpapiServiceTest, ProbeTellsTheEnvironmentAndRemembersIt) {
  struct Case {
    const char *valid_for, *role;
    int exit_status;
    const char* environment;
  };
  for (const Case& c :
       {Case{"both", "granted", 0, "production"}, Case{"sandbox", "granted", 0, "sandbox"},
        Case{"neither", "granted", 77, "neither"}, Case{"both", "missing_everywhere", 77, "neither"},
        Case{"production", "granted", 0, "production"}}) {
    standin_.set_switch("spapi.valid_for", c.valid_for);
    standin_.set_switch("spapi.role", c.role);
    answer({"spapi", "remove", "--yes"});  // credentials that nothing is known of
    store();
    Json probe = answer({"spapi", "probe"}, c.exit_status);
    EXPECT_EQ(names_of(probe), (Words{"environment", "reason"}));
    EXPECT_EQ(probe["environment"], c.environment) << probe.dump();
    EXPECT_FALSE(probe["reason"].get<std::string>().empty());
    EXPECT_EQ(status()["environment"], c.environment);
    EXPECT_EQ(status()["environment_reason"], probe["reason"]);
  }
  expect_in(run_purser({"spapi", "probe"}).out, "production  ");
}

TEST_F(SpapiServiceTest, WhatCouldNotBeFoundOutIsUnknown) {
  standin_.set_switch("spapi.fault", "not_json");
  EXPECT_EQ(answer({"spapi", "probe"}, 69)["environment"], "unknown");
  EXPECT_EQ(status()["environment"], "unknown");
}

// --- restrictions --------------------------------------------------------------------------------------

TEST_F(SpapiServiceTest, ALineAnAsinInTheirOrder) {
  auto answers =
      json_lines(run_purser(restrictions_of({"B000000001", "B000000006", "B000000008"}) + Words{"--json"}));
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].dump(),
            R"({"approval_url":null,"asin":"B000000001","error":null,"reasons":[],"restricted":false})");
  EXPECT_EQ(answers[1]["restricted"], true);
  EXPECT_EQ(answers[1]["reasons"], (Json{"APPROVAL_REQUIRED"}));
  EXPECT_EQ(answers[1]["approval_url"],
            "https://sellercentral.amazon.com/hz/approvalrequest/restrictions/approve?asin=B000000006");
  EXPECT_EQ(answers[2]["restricted"], true);
  EXPECT_EQ(answers[2]["approval_url"], Json());
}

TEST_F(SpapiServiceTest, ForPeople) {
  Finished done = run_purser(restrictions_of({"B000000001", "B000000006", "B000000008"}));
  EXPECT_EQ(done.exit_status, 0);
  EXPECT_EQ(done.err, "");
  EXPECT_EQ(done.out,
            "B000000001  may be listed\n"
            "B000000006  restricted  APPROVAL_REQUIRED  apply at "
            "https://sellercentral.amazon.com/hz/approvalrequest/restrictions/approve?asin=B000000006\n"
            "B000000008  restricted  NOT_ELIGIBLE\n");
}

TEST_F(SpapiServiceTest, AsinsOnStandardInput) {
  auto answers = json_lines(run_purser(restrictions_of({"B000000001", "-", "B000000004"}) + Words{"--json"},
                                       "\r\nB000000002\r\n\n  B000000003 "));
  ASSERT_EQ(answers.size(), 4U);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i]["asin"], "B00000000" + std::to_string(i + 1));
  }
  expect_fault(purser(restrictions_of({"-"}), "\n \r\n"), 64, "usage", "needs an ASIN");
}

TEST_F(SpapiServiceTest, One403IsALine) {
  standin_.set_switch("spapi.forbid_asin", "B000000002");
  Finished done = run_purser(restrictions_of({"B000000001", "B000000002", "B000000003"}) + Words{"--json"});
  EXPECT_EQ(done.exit_status, 0);
  auto answers = json_lines(done);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[1]["restricted"], Json());
  expect_in(answers[1]["error"], "403");
  EXPECT_EQ(answers[2]["restricted"], false);
  expect_in(done.err, "B000000002");
  expect_in(run_purser(restrictions_of({"B000000001", "B000000002"})).out, "\nB000000002  unknown  ");
}

TEST_F(SpapiServiceTest, WhereNoneIsAnsweredTheStatusSaysWhy) {
  standin_.set_switch("spapi.role", "missing");
  EXPECT_EQ(run_purser(restrictions_of({"B000000001", "B000000002"})).exit_status, 77);
  standin_.set_switch("spapi.role", "granted");
  EXPECT_EQ(run_purser(restrictions_of({"no ASIN"})).exit_status, 64);
  environment_["PURSER_KEY_FILE"] = std::nullopt;
  EXPECT_EQ(run_purser(restrictions_of({"B000000001"})).exit_status, 78);
}

TEST_F(SpapiServiceTest, CredentialsOfTheSandboxKnowNothing) {
  standin_.set_switch("spapi.valid_for", "sandbox");
  Finished done = run_purser(restrictions_of({"B000000001"}) + Words{"--json"});
  EXPECT_EQ(done.exit_status, 77);
  EXPECT_EQ(json_lines(done).at(0)["restricted"], Json());
  EXPECT_EQ(status()["environment"], "sandbox");
}

TEST_F(SpapiServiceTest, ATokenThatExpiresOnTheWayIsRenewed) {
  token();
  make_token_older();
  standin_.set_switch("spapi.expire", "now");
  auto answers = json_lines(run_purser(restrictions_of({"B000000001", "B000000002"}) + Words{"--json"}));
  ASSERT_EQ(answers.size(), 2U);
  for (const Json& one : answers) EXPECT_EQ(one["restricted"], false) << one.dump();
  EXPECT_EQ(exchanges(), 2);
}

TEST_F(SpapiServiceTest, ConditionsAndMarketplacesAreAmazons) {
  auto words = [](const std::string& condition) {
    return Words{"spapi", "restrictions", "B000000001", "--condition", condition};
  };
  for (const char* condition : {"used_good", "good", "new", "new_new", "like_new"}) {
    EXPECT_EQ(run_purser(words(condition)).exit_status, 0) << condition;
  }
  for (const char* condition : {"used_new", "", "very nice", "caf\xe9"}) {
    expect_fault(purser(words(condition)), 64, "usage", "--condition takes");
  }
  expect_fault(purser({"spapi", "restrictions", "B000000001"}), 64, "usage", "needs --condition");
  expect_fault(purser({"spapi", "restrictions", "--condition", "good"}), 64, "usage", "needs ASIN");
  expect_fault(purser(words("good") + Words{"--marketplace", "a b"}), 64, "usage", "marketplace");
  EXPECT_EQ(run_purser(words("good") + Words{"--marketplace", "A2EUQ1WTGCTBG2"}).exit_status, 0);
}

// Each answer is out before the next is asked for: the reader sees the first while Amazon holds the last.
TEST_F(SpapiServiceTest, AnswersComeAtOnce) {
  token();
  std::string out = folder_.file("answers").string();
  Command command = purser({});
  command.words = {"bash", "-c", R"(exec "$0" "$@" > ")" + out + '"', PURSER_PROGRAM};
  command.words = command.words + restrictions_of({"B000000001", "-"}) + Words{"--json"};
  for (int i = 0; i < 40; ++i) command.input += "B000000002\n";  // for seconds, at Amazon's pace
  Process slow(command);
  while (read_file(out).find('\n') == std::string::npos) std::this_thread::yield();
  EXPECT_LT(standin_.state().spapi.answered, 41);
  slow.signal(SIGTERM);
  EXPECT_EQ(slow.wait().signal, SIGTERM);
}

TEST_F(SpapiServiceTest, AReaderWhoLeavesEndsTheRun) {
  token();
  Command command = purser({});
  command.words = {"bash", "-c", R"("$0" "$@" | head -1; exit ${PIPESTATUS[0]})", PURSER_PROGRAM};
  command.words = command.words + restrictions_of({"-"}) + Words{"--json"};
  for (int i = 0; i < 3000; ++i) command.input += "B000000002\n";  // ten minutes of work
  Finished done = run(command);
  EXPECT_EQ(done.exit_status, 74);
  EXPECT_EQ(lines(done.out).size(), 1U);
  EXPECT_EQ(lines(done.err).size(), 1U) << done.err;
  expect_in(done.err, "standard output");
}

TEST_F(SpapiServiceTest, ProgressOnATerminal) {
  token();
  Command command = purser({});
  std::string words = std::string(PURSER_PROGRAM) + " spapi restrictions --condition good";
  for (int i = 0; i < 20; ++i) words += " B000000002";
  command.words = {"script", "-qec", words, "/dev/null"};
  Finished done = run(command);
  EXPECT_EQ(done.exit_status, 0);
  expect_in(done.out, " of 20 done, ");
  std::size_t answers = 0;
  for (std::size_t at = 0; (at = done.out.find("may be listed", at)) != std::string::npos; ++at) ++answers;
  EXPECT_EQ(answers, 20U);
}

}  // namespace
}  // namespace purser::test
