// Maintenance beside a fleet at full speed: the file goes down a schema and up again, is backed up and pruned, while
// eight workers take tokens, settle, and take a unit of xAI's quota. Nothing that a worker was told is lost,
// the sums hold, nobody is stuck, and what reaches a worker is one of the errors that tell him to open the
// file again.
#include <sys/mman.h>

#include <atomic>
#include <sstream>
#include <thread>

#include "processes/process_test.h"
#include "purser/backup.h"
#include "purser/create.h"
#include "purser/health.h"
#include "purser/migrate.h"
#include "purser/prune.h"
#include "purser/xai_quota.h"

namespace purser::test {
namespace {

using namespace std::chrono_literals;

// What the processes share: when to end, and how often each has been served.
struct Shared {
  static constexpr int kWorkers = 8;
  std::atomic<bool> end{false};
  std::atomic<int> served[kWorkers] = {};
};

class Upkeep : public ProcessTest {
 protected:
  static constexpr std::int64_t kBalance = 100'000'000;

  void SetUp() override {
    void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    shared_ = new (memory) Shared;
  }
  void TearDown() override { munmap(shared_, sizeof(Shared)); }

  // What three days ago moved, for the prune to take away.
  void fill_with_old_movements(int movements) {
    TestClock then;
    then.set(system_clock().now() - 72h);
    DatabaseOptions past = options();
    past.clock = &then;
    ASSERT_TRUE(create_database(past));
    Database database = Database::open(past);
    observe(database, kBalance);
    keepa::Ledger ledger(database);
    for (int i = 0; i < movements; ++i) {
      ledger.settle(acquire(ledger, "backfiller", 2).value(), {.consumed = tokens(1)});
    }
    old_consumed_ = movements;
    xai::Quota(database).set_limit(1'000'000);
  }

  // Opens the file as often as it takes: an older schema is somebody's upgrade, in its middle.
  std::optional<Database> reopened() const {
    while (!shared_->end) {
      try {
        return open();
      } catch (const Error& fault) {
        if (fault.code() != ErrorCode::schema_older) throw;
      }
    }
    return std::nullopt;
  }

  // A call at a time until the end. What he was told goes to the parent.
  int work(int number, Pipe& told) const {
    std::optional<Database> database = reopened();
    std::int64_t consumed = 0, units = 0;
    std::optional<std::string> held;
    while (!shared_->end && database) {
      try {
        keepa::Ledger ledger(*database);
        if (!held) held = acquire(ledger, "backfiller", 2).value();
        if (!ledger.settle(*held, {.consumed = tokens(1)}).settled) return 2;  // nobody else had it
        held.reset();
        ++consumed;
        if (std::holds_alternative<xai::UnitGranted>(xai::Quota(*database).acquire())) ++units;
        ++shared_->served[number];
      } catch (const Error& fault) {
        if (fault.code() != ErrorCode::schema_changed) throw;
        database = reopened();
      }
    }
    std::ostringstream sums;
    sums << consumed << ' ' << units << ' ' << (held ? 1 : 0);
    told.write_line(sums.str());
    return 0;
  }

  // Until every worker has been served again: nobody is stuck.
  void let_all_work() const {
    for (std::atomic<int>& served : shared_->served) {
      const int before = served;
      while (served < before + 3) std::this_thread::yield();
    }
  }

  Shared* shared_ = nullptr;
  std::int64_t old_consumed_ = 0;
};

TEST_F(Upkeep, BesideAFleetAtFullSpeed) {
  constexpr int kRounds = 5, kOld = 1'500;
  fill_with_old_movements(kOld);
  Pipe told;
  std::vector<Child> workers;
  for (int i = 0; i < Shared::kWorkers; ++i) {
    workers.emplace_back([this, i, &told] { return work(i, told); });
  }
  let_all_work();
  std::int64_t pruned = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto copy = folder_.file("copy-" + std::to_string(round));
    backup(options(), copy);
    DatabaseOptions of_copy = options();
    of_copy.path = copy;
    EXPECT_TRUE(verify(of_copy).passed()) << copy;

    Migrated down = migrate_down(options(), {});
    EXPECT_EQ(down.schema_version, down.from_version - 1);
    EXPECT_EQ(migrate_up(options()).size(), 1U);
    let_all_work();

    Database database = open();
    pruned += prune(database, {.ledger_older_than = 71h + std::chrono::minutes(round)}).ledger_entries;
    let_all_work();
    EXPECT_TRUE(all_add_up(keepa::Ledger(database).verify()));
  }
  shared_->end = true;
  for (Child& worker : workers) EXPECT_EQ(worker.wait(), 0) << "an error that says nothing of reopening";

  told.close_write();
  std::int64_t consumed = 0, units = 0, held = 0;
  while (auto line = told.read_line()) {
    std::int64_t his_consumed = 0, his_units = 0, his_held = 0;
    std::istringstream(*line) >> his_consumed >> his_units >> his_held;
    consumed += his_consumed;
    units += his_units;
    held += his_held;
  }
  Database database = open();
  const auto state = keepa::Ledger(database).status().state;
  EXPECT_EQ(state.balance, tokens(kBalance - old_consumed_ - consumed));
  EXPECT_EQ(state.held, tokens(2 * held));
  std::int64_t counted = 0;  // midnight may have come between
  for (const xai::Day& day : xai::Quota(database).days(5)) counted += day.calls;
  EXPECT_EQ(counted, units);
  EXPECT_GE(pruned, 2 * kOld - 1) << "a hold and a settle each; the last entry is the carried one";
  EXPECT_TRUE(verify(options()).passed());
}

}  // namespace
}  // namespace purser::test
