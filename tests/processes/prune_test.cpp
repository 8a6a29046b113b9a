// Prune beside workers at full speed: nobody gets an error, nothing is lost, the sums hold.
#include "purser/prune.h"
#include "purser/create.h"
#include "purser/health.h"

#include <sys/mman.h>

#include <atomic>

#include "processes/process_test.h"
#include "purser/xai_verdicts.h"

namespace purser::test {
namespace {

using std::chrono::hours;

class PruneBesideWorkers : public ProcessTest {
 protected:
  static constexpr int kOldGrants = 4'000, kOldCalls = 1'500, kOldVerdicts = 1'500;

  // What a year ago's workers left.
  void make_history() {
    TestClock clock;
    clock.set(std::chrono::floor<Duration>(std::chrono::system_clock::now()) - hours(24 * 365));
    DatabaseOptions old = options();
    old.clock = &clock;
    ASSERT_TRUE(create_database(old, Durability::normal));
    Database database = Database::open(old);
    observe(database, 10'000'000);
    keepa::Ledger ledger(database);
    xai::Quota quota(database);
    xai::Verdicts verdicts(database);
    quota.set_limit(1'000'000);
    for (int i = 0; i < kOldGrants; ++i) {
      ledger.settle(acquire(ledger, "backfiller", 3).value(), {.consumed = tokens(2)});
    }
    for (int i = 0; i < kOldCalls; ++i) {
      ASSERT_TRUE(std::holds_alternative<xai::UnitGranted>(quota.acquire()));
    }
    for (int i = 0; i < kOldVerdicts; ++i) verdicts.put(book(i), true);
  }
  static xai::Question book(int number) {
    return {.title = "Book " + std::to_string(number), .category = "Books", .season = "Sep", .price = {4990}};
  }

  // Until it is told to end: one round of everything after the other.
  int work(int number, Pipe& told, const std::atomic<bool>& over) const {
    Database database = open();
    keepa::Ledger ledger(database);
    xai::Verdicts verdicts(database);
    told.write_line("ready");
    for (int round = 0; !over.load(); ++round) {
      auto reservation = acquire(ledger, "backfiller", 3);
      if (!reservation || !ledger.settle(*reservation, {.consumed = tokens(2)}).settled) return 1;
      auto claim = verdicts.claim(book(1'000'000 + 1000 * number + round));
      auto* claimed = std::get_if<xai::Claimed>(&claim);
      if (claimed == nullptr || !verdicts.answer(claimed->flight, false)) return 2;
      if (round == 0) told.write_line("at work");
    }
    return 0;
  }
};

TEST_F(PruneBesideWorkers, NobodyGetsAnErrorAndTheSumsHold) {
  constexpr int kWorkers = 6;
  make_history();
  void* shared =
      mmap(nullptr, sizeof(std::atomic<bool>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  auto& over = *new (shared) std::atomic<bool>(false);
  Pipe told;
  std::vector<Child> workers;
  workers.reserve(kWorkers);
  for (int i = 0; i < kWorkers; ++i) workers.emplace_back([&, i] { return work(i, told, over); });
  for (int i = 0; i < 2 * kWorkers; ++i) ASSERT_TRUE(told.read_line());

  PruneReport report;
  int steps = 0;
  {
    Database database = open();
    keepa::Ledger ledger(database);
    report =
        prune(database,
              {.ledger_older_than = hours(25), .days_older_than = hours(25), .cache_older_than = hours(25)},
              [&](std::int64_t, std::int64_t) {
                if (++steps % 10 == 0) {
                  EXPECT_TRUE(all_add_up(ledger.verify()));
                }
              });
  }
  over.store(true);
  for (Child& worker : workers) EXPECT_EQ(worker.wait(), 0) << "an Error reached a worker";
  munmap(shared, sizeof(std::atomic<bool>));

  EXPECT_EQ(report.ledger_entries, 2 * kOldGrants + 1);
  EXPECT_EQ(report.reservations, kOldGrants);
  EXPECT_EQ(report.units, kOldCalls);
  EXPECT_EQ(report.verdicts, kOldVerdicts);
  EXPECT_GE(steps, 20);
  for (const Check& check : verify(options()).checks) EXPECT_TRUE(check.passed) << check.detail;
}

// Two operators, one file.
TEST_F(PruneBesideWorkers, TwoAtOnceRemoveItOnce) {
  make_history();
  StartLine start;
  Pipe results;
  std::vector<Child> pruners;
  for (Duration age : {hours(25), hours(24 * 30)}) {
    pruners.emplace_back([&, age] {
      Database database = open();
      start.wait_in_child();
      auto report =
          prune(database, {.ledger_older_than = age, .days_older_than = age, .cache_older_than = age});
      results.write_line(std::to_string(report.rows()));
      return 0;
    });
  }
  start.go();
  for (Child& pruner : pruners) EXPECT_EQ(pruner.wait(), 0);
  results.close_write();
  std::int64_t rows = 0;
  while (auto line = results.read_line()) rows += std::stoll(*line);
  // The calls are of the day on which the quota stands still.
  EXPECT_EQ(rows, 3 * kOldGrants + 1 + kOldVerdicts);
  for (const Check& check : verify(options()).checks) EXPECT_TRUE(check.passed) << check.detail;
}

}  // namespace
}  // namespace purser::test
