// xai judge and xai query: xAI is asked, once for one question, and what it costs is counted.
#include <memory>
#include <thread>

#include "cli/service_command_test.h"

namespace purser::test {
namespace {

class XaiServiceTest : public ServiceCommandTest {
 protected:
  static Words book(const std::string& title = "Eragon", const std::string& price = "49.90") {
    return {"--title", title, "--category", "Books > Fantasy", "--season", "Sep", "--price", price};
  }
  static Words judge_words(const Words& more = {}) { return Words{"xai", "judge"} + book() + more; }
  Json judge(const Words& more = {}, int exit_status = 0) const {
    return answer(judge_words(more), exit_status);
  }
  // Without a verdict, for this reason, and with this exit status; by default assumed to be true. Whoever
  // asks next during a pause would be told of that.
  void expect_failure(const std::string& reason, int exit_status) const {
    Json none = judge({"--no-fallback", "--deadline", "1s"}, exit_status);
    EXPECT_EQ(none["verdict"], nullptr) << none;
    EXPECT_EQ(none["source"], nullptr) << none;
    EXPECT_EQ(none["reason"], reason);
    answer({"xai", "resume"});
    Json assumed = judge({"--deadline", "1s"});
    EXPECT_EQ(assumed["verdict"], true);
    EXPECT_EQ(assumed["source"], "fallback");
    EXPECT_EQ(assumed["reason"], reason);
    EXPECT_EQ(answer({"xai", "cache", "stats"})["entries"], 0);
    answer({"xai", "resume"});
  }
  Json status() const { return answer({"xai", "status"}); }
  Command query(const std::string& prompt, const Words& more = {}) const {
    return purser(Words{"xai", "query"} + more, prompt);
  }
};

const Words kJudgement = {"verdict", "source", "reason", "retry_at"};
const Words kReply = {"text",
                      "model",
                      "prompt_tokens",
                      "completion_tokens",
                      "reasoning_tokens",
                      "total_tokens",
                      "cost_usd_ticks",
                      "bypass_calls",
                      "cut"};

// --- judge ---------------------------------------------------------------------------------------------

TEST_F(XaiServiceTest, XaiIsAskedOnce) {
  Json asked = judge();
  expect_fields(asked, kJudgement);
  EXPECT_EQ(asked, Json({{"verdict", true}, {"source", "xai"}, {"reason", nullptr}, {"retry_at", nullptr}}));
  Json known = judge();
  EXPECT_EQ(known["source"], "cache");
  EXPECT_EQ(known["verdict"], true);
  EXPECT_EQ(standin_.state().xai.calls, 1);
  EXPECT_EQ(status()["calls_today"], 1);
}

TEST_F(XaiServiceTest, FalseIsAVerdict) {
  EXPECT_EQ(answer(Words{"xai", "judge"} + book("Atlas", "99.00"))["verdict"], false);
  EXPECT_EQ(answer(Words{"xai", "judge", "--no-fallback"} + book("Atlas", "99"))["source"], "cache");
}

TEST_F(XaiServiceTest, ForPeople) {
  EXPECT_EQ(run_purser(judge_words()).out, "true  xAI's answer\n");
  EXPECT_EQ(run_purser(judge_words()).out, "true  from the cache\n");
  answer({"xai", "limit", "1"});
  Finished denied = run_purser(Words{"xai", "judge", "--fallback", "false"} + book("another"));
  EXPECT_EQ(denied.exit_status, 0);
  EXPECT_EQ(denied.out.rfind("false  assumed: limit; ask again in ", 0), 0U) << denied.out;
  EXPECT_EQ(denied.err.rfind("purser: ", 0), 0U) << denied.err;
  Finished none = run_purser(Words{"xai", "judge", "--no-fallback"} + book("another"));
  EXPECT_EQ(none.exit_status, 75);
  EXPECT_EQ(none.out.rfind("no verdict: limit; ask again in ", 0), 0U) << none.out;
}

TEST_F(XaiServiceTest, StatusTellsWhatWasUsed) {
  judge();
  Json usage = status()["usage"];
  standin::XaiFigures billed = standin_.state().xai;
  EXPECT_EQ(usage["calls"], 1);
  EXPECT_EQ(usage["total_tokens"], billed.tokens);
  EXPECT_EQ(usage["cost_usd_ticks"], billed.cost_ticks);
  EXPECT_EQ(usage["cost_usd"].get<std::string>().rfind("0.00", 0), 0U) << usage;
}

TEST_F(XaiServiceTest, TheDaysLimit) {
  answer({"xai", "limit", "0"});
  Json denied = judge({"--no-fallback"}, 75);
  EXPECT_EQ(denied["retry_at"], status()["day_ends_at"]);
  expect_failure("limit", 75);
  EXPECT_EQ(standin_.state().xai.requests, 0);
}

TEST_F(XaiServiceTest, WithoutCreditsTheDayIsStopped) {
  standin_.set_switch("xai.answer", "no_credits_403");
  expect_failure("no_credits", 75);
  EXPECT_EQ(standin_.state().xai.calls, 1);
  EXPECT_EQ(status()["no_credits"], true);
}

TEST_F(XaiServiceTest, AWrongKeyIsForAPerson) {
  environment_["XAI_API_KEY"] = "xai-wrong";
  expect_failure("wrong_key", 77);
}

TEST_F(XaiServiceTest, OneFindsOutAndAllAreToldUntilResume) {
  standin_.set_switch("xai.answer", "rate_429");
  standin_.set_switch("xai.retry_after", "long");
  Json first = judge({"--no-fallback"}, 75);
  EXPECT_EQ(first["reason"], "rate_limited");
  for (const char* title : {"a", "b", "c"}) {
    Json told = answer(Words{"xai", "judge", "--no-fallback"} + book(title), 75);
    EXPECT_EQ(told["reason"], "paused");
    EXPECT_EQ(told["retry_at"], first["retry_at"]);
  }
  Json denied = answer({"xai", "acquire"}, 75);
  EXPECT_EQ(denied["reason"], "paused");
  EXPECT_EQ(denied["retry_at"], first["retry_at"]);
  EXPECT_EQ(answer(Words{"xai", "claim"} + book("d"), 75)["reason"], "paused");
  EXPECT_EQ(status()["pause"], Json({{"reason", "rate_limited"}, {"until_at", first["retry_at"]}}));
  EXPECT_EQ(answer({"status"})["xai"]["pause"]["reason"], "rate_limited");
  expect_in(run_purser({"xai", "status"}).out, "purser xai resume");
  expect_in(run_purser(Words{"xai", "claim"} + book("d")).out, "xAI was asked too often");
  EXPECT_EQ(status()["calls_today"], 0);
  EXPECT_EQ(standin_.state().xai.calls, 1);
  standin_.set_switch("xai.answer", "normal");
  EXPECT_EQ(answer({"xai", "resume"})["pause"], nullptr);
  EXPECT_EQ(judge()["source"], "xai");
}

TEST_F(XaiServiceTest, ARefusedQuestionIsImpossible) {
  standin_.set_switch("xai.answer", "content_403", 1);
  expect_failure("refused_content", 65);
  EXPECT_EQ(standin_.state().xai.calls, 1);
  EXPECT_EQ(status()["calls_today"], 1);
}

TEST_F(XaiServiceTest, WhatIsAssumedIsCountedAndWarnedOf) {
  answer({"xai", "limit", "0"});
  Finished assumed = run_purser(judge_words());
  EXPECT_EQ(assumed.exit_status, 0);
  expect_in(assumed.err, "warning: true is assumed");
  expect_in(assumed.err, "--no-fallback");
  Finished none = run_purser(judge_words({"--no-fallback"}));
  EXPECT_EQ(none.err.find("assumed"), std::string::npos) << none.err;
  EXPECT_EQ(status()["assumed"], 1);
  expect_in(run_purser({"xai", "status"}).out, "assumed");
}

TEST_F(XaiServiceTest, TheLimitOfTokensIsAnOptionAndAVariable) {
  standin_.set_switch("xai.answer", "cut");
  auto said = [&](const Command& command) { return run(command).err; };
  expect_in(said(purser(judge_words())), "the limit of 2048 tokens");
  expect_in(said(with("XAI_MAX_TOKENS", "300", judge_words())), "the limit of 300 tokens");
  expect_in(said(with("XAI_MAX_TOKENS", "300", judge_words({"--max-tokens", "17"}))),
            "the limit of 17 tokens");
  expect_refused(judge_words({"--max-tokens", "0"}), 64, "usage", "--max-tokens takes");
  expect_fault(with("XAI_MAX_TOKENS", "many", judge_words()), 64, "usage", "XAI_MAX_TOKENS");
}

TEST_F(XaiServiceTest, ACutAnswerToAQueryIsPrintedAndMarked) {
  EXPECT_EQ(answer_of(query("What sells?"))["cut"], false);
  standin_.set_switch("xai.answer", "cut");
  Json reply = answer_of(query("What sells?"));
  EXPECT_EQ(reply["cut"], true);
  expect_in(reply["text"], "You asked");
  Finished text = run(query("What sells?"));
  EXPECT_EQ(text.exit_status, 0);
  expect_in(text.err, "XAI_MAX_TOKENS");
}

TEST_F(XaiServiceTest, AnOldVerdictIsAskedAnew) {
  judge();
  EXPECT_EQ(judge({"--max-age", "1d"})["source"], "cache");
  EXPECT_EQ(judge({"--max-age", "1ms"})["source"], "xai");
}

TEST_F(XaiServiceTest, WhatGoesWrongHasAReasonAndAStatus) {
  struct Case {
    const char *name, *value, *reason;
    int exit_status;
  };
  for (const Case& c :
       {Case{"xai.answer", "forbidden_403", "no_permission", 77},
        Case{"xai.answer", "unknown_model_404", "unknown_model", 78},
        Case{"xai.answer", "rate_429", "rate_limited", 75}, Case{"xai.answer", "422", "rejected", 69},
        Case{"xai.answer", "503", "unreachable", 69}, Case{"xai.answer", "not_boolean", "unparsable", 69},
        Case{"xai.answer", "cut", "unparsable", 69}, Case{"xai.fault", "hang", "timeout", 69},
        Case{"xai.fault", "reset_after", "timeout", 69}}) {
    SCOPED_TRACE(c.value);
    standin_.set_switch(c.name, c.value);
    expect_failure(c.reason, c.exit_status);
    standin_.set_switch(c.name, std::string(c.name) == "xai.fault" ? "none" : "normal");
  }
}

TEST_F(XaiServiceTest, NobodyThere) {
  standin_.kill();
  expect_failure("unreachable", 69);
  EXPECT_EQ(status()["calls_today"], 0);  // nothing was sent: its unit is given back
}

TEST_F(XaiServiceTest, TheModelIsConfiguration) {
  environment_["XAI_MODEL"] = "grok-of-long-ago";
  expect_failure("unknown_model", 78);
  environment_["XAI_MODEL"] = "grok-4.5";
  EXPECT_EQ(judge()["source"], "xai");
}

TEST_F(XaiServiceTest, WithoutAKeyTheCacheAnswers) {
  judge();
  Json hit = answer_of(without("XAI_API_KEY", judge_words()));
  EXPECT_EQ(hit["source"], "cache");
  expect_fault(without("XAI_API_KEY", Words{"xai", "judge"} + book("another")), 78, "no_api_key",
               "XAI_API_KEY or XAI_TOKEN");
  EXPECT_EQ(status()["calls_today"], 1);
}

TEST_F(XaiServiceTest, EitherNameOfTheKeyAndWhatPastingLeaves) {
  Command by_token = without("XAI_API_KEY", judge_words());
  by_token.environment["XAI_TOKEN"] = standin_.xai_key() + "\r\n";
  EXPECT_EQ(answer_of(by_token)["source"], "xai");
}

TEST_F(XaiServiceTest, FallbackAndNoneExcludeEachOther) {
  expect_refused(judge_words({"--fallback", "true", "--no-fallback"}), 64, "usage", "give one");
  expect_refused(judge_words({"--fallback", "maybe"}), 64, "usage", "--fallback is true or false");
  expect_refused(judge_words({"--deadline", "2h"}), 64, "usage", "--deadline takes a duration");
  expect_refused(Words{"xai", "judge"} + book("t", "abc"), 64, "usage", "--price takes");
  EXPECT_EQ(standin_.state().xai.requests, 0);
}

TEST_F(XaiServiceTest, PlainHttpToAnotherMachineIsRefused) {
  expect_fault(with("PURSER_XAI_URL", "http://192.0.2.1", judge_words()), 64, "usage", "plain http");
  EXPECT_EQ(status()["calls_today"], 0);  // nothing was sent
  EXPECT_EQ(judge()["source"], "xai");    // and nothing holds the next one up
}

TEST_F(XaiServiceTest, AStampedeIsOneCall) {
  standin_.set_switch("xai.fault", "slow", 1);
  standin_.set_switch("xai.slow_ms", "500");
  std::vector<std::unique_ptr<Process>> workers;
  for (int i = 0; i < 6; ++i) workers.push_back(std::make_unique<Process>(purser(judge_words({"--json"}))));
  for (const auto& worker : workers) {
    Finished done = worker->wait();
    EXPECT_EQ(done.exit_status, 0) << done.err;
    EXPECT_EQ(Json::parse(done.out)["verdict"], true);
    EXPECT_NE(Json::parse(done.out)["source"], "fallback");
  }
  EXPECT_EQ(standin_.state().xai.calls, 1);
  EXPECT_EQ(status()["calls_today"], 1);
}

TEST_F(XaiServiceTest, AKillInMidCallLeavesTheQuotaRight) {
  standin_.set_switch("xai.fault", "hang", 1);
  Process judging(purser(judge_words()));
  while (standin_.state().xai.in_flight == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  judging.signal(SIGKILL);
  EXPECT_EQ(judging.wait().signal, SIGKILL);
  // Sent, so its unit is used, and its flight stands until it lapses; everything else goes on.
  EXPECT_EQ(status()["calls_today"], 1);
  EXPECT_EQ(answer(Words{"xai", "claim"} + book(), 75)["outcome"], "in_flight");
  EXPECT_EQ(answer(Words{"xai", "judge"} + book("another"))["source"], "xai");
  EXPECT_EQ(status()["calls_today"], 2);
  EXPECT_EQ(run({.words = {"sqlite3", database(), "PRAGMA integrity_check"}}).out, "ok\n");
}

TEST_F(XaiServiceTest, AFlightThatLapsedIsTakenOver) {
  if (!std::string(PURSER_SANITIZE).empty() || !has_program("faketime")) GTEST_SKIP() << "no faketime here";
  standin_.set_switch("xai.fault", "hang", 1);
  Process judging(purser(judge_words()));
  while (standin_.state().xai.in_flight == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  judging.signal(SIGKILL);
  judging.wait();
  Command later = purser(judge_words());  // the deadline of the call and ten seconds have passed
  later.words = Words{"faketime", "-f", "+200s"} + later.words;
  later.environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
  EXPECT_EQ(answer_of(later)["source"], "xai");
  EXPECT_EQ(judge()["source"], "cache");
}

TEST_F(XaiServiceTest, ALineOnATerminalWhileXaiIsAsked) {
  if (!has_program("script")) GTEST_SKIP() << "no `script` to make a terminal";
  standin_.set_switch("xai.fault", "slow");
  standin_.set_switch("xai.slow_ms", "1500");
  Command command = purser({});
  command.words = {
      "script", "-qec",
      std::string(PURSER_PROGRAM) + " xai judge --title a --category b --season c --price 1 --deadline 30s",
      "/dev/null"};
  Finished done = run(command);
  EXPECT_EQ(done.exit_status, 0) << done.out;
  expect_in(done.out, "waiting for the verdict: 1 s");
}

// --- query ---------------------------------------------------------------------------------------------

TEST_F(XaiServiceTest, AQueryIsOutsideTheQuota) {
  answer({"xai", "limit", "0"});
  Json reply = answer_of(query("What sells in September?"));
  expect_fields(reply, kReply);
  expect_in(reply["text"], "What sells in September?");
  EXPECT_EQ(reply["model"], "grok-4.3");
  EXPECT_EQ(reply["bypass_calls"], 1);
  standin::XaiFigures billed = standin_.state().xai;
  EXPECT_EQ(reply["total_tokens"], billed.tokens);
  EXPECT_EQ(reply["cost_usd_ticks"], billed.cost_ticks);
  EXPECT_EQ(status()["calls_today"], 0);
  EXPECT_EQ(status()["usage"]["calls"], 1);
}

TEST_F(XaiServiceTest, AQueryPrintsTheTextAlone) {
  Finished done = run(query("What sells?", {"--for", "season planning"}));
  EXPECT_EQ(done.exit_status, 0) << done.err;
  EXPECT_EQ(done.out, answer_of(query("What sells?"))["text"].get<std::string>() + "\n");
  EXPECT_EQ(done.err, "");
}

TEST_F(XaiServiceTest, WhatATerminalWouldObeyIsNotPrinted) {
  Finished done = run(query("a\x1b[2Jb\tc\x7f\xC2\x9B."));
  EXPECT_EQ(done.exit_status, 0) << done.err;
  expect_in(done.out, "a?[2Jb\tc??.");
}

TEST_F(XaiServiceTest, ACostThatWasNotToldIsNone) {
  standin_.set_switch("xai.answer", "no_cost");
  EXPECT_EQ(answer_of(query("What sells?"))["cost_usd_ticks"], nullptr);
  EXPECT_EQ(status()["usage"]["calls_without_cost"], 1);
}

TEST_F(XaiServiceTest, PromptsThatAreNone) {
  for (const char* empty : {"", "\n", " \t\r\n"}) expect_fault(query(empty), 64, "usage", "standard input");
  expect_fault(query("\xff\xfe"), 65, "invalid_text", "UTF-8");
  expect_fault(query(std::string(1024 * 1024 + 1, 'a')), 65, "invalid_text", "1 MiB");
  EXPECT_EQ(status()["bypass_calls"], 0);
  EXPECT_EQ(standin_.state().xai.requests, 0);
}

TEST_F(XaiServiceTest, AQueryThatFailsHasACode) {
  struct Case {
    const char* value;
    int exit_status;
    const char* code;
  };
  for (const Case& c :
       {Case{"wrong_key", 77, "credentials_refused"}, Case{"forbidden_403", 77, "credentials_refused"},
        Case{"unknown_model_404", 78, "unknown_model"}, Case{"no_credits_403", 75, "no_credits"},
        Case{"422", 69, "request_refused"}, Case{"path_404_text", 69, "request_refused"},
        Case{"content_403", 65, "refused_content"}, Case{"nested_content_400", 65, "refused_content"},
        Case{"refusal", 65, "refused_content"}}) {
    standin_.set_switch("xai.answer", c.value);
    expect_fault(query("What sells?"), c.exit_status, c.code, "");
  }
  Command keyless = query("What sells?");
  keyless.environment["XAI_API_KEY"] = std::nullopt;
  expect_fault(keyless, 78, "no_api_key", "XAI_API_KEY");
  standin_.kill();
  EXPECT_EQ(answer_of(query("What sells?"), 69)["error"]["code"], "unreachable");
}

TEST_F(XaiServiceTest, ATerminalIsToldWhatIsAwaited) {
  if (!has_program("script")) GTEST_SKIP() << "no `script` to make a terminal";
  Command command = purser({}, "What sells?\n\x04");
  command.words = {"script", "-qec", std::string(PURSER_PROGRAM) + " xai query", "/dev/null"};
  Finished done = run(command);
  EXPECT_EQ(done.exit_status, 0) << done.out;
  expect_in(done.out, "type the prompt for xAI, then Ctrl-D");
}

}  // namespace
}  // namespace purser::test
