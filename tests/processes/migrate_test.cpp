// Upgrades under load: workers at full speed while the file goes up and down beneath them. None loses a
// grant, sees half a schema or gets stuck; each is told by a typed error, and reopens.
#include <map>
#include <set>

#include "processes/process_test.h"
#include "purser/health.h"
#include "purser/migrate.h"
#include "purser/xai_quota.h"

namespace purser::test {
namespace {

constexpr char kReopens[] = "reopens";
constexpr std::int64_t kBalance = 100'000'000;

class MigrateUnderLoad : public ProcessTest {
 protected:
  // What an upgrade may tell a worker: open it again, now or when it has come up again.
  static bool is_of_an_upgrade(ErrorCode code) {
    return code == ErrorCode::schema_changed || code == ErrorCode::schema_older;
  }

  // Calls `work` with a database until it returns; opens it again as often as an upgrade wants it.
  template <typename Work>
  auto through_upgrades(std::optional<Database>& database, Pipe& told, Work&& work) const {
    for (;;) {
      try {
        if (!database) database.emplace(open());
        return work(*database);
      } catch (const Error& error) {
        if (!is_of_an_upgrade(error.code())) throw;
        if (database) told.write_line(kReopens);
        database.reset();
      }
    }
  }

  // Grants, calls and ends for ever; each is told right after its answer came.
  int work(Pipe& told) const {
    std::optional<Database> database;
    for (int i = 0;; ++i) {
      std::string id = through_upgrades(database, told, [](Database& open_database) {
        keepa::Ledger ledger(open_database);
        return acquire(ledger, "backfiller", 3).value();
      });
      told.write_line("hold " + id);
      if (i % 3 == 0) continue;  // stays open, over as many upgrades as there are
      bool settles = i % 3 == 1;
      // It may have been done when the answer was lost: a second end is told as `false` and changes nothing.
      through_upgrades(database, told, [&](Database& open_database) {
        keepa::Ledger ledger(open_database);
        return settles ? ledger.settle(id, {.consumed = tokens(2)}).settled : ledger.release(id);
      });
      told.write_line((settles ? "settle " : "release ") + id);
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

  void expect_whole() const {
    for (const Check& check : verify(options()).checks) EXPECT_TRUE(check.passed) << check.detail;
  }
};

TEST_F(MigrateUnderLoad, NoGrantIsLostAndEachErrorIsTheTypedOne) {
  constexpr int kWorkers = 8, kRounds = 12;
  make_database(kBalance);
  Pipe told;
  std::vector<std::string> all_told;
  int reopened = 0;
  auto hear = [&](int answers) {
    while (answers > 0) {
      std::string line = told.read_line().value();
      if (line == kReopens) {
        ++reopened;
      } else {
        all_told.push_back(line);
        --answers;
      }
    }
  };
  std::vector<Child> workers;
  workers.reserve(kWorkers);
  for (int i = 0; i < kWorkers; ++i) workers.emplace_back([&] { return work(told); });
  const int newest = migrate_status(options()).known_version;
  for (int round = 0; round < kRounds; ++round) {
    // They are at work in the newest schema again: each round begins and ends under way.
    hear(40);
    int depth = 1 + round % (newest - 1);
    EXPECT_EQ(migrate_down(options(), {.target = newest - depth}).schema_version, newest - depth);
    EXPECT_EQ(migrate_up(options()).size(), static_cast<std::size_t>(depth));
  }
  hear(1000);  // every one of them has been at work since
  EXPECT_GT(reopened, kRounds);
  workers.clear();  // kills them
  told.close_write();
  while (auto line = told.read_line()) {
    if (line != kReopens) all_told.push_back(*line);
  }

  expect_whole();
  const auto rows = ledger_rows();
  for (const std::string& line : all_told) {
    const auto found = rows.find(line);
    ASSERT_TRUE(found != rows.end()) << "told, and lost: " << line;
    ASSERT_EQ(found->second, 1) << line;
  }
}

// A dry run holds workers up and changes nothing: no worker is told anything.
TEST_F(MigrateUnderLoad, ADryRunIsNotNoticed) {
  make_database(kBalance);
  Pipe told;
  Child worker([&] {
    Database database = open();
    keepa::Ledger ledger(database);
    for (int i = 0; i < 400; ++i) {
      const std::string id = acquire(ledger, "backfiller", 3).value();
      ledger.settle(id, {.consumed = tokens(1)});
      told.write_line(id);
    }
    return 0;
  });
  for (int round = 0; round < 8; ++round) {
    EXPECT_TRUE(told.read_line());
    EXPECT_EQ(migrate_down(options(), {.target = 1, .dry_run = true}).schema_version, 1);
  }
  EXPECT_EQ(worker.wait(), 0);
  expect_whole();
  Database database = open();
  keepa::LedgerVerification sums = keepa::Ledger(database).verify();
  EXPECT_TRUE(all_add_up(sums));
}

// Several migrators of several processes: one works at a time, in both directions, and none leaves half a
// way.
TEST_F(MigrateUnderLoad, MigratorsTakeTurns) {
  make_database(kBalance);
  const int newest = migrate_status(options()).known_version;
  std::vector<Child> migrators;
  migrators.reserve(4);
  StartLine start;
  for (int i = 0; i < 4; ++i) {
    migrators.emplace_back([&, i] {
      start.wait_in_child();
      for (int round = 0; round < 10; ++round) {
        if (i % 2 == 0) migrate_up(options());
        if (i % 2 == 1) migrate_down(options(), {.target = newest - 2});
      }
      return 0;
    });
  }
  start.go();
  for (Child& migrator : migrators) EXPECT_EQ(migrator.wait(), 0);
  migrate_up(options());
  expect_whole();
}

}  // namespace
}  // namespace purser::test
