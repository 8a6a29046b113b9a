// Many real processes with one access token: one exchange for all, even if some die on the way; and long runs
// side by side that outlive it, in simulated time.
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "processes/child.h"
#include "purser/create.h"
#include "services/spapi_service_test.h"
#include "spapi/access_tokens.h"
#include "spapi/lwa.h"

namespace purser::spapi {
namespace {

using std::chrono::seconds;
using test::Child;
using test::Pipe;

// A file with credentials for a stand-in, which workers of their own open.
class Fleet {
 public:
  explicit Fleet(const std::vector<std::string>& standin_options = {})
      : standin(PURSER_STANDIN, standin_options) {
    for (const char* name : {"PURSER_KEY", "SP_API_SELLER_ID", "SP_API_CLIENT_ID", "SP_API_CLIENT_SECRET",
                             "SP_API_REFRESH_TOKEN"})
      unsetenv(name);
    KeyRing::generate(folder_.file("key"));
    setenv("PURSER_KEY_FILE", folder_.file("key").c_str(), 1);
    create_database(file(system_clock()), Durability::normal);
    set(credentials_of(standin));
  }

  DatabaseOptions file(Clock& clock) const {
    return {.path = folder_.file("purser.db"),
            .worker = this_worker(),
            .clock = &clock,
            .busy_deadline = seconds(60)};
  }
  void set(const Credentials& credentials) {
    Database database = Database::open(file(system_clock()));
    Sellers(database).set("default", credentials, KeyRing::from_environment());
  }
  SellerStatus status() {
    Database database = Database::open(file(system_clock()));
    return Sellers(database).status().at(0);
  }
  // A process that asks for a token and tells it. In simulated time where it has a name there.
  Child take_token(Pipe& told, const std::string& name = "", test::StartLine* start = nullptr) {
    return Child([this, &told, name, start] {
      std::optional<standin::WorkerClock> simulated;
      if (!name.empty()) simulated.emplace(standin.clock(), name);
      Database database = Database::open(file(simulated ? *simulated : system_clock()));
      Service service(database, services_of(standin));
      if (start != nullptr) {
        told.write_line("ready");
        start->wait_in_child();
      }
      AccessToken token = service.token();
      told.write_line(token.token + (token.refreshed ? " new" : " old"));
      return 0;
    });
  }

  standin::Process standin;

