// Many workers at one quota and one cache: no unit twice, no verdict lost, one claim a key; some of them
// killed.
#include <map>
#include <random>
#include <set>

#include "processes/process_test.h"
#include "purser/create.h"
#include "purser/xai_verdicts.h"

namespace purser::test {
namespace {

using xai::Question;

constexpr std::chrono::seconds kCallDeadline{
    600};  // far beyond the test: what is taken over was abandoned by a kill

Question book(int number) {
  return {.title = "Title | " + std::to_string(number),
          .category = "Books > Subjects",
          .season = "-",
          .price = {number}};
}

// What everyone answers, so that a wrong or lost verdict shows.
bool verdict_of(int number) { return number % 3 == 0; }

class XaiFleet : public ProcessTest {
 protected:
  void make_quota(std::int64_t limit) {
    ASSERT_TRUE(create_database(options()));
    Database database = open();
    xai::Quota(database).set_limit(limit);
  }
};

TEST_F(XaiFleet, OfTwoAtTheLastUnitExactlyOneGetsIt) {
  constexpr int kRounds = 200;
  make_quota(0);
  Pipe go[2], answers;
  std::vector<Child> children;
  for (Pipe& my_go : go) {
    children.emplace_back([&] {
      Database database = open();
      xai::Quota quota(database);
      answers.write_line("ready");
      while (my_go.read_line() == "ask") {
        answers.write_line(std::holds_alternative<xai::UnitGranted>(quota.acquire()) ? "granted" : "denied");
      }
      return 0;
    });
  }
  auto both_say = [&] {
    return std::multiset<std::string>{answers.read_line().value(), answers.read_line().value()};
  };
  ASSERT_EQ(both_say(), (std::multiset<std::string>{"ready", "ready"}));
  for (int round = 1; round <= kRounds; ++round) {
    {
      Database database = open();
      xai::Quota(database).set_limit(round);  // one unit more than was used
    }
    for (Pipe& each : go) each.write_line("ask");
    ASSERT_EQ(both_say(), (std::multiset<std::string>{"denied", "granted"})) << "round " << round;
  }
  for (Pipe& each : go) each.write_line("end");
  for (Child& child : children) EXPECT_EQ(child.wait(), 0);
  Database database = open();
  EXPECT_EQ(xai::Quota(database).status().calls_today, kRounds);
  EXPECT_TRUE(xai::Quota(database).verify());
}

// Every worker wants every verdict, in an order of its own; who gets the claim answers.
int want_all(Database& database, int keys, Pipe& told) {
  xai::Verdicts verdicts(database);
  std::vector<int> order(static_cast<std::size_t>(keys));
  for (int i = 0; i < keys; ++i) order[static_cast<std::size_t>(i)] = i;
  std::shuffle(order.begin(), order.end(), std::mt19937(static_cast<unsigned>(getpid())));
  for (int number : order) {
    auto outcome = verdicts.claim(book(number), kCallDeadline);
    if (auto* hit = std::get_if<xai::Hit>(&outcome)) {
      if (hit->verdict != verdict_of(number)) return 1;
    } else if (auto* claimed = std::get_if<xai::Claimed>(&outcome)) {
      told.write_line("claim " + std::to_string(number));
      if (!verdicts.answer(claimed->flight, verdict_of(number))) return 2;
      told.write_line("answer " + std::to_string(number));
    } else if (!std::holds_alternative<xai::InFlight>(outcome)) {
      return 3;
    }
  }
  return 0;
}

std::map<std::string, int> lines_of(Pipe& told) {
  std::map<std::string, int> count;
  told.close_write();
  while (auto line = told.read_line()) ++count[*line];
  return count;
}

TEST_F(XaiFleet, EightProcessesClaimEachKeyOnceAndLoseNoVerdict) {
  constexpr int kProcesses = 8, kKeys = 1500;
  make_quota(kKeys);  // exactly: a second claim of any key would be denied in the end
  StartLine start;
  Pipe told;
  std::vector<Child> children;
  children.reserve(kProcesses);
  for (int i = 0; i < kProcesses; ++i) {
    children.emplace_back([&] {
      Database database = open();
      start.wait_in_child();
      return want_all(database, kKeys, told);
    });
  }
  start.go();
  auto lines = lines_of(told);
  for (Child& child : children) EXPECT_EQ(child.wait(), 0);

  Database database = open();
  EXPECT_EQ(xai::Quota(database).status().calls_today, kKeys);
  EXPECT_TRUE(xai::Quota(database).verify());
  xai::Verdicts verdicts(database);
  for (int number = 0; number < kKeys; ++number) {
    ASSERT_EQ(lines["claim " + std::to_string(number)], 1) << number;
    ASSERT_EQ(verdicts.get(book(number)), verdict_of(number)) << number;
  }
}

TEST_F(XaiFleet, SomeKilledLoseNothingThatACallerWasTold) {
  constexpr int kWorkers = 4, kKills = 40;
  make_quota(xai::kMaxDailyLimit);
  Pipe told;
  std::mt19937 random(815);
  int next_key = 0;
  auto hire = [&] {
    int first_key = next_key;
    next_key += 100'000;
    return Child([this, first_key, &told] {
      Database database = open();
      xai::Verdicts verdicts(database);
      xai::Quota quota(database);
      for (int number = first_key;; ++number) {
        told.write_line("unit " + std::get<xai::UnitGranted>(quota.acquire("kill")).grant);
        verdicts.put(book(number), verdict_of(number));
        told.write_line("put " + std::to_string(number));
      }
      return 0;
    });
  };
  std::vector<Child> workers;
  for (int i = 0; i < kWorkers; ++i) workers.push_back(hire());
  std::vector<std::string> all_told;
  for (int kill = 0; kill < kKills; ++kill) {
    for (auto answers = 1 + random() % 30; answers > 0; --answers)
      all_told.push_back(told.read_line().value());
    Child& victim = workers[random() % workers.size()];
    victim.kill();
    victim = hire();
  }
  workers.clear();
  for (auto& line : lines_of(told)) all_told.push_back(line.first);

  Database database = open();
  xai::Quota quota(database);
  EXPECT_TRUE(quota.verify());
  xai::Verdicts verdicts(database);
  std::int64_t units = 0;
  for (const std::string& line : all_told) {
    if (line.rfind("put ", 0) == 0) {
      int number = std::stoi(line.substr(4));
      ASSERT_EQ(verdicts.get(book(number)), verdict_of(number)) << "told, and lost: " << line;
    } else {
      ++units;
      ASSERT_TRUE(quota.release(line.substr(5)).released) << "told, and lost: " << line;
    }
  }
  EXPECT_GT(units, kKills);
}

TEST_F(XaiFleet, AClaimOfAKilledWorkerLapsesAndOneTakesOver) {
  make_quota(10);
  Pipe told;
  Pipe never;
  Child holder([&] {
    Database database = open();
    auto outcome = xai::Verdicts(database).claim(book(1), std::chrono::milliseconds(1));
    told.write_line(std::get<xai::Claimed>(outcome).flight);
    never.read_line();
    return 0;
  });
  std::string flight = told.read_line().value();
  holder.kill();
  {
    Database database = open();
    EXPECT_TRUE(std::holds_alternative<xai::InFlight>(xai::Verdicts(database).claim(book(1))));
  }
  TestClock later;
  later.set(system_clock().now() + xai::kLapseMargin + std::chrono::milliseconds(1));
  DatabaseOptions then = options();
  then.clock = &later;
  Database database = Database::open(then);
  xai::Verdicts verdicts(database);
  auto taken_over = verdicts.claim(book(1), kCallDeadline);
  ASSERT_TRUE(std::holds_alternative<xai::Claimed>(taken_over));
  EXPECT_NE(std::get<xai::Claimed>(taken_over).flight, flight);
  EXPECT_TRUE(verdicts.answer(flight, true));  // the late answer, as if the dead had sent it before
  EXPECT_EQ(verdicts.get(book(1)), true);
}

}  // namespace
}  // namespace purser::test
