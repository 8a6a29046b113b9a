// The program itself: its help, its complaints, its addresses, its end.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <regex>
#include <stdexcept>
#include <thread>

#include "processes/child.h"
#include "standin/standin_test.h"
#include "support/run.h"

namespace purser::test {
namespace {

Finished run_standin(std::vector<std::string> options) {
  options.insert(options.begin(), PURSER_STANDIN);
  return run({.words = options});
}

void wait_until_gone(const std::string& control_url) {
  for (;;) {
    try {
      get(control_url, "/state");
    } catch (const std::runtime_error&) {
      return;  // nobody listens
    }
  }
}

TEST(StandinProgram, HelpTellsEverySwitchAndTheRuleOfVerdicts) {
  const Finished done = run_standin({"--help"});
  EXPECT_EQ(done.exit_status, 0);
  Standin standin;
  const json switches = json::parse(get(standin.control_url(), "/switches").text());
  EXPECT_GT(switches.size(), 20U);
  for (const auto& [name, value] : switches.items()) {
    EXPECT_NE(done.out.find("\n  " + name + " ("), std::string::npos) << name;
  }
  for (const char* word :
       {"reset_before", "garbled_gzip", "no_credits_429", "invalid_grant_live", "429_slow_down", "bare_array",
        "last digit of the ASIN", "\"$N.NN\"", "--least-real-hour", "--sandbox-port"}) {
    EXPECT_NE(done.out.find(word), std::string::npos) << word;
  }
}

TEST(StandinProgram, MistakesAre64) {
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{"--keepa-port", "65536"},
                                             {"--xai-port", "-1"},
                                             {"--lwa-port", "many"},
                                             {"--spapi-port", "65536"},
                                             {"--sandbox-port", "65536"},
                                             {"--client-secret", ""},
                                             {"--seller-id", ""},
                                             {"--switch", "lwa.answer=maybe"},
                                             {"--switch", "lwa.expires_in=-1"},
                                             {"--switch", "spapi.forbid_asin=b1"},
                                             {"--switch", "spapi.revoke=later"},
                                             {"--tokens", "many"},
                                             {"--rate", "-1"},
                                             {"--refill-in", "0"},
                                             {"--refill-in", "60001"},
                                             {"--stepped", "0"},
                                             {"--start", "5"},
                                             {"--least-real-hour", "5"},
                                             {"--keepa-key", ""},
                                             {"--switch", "keepa.fault"},
                                             {"--switch", "keepa.fault=often"},
                                             {"--switch", "keepa.falt=none"},
                                             {"--nothing"},
                                             {"word"}}) {
    const Finished done = run_standin(options);
    EXPECT_EQ(done.exit_status, 64) << options[0];
    EXPECT_EQ(done.out, "") << options[0];
    EXPECT_EQ(done.err.rfind("purser-standin: ", 0), 0U) << done.err;
  }
}

TEST(StandinProgram, ATakenPortIs69) {
  Standin first;
  for (const auto& [option, url] :
       std::vector<std::pair<std::string, std::string>>{{"--keepa-port", first.keepa_url()},
                                                        {"--lwa-port", first.lwa_url()},
                                                        {"--spapi-port", first.spapi_url()},
                                                        {"--sandbox-port", first.sandbox_url()},
                                                        {"--clock-port", first.clock()}}) {
    const std::string port = url.substr(url.rfind(':') + 1);
    const Finished done = run_standin({option, port});
    EXPECT_EQ(done.exit_status, 69);
    EXPECT_NE(done.err.find("port " + port), std::string::npos) << done.err;
  }
}

TEST(StandinProgram, AShellCanTakeItsAddresses) {
  const std::string script = R"script(
    eval "$("$0" --keepa-key "it's" --tokens 7 &)" &&
    echo "$PURSER_KEEPA_URL $KEEPA_API_KEY" &&
    echo "$PURSER_XAI_URL $XAI_API_KEY $PURSER_STANDIN_URL" &&
    echo "$PURSER_LWA_URL$PURSER_SPAPI_URL$PURSER_SPAPI_SANDBOX_URL" &&
    echo "$SP_API_SELLER_ID, $SP_API_CLIENT_ID, $SP_API_CLIENT_SECRET, $SP_API_REFRESH_TOKEN" &&
    kill $PURSER_STANDIN_PID
  )script";
  const Finished done = run({.words = {"sh", "-c", script, PURSER_STANDIN}});
  EXPECT_EQ(done.exit_status, 0) << done.err;
  EXPECT_TRUE(std::regex_search(done.out, std::regex("\n(http://127\\.0\\.0\\.1:[0-9]+){3}\n"))) << done.out;
  EXPECT_TRUE(std::regex_search(
      done.out, std::regex("\nA1STANDINSELLER, amzn1\\.\\S+, amzn1\\.\\S+[+/]\\S+, Atzr\\|standin\\S+\n")))
      << done.out;
  EXPECT_NE(done.out.find(" it's\n"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find(" standin-xai-key http://127.0.0.1:"), std::string::npos) << done.out;
}

TEST(StandinProgram, EndsWellWhenItIsTold) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Process standin({.words = {PURSER_STANDIN, "--json", "--stepped", "1"}});
    standin.signal(signal);  // perhaps before it listens: it is not to get lost
    const Finished done = standin.wait();
    EXPECT_TRUE(done.exit_status == 0 || done.signal == signal);
  }
  // And with clients that hang.
  standin::Process hanging(PURSER_STANDIN, {"--switch", "keepa.fault=hang"});
  const Call call(hanging.keepa_url(), "GET", "/deal?key=" + hanging.keepa_key());
  while (hanging.state().keepa.consumed == 0) std::this_thread::yield();
  kill(hanging.id(), SIGTERM);
  siginfo_t end{};
  waitid(P_PID, static_cast<id_t>(hanging.id()), &end, WEXITED | WNOWAIT);
  EXPECT_EQ(end.si_code, CLD_EXITED);
  EXPECT_EQ(end.si_status, 0);
}

TEST(StandinProgram, DiesWithTheProcessThatStartedIt) {
  Pipe told;
  Child parent([&] {
    standin::Process standin(PURSER_STANDIN, {});
    told.write_line(standin.control_url());
    for (;;) pause();
    return 0;
  });
  const std::string url = told.read_line().value();
  EXPECT_EQ(get(url, "/state").status, 200);
  parent.kill();
  wait_until_gone(url);
}

TEST(StandinProgram, SaysItsEnvironment) {
  Standin standin;
  const auto environment = standin.environment();
  EXPECT_EQ(environment.at("PURSER_KEEPA_URL"), standin.keepa_url());
  EXPECT_EQ(environment.at("XAI_API_KEY"), "standin-xai-key");
  EXPECT_EQ(environment.at("PURSER_LWA_URL"), standin.lwa_url());
  EXPECT_EQ(environment.at("PURSER_SPAPI_URL"), standin.spapi_url());
  EXPECT_EQ(environment.at("PURSER_SPAPI_SANDBOX_URL"), standin.sandbox_url());
  EXPECT_EQ(environment.at("SP_API_SELLER_ID"), standin.seller_id());
  EXPECT_EQ(environment.at("SP_API_CLIENT_ID"), standin.client_id());
  EXPECT_EQ(environment.at("SP_API_CLIENT_SECRET"), standin.client_secret());
  EXPECT_EQ(environment.at("SP_API_REFRESH_TOKEN"), standin.refresh_token());
}

}  // namespace
}  // namespace purser::test
