// keepa refresh, and keepa acquire --wait with a key: Keepa is asked, once for all, and the ledger believes
// it.
#include <memory>
#include <thread>

#include "cli/service_command_test.h"
#include "support/foreign_tool.h"

namespace purser::test {
namespace {

class KeepaServiceTest : public ServiceCommandTest {
 protected:
  Json refresh(const Words& more = {}, int exit_status = 0) const {
    return answer(Words{"keepa", "refresh"} + more, exit_status);
  }
  Words acquire(const std::string& wait) const {
    return {"keepa", "acquire", "--task", "backfiller", "--cost", "80", "--wait", wait};
  }
  std::int64_t token_requests() const { return standin_.state().keepa.token_requests; }
};

const Words kRefreshed = {"refreshed",   "observed_at", "balance", "held",   "available",
                          "refill_rate", "capacity",    "drift",   "applied"};

// --- refresh -------------------------------------------------------------------------------------------

TEST_F(KeepaServiceTest, RefreshMakesTheBalanceKnown) {
  Json refreshed = refresh();
  expect_fields(refreshed, kRefreshed);
  EXPECT_EQ(refreshed["refreshed"], true);
  EXPECT_EQ(refreshed["applied"], true);
  EXPECT_EQ(refreshed["balance"], 300);
  EXPECT_EQ(refreshed["refill_rate"], 5);
  EXPECT_EQ(refreshed["capacity"], 300);
  EXPECT_EQ(refreshed["observed_at"].get<std::string>().size(), 24U);
  EXPECT_EQ(answer({"keepa", "status"})["known"], true);
  EXPECT_EQ(answer({"keepa", "verify"})["balance_matches"], true);
}

TEST_F(KeepaServiceTest, AtMostOneInThirtySeconds) {
  Json first = refresh();
  Json second = refresh();
  expect_fields(second, kRefreshed);
  EXPECT_EQ(second["refreshed"], false);
  EXPECT_EQ(second["applied"], false);
  EXPECT_EQ(second["observed_at"], first["observed_at"]);
  EXPECT_EQ(second["balance"], 300);
  EXPECT_EQ(token_requests(), 1);
}

TEST_F(KeepaServiceTest, RefreshForPeople) {
  Finished done = run_purser({"keepa", "refresh"});
  EXPECT_EQ(done.out, "refreshed\n300 balance, 0 held: 300 available; 5 a minute up to 300\n");
  EXPECT_EQ(done.err, "");
  expect_in(run_purser({"keepa", "refresh"}).out, "not refreshed: asked ");
}

// The observation may be much older than the request that came to nothing.
TEST_F(KeepaServiceTest, ARequestThatFailedIsNotCalledAnObservation) {
  answer({"keepa", "observe", "--tokens-left", "100", "--refill-rate", "5"});
  standin_.set_switch("keepa.fault", "redirect", 1);
  EXPECT_EQ(run_purser({"keepa", "refresh"}).exit_status, 69);
  Finished second = run_purser({"keepa", "refresh"});
  EXPECT_EQ(second.exit_status, 0);
  expect_in(second.out, "not refreshed: asked less than 30 s ago, observed ");
}

TEST_F(KeepaServiceTest, ItMakesAnAccount) {
  EXPECT_EQ(refresh({"--account", "second"})["balance"], 300);
  EXPECT_EQ(answer({"--account", "second", "keepa", "status"})["known"], true);
  EXPECT_EQ(answer({"keepa", "status"})["known"], false);
}

TEST_F(KeepaServiceTest, WithoutAKeyItSaysWhatIsMissing) {
  expect_fault(without("KEEPA_API_KEY", {"keepa", "refresh"}), 78, "no_api_key", "KEEPA_API_KEY");
  expect_fault(with("KEEPA_API_KEY", " \r\n", {"keepa", "refresh"}), 78, "no_api_key", "KEEPA_API_KEY");
  EXPECT_EQ(token_requests(), 0);
}

TEST_F(KeepaServiceTest, WhatPastingLeavesAroundAKeyIsNoPartOfIt) {
  Command pasted = with("KEEPA_API_KEY", " " + standin_.keepa_key() + "\r\n", {"keepa", "refresh"});
  EXPECT_EQ(answer_of(pasted)["refreshed"], true);
  Command clean = purser(acquire("1s"));
  EXPECT_EQ(answer_of(clean)["decision"], "granted");  // it is the same key
}

TEST_F(KeepaServiceTest, AWrongKeyIsForAPerson) {
  Command command = with("KEEPA_API_KEY", "another-key-than-that", {"keepa", "refresh"});
  expect_fault(command, 77, "credentials_refused", "KEEPA_API_KEY");
  EXPECT_EQ(answer({"keepa", "status"})["known"], false);
}

TEST_F(KeepaServiceTest, AnotherKeyNeedsToBeAccepted) {
  refresh();
  standin::Process other(PURSER_STANDIN, {"--keepa-key", "the-key-of-another-account", "--tokens", "42"});
  environment_["PURSER_KEEPA_URL"] = other.keepa_url();
  environment_["KEEPA_API_KEY"] = other.keepa_key();
  expect_fault(purser({"keepa", "refresh"}), 78, "another_key", "keepa refresh --new-key");
  expect_fault(purser(acquire("1s")), 78, "another_key", "keepa refresh --new-key");
  EXPECT_EQ(other.state().keepa.requests, 0);
  EXPECT_EQ(refresh({"--new-key"})["balance"], 42);
  EXPECT_EQ(refresh()["refreshed"], false);
  EXPECT_EQ(answer({"keepa", "verify"})["balance_matches"], true);
}

TEST_F(KeepaServiceTest, NobodyThere) {
  standin_.kill();
  Json error = refresh({}, 69)["error"];
  EXPECT_EQ(error["code"], "unreachable");
  EXPECT_EQ(error["retryable"], true);
  EXPECT_EQ(answer({"keepa", "status"})["known"], false);
}

TEST_F(KeepaServiceTest, PlainHttpToAnotherMachineIsRefused) {
  for (const char* url : {"http://192.0.2.1", "ftp://127.0.0.1", "no address"}) {
    expect_fault(with("PURSER_KEEPA_URL", url, {"keepa", "refresh"}), 64, "usage", "Keepa /token");
  }
}

TEST_F(KeepaServiceTest, WhatGoesWrongHasAName) {
  struct Case {
    const char *name, *value;
    int exit_status;
    const char* code;
  };
  for (const Case& c : {Case{"keepa.fault", "redirect", 69, "service_failed"},
                        Case{"keepa.fault", "not_json", 69, "service_failed"},
                        Case{"keepa.answer", "402_bare", 77, "credentials_refused"},
                        Case{"keepa.answer", "404_bare", 69, "service_failed"}}) {
    standin_.set_switch(c.name, c.value);
    Finished done = run_purser({"keepa", "refresh", "--json"});
    EXPECT_EQ(done.exit_status, c.exit_status) << c.value << done.out << done.err;
    EXPECT_EQ(Json::parse(done.out)["error"]["code"], c.code) << c.value << done.out;
    standin_.set_switch(c.name, std::string(c.name) == "keepa.fault" ? "none" : "normal");
  }
  EXPECT_EQ(standin_.state().keepa.redirects_followed, 0);
  EXPECT_EQ(refresh()["balance"], 300);  // none of them held the next one up
}

TEST_F(KeepaServiceTest, WhatPassesIsRepeated) {
  standin_.set_switch("keepa.fault", "html_502", 1);
  EXPECT_EQ(refresh()["balance"], 300);
  EXPECT_EQ(token_requests(), 2);
}

// --- What attackers and networks do --------------------------------------------------------------------

TEST_F(KeepaServiceTest, APageOfSomethingInBetweenIsNoVerdictOnTheKey) {
  standin_.set_switch("keepa.fault", "page");
  for (const char* status : {"401", "403", "404", "429", "503"}) {
    standin_.set_switch("keepa.fault_status", status);
    Finished done = run_purser({"keepa", "refresh", "--json"});
    EXPECT_EQ(done.exit_status, 69) << status << done.err;
    Json error = Json::parse(done.out)["error"];
    EXPECT_EQ(error["code"], "service_failed") << done.out;
    EXPECT_EQ(error["retryable"], true) << done.out;
    EXPECT_EQ(error["message"].dump().find("API key ("), std::string::npos) << done.out;
    EXPECT_EQ(error["message"].dump().find("uses this key"), std::string::npos) << done.out;
  }
}

TEST_F(KeepaServiceTest, AWaitGoesOnThroughAPortalsPages) {
  standin_.set_switch("keepa.fault_status", "403");
  standin_.set_switch("keepa.fault", "page", 2);
  EXPECT_EQ(answer(acquire("60s"))["decision"], "granted");
  EXPECT_EQ(token_requests(), 3);
}

TEST_F(KeepaServiceTest, TokenFieldsUnderAStatusThatKeepaDoesNotSendAreNone) {
  standin_.set_switch("keepa.fault", "other_status");
  for (const char* status : {"999", "299", "202"}) {
    standin_.set_switch("keepa.fault_status", status);
    Finished done = run_purser({"keepa", "refresh", "--json"});
    EXPECT_EQ(done.exit_status, 69) << status << done.out << done.err;
  }
  EXPECT_EQ(answer({"keepa", "status"})["known"], false);
}

TEST_F(KeepaServiceTest, OddBytesAreReadAndDeepOnesRefused) {
  standin_.set_switch("keepa.fault", "deep");
  Finished deep = run_purser({"keepa", "refresh"});
  EXPECT_EQ(deep.exit_status, 69);
  expect_in(deep.err, "nested deeper than 64");
  standin_.set_switch("keepa.fault", "odd_bytes");
  EXPECT_EQ(refresh()["balance"], 300);
}

TEST_F(KeepaServiceTest, AnAnswerThatIsTooLongIsSaidToBeSo) {
  standin_.set_switch("keepa.fault", "huge_header");
  Finished done = run_purser({"keepa", "refresh"});
  EXPECT_EQ(done.exit_status, 69);
  expect_in(done.err, "headers of its answer are longer than 64 KiB");
  EXPECT_EQ(done.err.find("memory"), std::string::npos) << done.err;
  standin_.set_switch("keepa.fault", "huge");
  done = run_purser({"keepa", "refresh"});
  EXPECT_EQ(done.exit_status, 69);
  expect_in(done.err, "longer than 16384 KiB");
}

TEST_F(KeepaServiceTest, NoTlsSecretsAreWritten) {
  std::string log = folder_.file("keys.log").string();
  Command command = with("SSLKEYLOGFILE", log, {"keepa", "refresh"});
  std::string plain = standin_.keepa_url();
  command.environment["PURSER_KEEPA_URL"] = "https" + plain.substr(plain.find(':'));
  EXPECT_EQ(run(command).exit_status, 69);
  EXPECT_FALSE(std::filesystem::exists(log));
}

TEST_F(KeepaServiceTest, ALoginInTheBaseAddressIsRefusedWithoutBeingShown) {
  std::string plain = standin_.keepa_url();
  for (const char* login : {"user:hidden-word@", "hidden-word@", ":hidden-word@"}) {
    std::string url = plain;
    Finished done =
        run(with("PURSER_KEEPA_URL", url.insert(url.find("//") + 2, login), {"keepa", "refresh"}));
    EXPECT_EQ(done.exit_status, 64) << login << done.err;
    expect_in(done.err, "'@'");
    EXPECT_EQ((done.out + done.err).find("hidden-word"), std::string::npos) << done.err;
  }
  EXPECT_EQ(standin_.state().keepa.requests, 0);
}

TEST_F(KeepaServiceTest, AProxysLoginIsNotShown) {
  Command command = with("https_proxy", "http://user:hidden-word@127.0.0.1:1", {"keepa", "refresh"});
  command.environment["PURSER_KEEPA_URL"] = "https://keepa.invalid";
  Finished done = run(command);
  EXPECT_EQ(done.exit_status, 69) << done.err;
  EXPECT_EQ((done.out + done.err).find("hidden-word"), std::string::npos) << done.err;
}

// --- acquire --wait ------------------------------------------------------------------------------------

TEST_F(KeepaServiceTest, AWaitMakesTheBalanceKnown) {
  Json granted = answer(acquire("30s"));
  EXPECT_EQ(granted["decision"], "granted");
  EXPECT_EQ(granted["available"], 220);
  EXPECT_EQ(token_requests(), 1);
  // The caller settles: the grant outlives the process that got it.
  Json status = answer({"keepa", "status"});
  EXPECT_EQ(status["held"], 80);
  EXPECT_EQ(status["reservations"][0]["id"], granted["reservation"]);
  EXPECT_EQ(answer({"keepa", "settle", granted["reservation"], "--consumed", "70"})["balance"], 230);
}

TEST_F(KeepaServiceTest, WhatIsKnownIsNotAskedFor) {
  refresh();
  EXPECT_EQ(answer(acquire("30s"))["decision"], "granted");
  EXPECT_EQ(token_requests(), 1);
}

TEST_F(KeepaServiceTest, ARefusalIsOfFreshBelief) {
  standin_.set_switch("keepa.tokens", "40");
  Finished done = run_purser(acquire("1ms") + Words{"--json"});
  EXPECT_EQ(done.exit_status, 75) << done.err;
  Json refused = Json::parse(done.out);
  EXPECT_EQ(refused["reason"], "threshold");
  EXPECT_EQ(refused["observe_due"], false);
  EXPECT_EQ(token_requests(), 1);
}

TEST_F(KeepaServiceTest, ARefreshThatFailsIsALineAndTheWaitGoesOn) {
  standin_.kill();
  Finished done = run_purser(acquire("1s") + Words{"--json"});
  EXPECT_EQ(done.exit_status, 75) << done.err;
  EXPECT_EQ(Json::parse(done.out)["reason"], "unknown_balance");
  expect_in(done.err, "purser: warning: Keepa /token: ");
  // Another worker's observation ends the wait.
  Process waiting(purser(acquire("120s") + Words{"--json"}));
  answer({"keepa", "observe", "--tokens-left", "55", "--refill-rate", "5"});
  Finished granted = waiting.wait();
  EXPECT_EQ(granted.exit_status, 0) << granted.err;
  EXPECT_EQ(Json::parse(granted.out)["decision"], "granted");
}

TEST_F(KeepaServiceTest, AWrongKeyEndsTheWait) {
  expect_fault(with("KEEPA_API_KEY", "another-key-than-that", acquire("120s")), 77, "credentials_refused",
               "KEEPA_API_KEY");
}

TEST_F(KeepaServiceTest, WithoutAKeyAWaitSaysThatKeepaIsNotAsked) {
  Finished unknown = run(without("KEEPA_API_KEY", acquire("1ms")));
  EXPECT_EQ(unknown.exit_status, 75);
  expect_in(unknown.err, "without KEEPA_API_KEY Keepa is not asked meanwhile");
  answer({"keepa", "observe", "--tokens-left", "45", "--refill-rate", "5"});
  EXPECT_EQ(run(without("KEEPA_API_KEY", acquire("1ms"))).err, "");
  EXPECT_EQ(token_requests(), 0);
}

// A foreign program is in a transaction until somebody has given up, who began after the two who wait.
TEST_F(KeepaServiceTest, AWaitOutlastsADatabaseThatIsBusyAtItsFirstLook) {
  refresh();
  test::ForeignTool foreign(folder_.file("purser.db"));
  foreign.run("BEGIN IMMEDIATE");
  Process with_key(purser(acquire("10m") + Words{"--json"}));
  Process without_key(without("KEEPA_API_KEY", acquire("10m") + Words{"--json"}));
  EXPECT_EQ(run_purser({"keepa", "acquire", "--task", "a", "--cost", "1"}).exit_status, 74);
  foreign.run("ROLLBACK");
  for (Process* waiting : {&with_key, &without_key}) {
    Finished done = waiting->wait();
    EXPECT_EQ(done.exit_status, 0) << done.err;
    EXPECT_EQ(Json::parse(done.out, nullptr, false)["decision"], "granted") << done.out;
  }
  EXPECT_EQ(answer({"keepa", "status"})["held"], 160);
}

TEST_F(KeepaServiceTest, WithoutAWaitNobodyIsAsked) {
  EXPECT_EQ(answer({"keepa", "acquire", "--task", "a", "--cost", "1"}, 75)["reason"], "unknown_balance");
  EXPECT_EQ(token_requests(), 0);
}

TEST_F(KeepaServiceTest, OneRequestForAllWhoWait) {
  standin_.set_switch("keepa.fault", "slow", 1);
  standin_.set_switch("keepa.slow_ms", "500");
  std::vector<std::unique_ptr<Process>> waiting;
  for (int i = 0; i < 5; ++i) {
    waiting.push_back(std::make_unique<Process>(
        purser({"keepa", "acquire", "--task", "backfiller", "--cost", "10", "--wait", "60s"})));
  }
  for (const auto& worker : waiting) EXPECT_EQ(worker->wait().exit_status, 0);
  EXPECT_EQ(token_requests(), 1);
  EXPECT_EQ(answer({"keepa", "status"})["available"], 250);
}

// --- Kills and terminals -------------------------------------------------------------------------------

TEST_F(KeepaServiceTest, AKillInMidRequestLeavesTheLedgerRight) {
  answer({"keepa", "observe", "--tokens-left", "100", "--refill-rate", "5", "--flow-reduction", "5"});
  standin_.set_switch("keepa.fault", "hang");
  Process refreshing(purser({"keepa", "refresh"}));
  while (token_requests() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  refreshing.signal(SIGKILL);
  EXPECT_EQ(refreshing.wait().signal, SIGKILL);
  EXPECT_EQ(answer({"keepa", "status"})["balance"], 100);
  EXPECT_EQ(answer({"keepa", "acquire", "--task", "backfiller", "--cost", "80"})["decision"], "granted");
  EXPECT_EQ(answer({"keepa", "verify"})["held_matches"], true);
}

TEST_F(KeepaServiceTest, ALineOnATerminalWhileKeepaIsAsked) {
  if (!has_program("script")) GTEST_SKIP() << "no `script` to make a terminal";
  standin_.set_switch("keepa.fault", "slow");
  standin_.set_switch("keepa.slow_ms", "1500");
  Command command = purser({});
  command.words = {"script", "-qec", std::string(PURSER_PROGRAM) + " keepa refresh", "/dev/null"};
  Finished done = run(command);
  EXPECT_EQ(done.exit_status, 0) << done.out;
  expect_in(done.out, "waiting for Keepa: 1 s of at most 1 min");
  expect_in(done.out, "\r\x1b[K");
}

}  // namespace
}  // namespace purser::test
