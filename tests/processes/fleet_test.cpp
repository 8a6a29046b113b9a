// Many workers at one balance: nothing is given twice, nothing is lost, nobody is starved.
#include <sys/mman.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "processes/process_test.h"

namespace purser::test {
namespace {

class Fleet : public ProcessTest {};

// 25 tokens and a buffer of 20: of two upserters that want 5, one gets them.
TEST_F(Fleet, OfTwoAtTheLastUnitExactlyOneGetsIt) {
  constexpr int kRounds = 300;
  make_database(25);
  Pipe go[2], answers;
  std::vector<Child> children;
  for (Pipe& my_go : go) {
    children.emplace_back([&] {
      Database database = open();
      keepa::Ledger ledger(database);
      answers.write_line("ready");
      while (my_go.read_line() == "ask") {
        const auto reservation = acquire(ledger, "upserter", 5);
        answers.write_line(reservation ? "granted" : "refused");
        my_go.read_line();  // both have asked
        if (reservation) ledger.release(*reservation);
        answers.write_line("done");
      }
      return 0;
    });
  }
  auto both_say = [&] {
    return std::multiset<std::string>{answers.read_line().value(), answers.read_line().value()};
  };
  auto tell_both = [&](const char* what) {
    for (Pipe& each : go) each.write_line(what);
  };
  EXPECT_EQ(both_say(), (std::multiset<std::string>{"ready", "ready"}));
  for (int round = 0; round < kRounds; ++round) {
    tell_both("ask");
    ASSERT_EQ(both_say(), (std::multiset<std::string>{"granted", "refused"})) << "round " << round;
    tell_both("go on");
    ASSERT_EQ(both_say(), (std::multiset<std::string>{"done", "done"}));
  }
  tell_both("end");
  for (Child& child : children) EXPECT_EQ(child.wait(), 0);
  Database database = open();
  EXPECT_TRUE(all_add_up(keepa::Ledger(database).verify()));
}

// What a worker was told, summed up; and of all workers together.
struct Told {
  int granted = 0, settled = 0, released = 0;
  std::int64_t consumed = 0;
};

std::string to_line(const Told& told) {
  std::ostringstream line;
  line << told.granted << ' ' << told.settled << ' ' << told.released << ' ' << told.consumed;
  return line.str();
}

Told from_line(const std::string& line) {
  Told told;
  std::istringstream(line) >> told.granted >> told.settled >> told.released >> told.consumed;
  return told;
}

// Until all of them together have done `total`: takes tokens, and settles or releases them.
Told work_with(keepa::Ledger& ledger, std::atomic<int>& done, int total) {
  std::mt19937 random(static_cast<unsigned>(getpid()));
  Told told;
  while (done.fetch_add(1) < total) {
    auto outcome = ledger.acquire({.task = "backfiller", .cost = tokens(7)});
    const auto reservation = std::get<keepa::Granted>(outcome).reservation;
    ++told.granted;
    if (random() % 4 == 0) {
      told.released += ledger.release(reservation) ? 1 : 0;
      continue;
    }
    const auto consumed = static_cast<std::int64_t>(random() % 9);
    told.settled += ledger.settle(reservation, {.consumed = tokens(consumed)}).settled ? 1 : 0;
    told.consumed += consumed;
  }
  return told;
}

TEST_F(Fleet, EightProcessesForThousandsOfTimesLoseNothingAndStarveNobody) {
  constexpr int kProcesses = 8, kTotal = 5'000;
  constexpr std::int64_t kBalance = 1'000'000;
  make_database(kBalance);
  void* shared =
      mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  auto& done = *new (shared) std::atomic<int>(0);

  StartLine start;
  Pipe ready, results;
  std::vector<Child> children;
  children.reserve(kProcesses);
  for (int i = 0; i < kProcesses; ++i) {
    children.emplace_back([&] {
      Database database = open();
      keepa::Ledger ledger(database);
      ready.write_line("ready");
      start.wait_in_child();
      results.write_line(to_line(work_with(ledger, done, kTotal)));
      return 0;
    });
  }
  for (int i = 0; i < kProcesses; ++i) ASSERT_EQ(ready.read_line(), "ready");
  start.go();
  for (Child& child : children) EXPECT_EQ(child.wait(), 0) << "an Error reached a caller";
  munmap(shared, sizeof(std::atomic<int>));

  Told all;
  std::vector<int> served;
  results.close_write();
  while (auto line = results.read_line()) {
    const Told one = from_line(*line);
    served.push_back(one.granted);
    all.granted += one.granted;
    all.settled += one.settled;
    all.released += one.released;
    all.consumed += one.consumed;
  }
  ASSERT_EQ(served.size(), static_cast<std::size_t>(kProcesses));
  EXPECT_EQ(all.granted, kTotal);
  EXPECT_EQ(all.settled + all.released, kTotal);

  Database database = open();
  keepa::Ledger ledger(database);
  EXPECT_TRUE(all_add_up(ledger.verify()));
  EXPECT_EQ(ledger.status().state.balance, tokens(kBalance - all.consumed));
  EXPECT_EQ(ledger.status().state.held, tokens(0));
  std::map<std::string, int> rows;
  for (const auto& entry : ledger.entries(10 * kTotal)) ++rows[entry.kind];
  EXPECT_EQ(rows["hold"], all.granted);
  EXPECT_EQ(rows["settle"], all.settled);
  EXPECT_EQ(rows["release"], all.released);

  // In the kernel's queue the least served gets a seventh of the most, on a machine that is busy with other
  // things a thirtieth; at a lock that is polled often less than a thousandth.
  const auto [least, most] = std::minmax_element(served.begin(), served.end());
  EXPECT_GE(100 * *least, *most) << "least " << *least << ", most " << *most;
  RecordProperty("least_served", *least);
  RecordProperty("most_served", *most);
}

}  // namespace
}  // namespace purser::test