 private:
  test::ScratchFolder folder_;
};

std::vector<std::string> stepped(int workers) {
  return {"--stepped", std::to_string(workers), "--start", "1767225600000"};
}

// Fifty processes at once: one of them asks Amazon, and all have its answer, which is returned.
std::string one_call_and_fifty_answers(Fleet& fleet) {
  constexpr int kProcesses = 50;
  const auto requests_before = fleet.standin.state().lwa.requests;
  fleet.standin.set_switch("lwa.fault", "slow");
  fleet.standin.set_switch("lwa.slow_ms", "1000");
  test::StartLine start;
  Pipe told;
  std::vector<Child> children;
  children.reserve(kProcesses);
  for (int i = 0; i < kProcesses; ++i) children.push_back(fleet.take_token(told, "", &start));
  for (int i = 0; i < kProcesses; ++i) EXPECT_EQ(told.read_line(), "ready");
  start.go();
  std::set<std::string> tokens;
  int refreshed = 0;
  for (int i = 0; i < kProcesses; ++i) {
    std::string line = told.read_line().value_or("");
    tokens.insert(line.substr(0, line.find(' ')));
    refreshed += line.find(" new") != std::string::npos ? 1 : 0;
  }
  for (Child& child : children) EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(tokens.size(), 1U);
  EXPECT_EQ(refreshed, 1);
  EXPECT_EQ(fleet.standin.state().lwa.requests, requests_before + 1);
  return *tokens.begin();
}

TEST(SpapiFleet, FiftyProcessesThatFindNoTokenAreOneCallAndFiftyAnswers) {
  Fleet fleet;
  one_call_and_fifty_answers(fleet);
}

TEST(SpapiFleet, FiftyProcessesThatFindAnExpiredTokenAreOneCallAndFiftyAnswers) {
  Fleet fleet;
  // Less than a minute of life left does not count.
  fleet.standin.set_switch("lwa.expires_in", "30");
  Pipe told;
  Child first = fleet.take_token(told);
  std::string expired = told.read_line().value_or("");
  EXPECT_EQ(first.wait(), 0);
  fleet.standin.set_switch("lwa.expires_in", "3600");
  EXPECT_NE(one_call_and_fifty_answers(fleet) + " new", expired);
}

// --- The refresher dies --------------------------------------------------------------------------------

[[noreturn]] void never_end() {
  for (;;) pause();
}

// Takes the turn, goes as far as `work` does, and waits to be killed.
Child doomed(Fleet& fleet, Pipe& told, const std::function<void(const Subject&)>& work) {
  return Child([&fleet, &told, &work]() -> int {
    standin::WorkerClock clock(fleet.standin.clock(), "doomed");
    Database database = Database::open(fleet.file(clock));
    KeyRing ring = KeyRing::from_environment();
    Subject subject = load_subject(database.connection(), "default");
    RefreshClaim turn = claim_refresh(database.connection(), subject, ring, "", Retry::no);
    if (!std::holds_alternative<RefreshLease>(turn)) return 1;
    work(subject);
    told.write_line("now");
    never_end();
  });
}

// Another one waits for as long as the lease lasts, and then has a token.
void expect_another_takes_over(Fleet& fleet, Child& victim, int exchanges) {
  Pipe told;
  standin::Hold hold(fleet.standin.clock());
  Instant begun = hold.now();
  Child heir = fleet.take_token(told, "heir");
  hold.wait_for_joins(2);
  victim.kill();
  hold.go();
  EXPECT_NE(told.read_line().value_or("").find(" new"), std::string::npos);
  EXPECT_EQ(heir.wait(), 0);
  Duration waited = hold.now() - begun;
  EXPECT_GE(waited, kRefreshLease);
  EXPECT_LE(waited, kRefreshLease + seconds(1));
  EXPECT_EQ(fleet.standin.state().lwa.exchanges, exchanges);
  EXPECT_EQ(fleet.status().state, State::ok);
  EXPECT_EQ(fleet.status().last_error, std::nullopt);
}

TEST(SpapiFleet, KilledBeforeItAskedAmazon) {
  Fleet fleet(stepped(2));
  Pipe told;
  const std::function<void(const Subject&)> nothing = [](const Subject&) {};
  Child victim = doomed(fleet, told, nothing);
  ASSERT_EQ(told.read_line(), "now");
  expect_another_takes_over(fleet, victim, 1);
}

TEST(SpapiFleet, KilledWhileAmazonAnswers) {
  Fleet fleet(stepped(2));
  fleet.standin.set_switch("lwa.fault", "hang", 1);
  Pipe unused;
  Child victim = fleet.take_token(unused, "victim");
  while (fleet.standin.state().lwa.in_flight == 0) {
  }
  expect_another_takes_over(fleet, victim, 2);  // the first one's token came to nobody
}

TEST(SpapiFleet, KilledBetweenAmazonsAnswerAndItsStorage) {
  Fleet fleet(stepped(2));
  Pipe told;
  const std::function<void(const Subject&)> exchange = [&](const Subject&) {
    http::Transport transport;
    auto answer = lwa::read_response(
        transport.send(lwa::token_request(services_of(fleet.standin), credentials_of(fleet.standin)), {}));
    if (answer.outcome != lwa::Outcome::granted) throw std::runtime_error(answer.message);
  };
  Child victim = doomed(fleet, told, exchange);
  ASSERT_EQ(told.read_line(), "now");
  expect_another_takes_over(fleet, victim, 2);
}

// --- `spapi set` in the middle of a refresh -----------------------------------------------------------

TEST(SpapiFleet, WhatWasExchangedForOlderCredentialsIsNotStored) {
  Fleet fleet;
  fleet.standin.set_switch("lwa.fault", "slow", 1);
  fleet.standin.set_switch("lwa.slow_ms", "1500");
  Pipe told;
  Child worker = fleet.take_token(told);
  while (fleet.standin.state().lwa.in_flight == 0) {
  }
  Credentials changed = credentials_of(fleet.standin);
  changed.seller_id = "A2ANOTHERSELLER";
  fleet.set(changed);
  std::string line = told.read_line().value_or("");
  EXPECT_EQ(worker.wait(), 0);
  EXPECT_EQ(fleet.standin.state().lwa.exchanges, 2);
  Child next = fleet.take_token(told);
  EXPECT_EQ(told.read_line(), line.substr(0, line.find(' ')) + " old") << "the second exchange's is stored";
  EXPECT_EQ(next.wait(), 0);
}

// --- Runs that outlive their token --------------------------------------------------------------------

std::string asin_of(int number) {
  std::string digits = std::to_string(number);
  return "B" + std::string(9 - digits.size(), '0') + digits;
}

bool is_right(const Restriction& answer, int number) {
  const bool restricted = number % 10 >= 6;
  return answer.asin == asin_of(number) && answer.restricted == restricted;
}

// Asks for `count` ASINs from that number on; 0 where each answer was right, in order.
int run_of(Fleet& fleet, const std::string& name, int from, int count) {
  standin::WorkerClock clock(fleet.standin.clock(), name);
  Database database = Database::open(fleet.file(clock));
  Service service(database, services_of(fleet.standin));
  std::vector<std::string> asins;
  for (int i = 0; i < count; ++i) asins.push_back(asin_of(from + i));
  int answers = 0, wrong = 0;
  service.restrictions(asins, {.condition = "used_good"}, [&](const Restriction& answer) {
    if (!is_right(answer, from + answers++)) ++wrong;
  });
  return answers == count && wrong == 0 ? 0 : 1;
}

TEST(SpapiFleet, RunsThatOutliveTheirTokenLoseNothingAndKeepToTheUsagePlan) {
  constexpr int kLong = 4000, kShort = 1000;
  Fleet fleet(stepped(2));
  fleet.standin.set_switch("lwa.expires_in", "600");  // the run takes 1,000 s
  Child first([&] { return run_of(fleet, "first", 0, kLong); });
  Child second([&] { return run_of(fleet, "second", kLong, kShort); });
  EXPECT_EQ(first.wait(), 0);
  EXPECT_EQ(second.wait(), 0);
  standin::Figures truth = fleet.standin.state();
  EXPECT_EQ(truth.spapi.answered, kLong + kShort);
  EXPECT_EQ(truth.spapi.distinct_asins, kLong + kShort);
  EXPECT_EQ(truth.spapi.requests, kLong + kShort);
  EXPECT_EQ(truth.spapi.throttled, 0);
  EXPECT_EQ(truth.spapi.forbidden, 0);
  EXPECT_LE(truth.spapi.most_in_one_second, 10 + 5);
  // At 300, 600 and 900 s: five minutes before the end of the one before.
  EXPECT_EQ(truth.lwa.exchanges, 4);
  EXPECT_EQ(truth.spapi.tokens_seen, 4);
  constexpr std::int64_t kStartMs = 1'767'225'600'000;
  EXPECT_NEAR(static_cast<double>(truth.now_ms - kStartMs), (kLong + kShort - 10) * 200.0, 2000);
}

TEST(SpapiFleet, A429IsPacedAwayByAllTogether) {
  constexpr int kEach = 100, kRefusals = 7;
  Fleet fleet(stepped(4));
  fleet.standin.set_switch("spapi.answer", "429", kRefusals);
  std::vector<Child> runs;
  for (int i = 0; i < 4; ++i) {
    runs.emplace_back([&fleet, i] { return run_of(fleet, std::to_string(i), i * kEach, kEach); });
  }
  for (Child& run : runs) EXPECT_EQ(run.wait(), 0);
  standin::SpapiFigures truth = fleet.standin.state().spapi;
  EXPECT_EQ(truth.answered, 4 * kEach);
  EXPECT_EQ(truth.requests, 4 * kEach + kRefusals);
  EXPECT_EQ(truth.throttled, 0);  // by the plan itself
  EXPECT_LE(truth.most_in_one_second, 10 + 5);
}

}  // namespace
}  // namespace purser::spapi
