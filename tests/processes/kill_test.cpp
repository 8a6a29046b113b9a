// kill -9 at any moment: the database opens, its sums hold, and what a caller was told is there.
#include <map>
#include <random>

#include "processes/process_test.h"

namespace purser::test {
namespace {

class KillNine : public ProcessTest {
 protected:
  // Takes tokens and gives them back for ever, and tells of each answer right after it got it.
  int work(Pipe& told) const {
    Database database = open();
    keepa::Ledger ledger(database);
    for (int i = 0;; ++i) {
      const std::string reservation = acquire(ledger, "backfiller", 3).value();
      told.write_line("hold " + reservation);
      if (i % 3 == 0) continue;  // left to expire
      if (i % 3 == 1) {
        ledger.release(reservation);
        told.write_line("release " + reservation);
      } else {
        ledger.settle(reservation, {.consumed = tokens(1)});
        told.write_line("settle " + reservation);
      }
    }
  }

  std::map<std::string, int> ledger_rows() const {
    std::map<std::string, int> rows;
    Database database = open();
    for (const auto& entry : keepa::Ledger(database).entries(10'000'000)) {
      if (entry.reservation) ++rows[entry.kind + " " + *entry.reservation];
    }
    return rows;
  }
};

TEST_F(KillNine, LosesNothingThatACallerWasTold) {
  constexpr int kWorkers = 4, kKills = 60;
  make_database(100'000'000);
  Pipe told;
  std::vector<std::string> all_told;
  std::vector<Child> workers;
  workers.reserve(kWorkers);
  std::mt19937 random(4711);
  for (int i = 0; i < kWorkers; ++i) workers.emplace_back([&] { return work(told); });
  for (int kill = 0; kill < kKills; ++kill) {
    // After so many answers, wherever the victim then is.
    for (auto answers = 1 + random() % 40; answers > 0; --answers)
      all_told.push_back(told.read_line().value());
    Child& victim = workers[random() % workers.size()];
    victim.kill();
    victim = Child([&] { return work(told); });
  }
  workers.clear();  // kills the last ones too
  told.close_write();
  while (auto line = told.read_line()) all_told.push_back(*line);

  {
    Database database = open();
    keepa::Ledger ledger(database);
    EXPECT_TRUE(all_add_up(ledger.verify()));
    EXPECT_TRUE(acquire(ledger, "backfiller", 3));
  }
  const auto rows = ledger_rows();
  EXPECT_GT(all_told.size(), 100U);
  for (const std::string& line : all_told) {
    const auto found = rows.find(line);
    ASSERT_TRUE(found != rows.end()) << "told, and lost: " << line;
    ASSERT_EQ(found->second, 1) << line;
  }
}

}  // namespace
}  // namespace purser::test
