// Durable group sync over processes, on a disk that forgets: kill -9 at any instant, and a power cut after
// any answer. What a caller was told is on disk; the others go on; the log stays bounded.
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>

#include "processes/process_test.h"
#include "purser/create.h"
#include "support/durable_work.h"

namespace purser::test {
namespace {

using namespace std::chrono_literals;

class PowerCut : public ProcessTest {
 protected:
  // A wait that never ends must end the test.
  void SetUp() override { alarm(300); }
  void TearDown() override { alarm(0); }

  void make(Durability durability) {
    ASSERT_TRUE(create_database(options(), durability));
    disk_ = std::make_unique<ForgetfulDisk>(options().path);
    Database database = open();
    observe(database, 100'000'000);
  }

  // For ever: takes and ends, by keys that a second worker of the same number repeats, and tells of each
  // answer right after it got it. After some of them it looks at what a power cut would leave.
  int work(Pipe& told, int number, unsigned seed) const {
    std::mt19937 random(seed);
    Database database = open();
    keepa::Ledger ledger(database);
    Told all;
    auto tell = [&](const std::string& line, std::uint64_t written_before) {
      if (database.durability() == Durability::full && disk_->durable() < written_before) {
        told.write_line("fault answered, and not on disk: " + line);
        return false;
      }
      all.insert(line);
      told.write_line(line);
      if (random() % 60 != 0) return true;
      auto loss = random() % 2 == 0 ? Loss::all : Loss::some;
      bool is_kept = database.durability() == Durability::full;
      auto fault = fault_after_power_cut(*disk_, options(), is_kept ? all : Told{}, loss,
                                         static_cast<unsigned>(random()));
      if (!fault.empty()) told.write_line("fault after a power cut: " + fault);
      return fault.empty();
    };
    for (int i = 0;; ++i) {
      std::uint64_t before = disk_->written();
      // The same key again and again: of a dead worker too, whose answer nobody got.
      std::string key = i % 2 == 0 ? std::to_string(number) + "-" + std::to_string(random() % 200) : "";
      auto outcome = ledger.acquire({.task = "backfiller", .cost = tokens(3), .idempotency_key = key});
      std::string reservation = std::get<keepa::Granted>(outcome).reservation;
      if (!tell("hold " + reservation, before)) return 1;
      if (i % 2 == 0) continue;
      before = disk_->written();
      ledger.settle(reservation, {.consumed = tokens(1)});
      if (!tell("settle " + reservation, before)) return 1;
    }
  }

  std::uintmax_t log_bytes() const { return std::filesystem::file_size(options().path.string() + "-wal"); }

  static bool is_fault(const std::string& line) { return line.rfind("fault", 0) == 0; }

  // Kills one of the workers again and again, after so many answers or wherever it is in the middle.
  std::vector<std::string> kill_and_go_on(int kills) {
    constexpr int kWorkers = 4;
    std::mt19937 random(4711);
    Pipe told;
    std::vector<std::string> lines;
    std::vector<Child> workers;
    auto start = [&](int number) {
      auto seed = static_cast<unsigned>(random());
      return Child([&, number, seed] {
        kill_yourself_sometimes(seed);
        return work(told, number, seed);
      });
    };
    for (int i = 0; i < kWorkers; ++i) workers.push_back(start(i));
    for (int kill = 0; kill < kills; ++kill) {
      for (auto answers = 1 + random() % 60; answers > 0; --answers) {
        lines.push_back(told.read_line().value());
        if (is_fault(lines.back())) return lines;
      }
      auto victim = random() % kWorkers;
      workers[victim].kill();
      workers[victim] = start(static_cast<int>(victim));
      largest_log_ = std::max(largest_log_, log_bytes());
    }
    workers.clear();
    told.close_write();
    while (auto line = told.read_line()) lines.push_back(*line);
    return lines;
  }

  // At a point that a kill from outside seldom meets. Not at once: others must have something to go on with.
  static void kill_yourself_sometimes(unsigned seed) {
    constexpr std::array kMoments = {Moment::log_write,  Moment::log_sync,  Moment::log_synced,
                                     Moment::main_write, Moment::main_sync, Moment::write_unlocked};
    auto moment = kMoments.at(seed % kMoments.size());
    bool is_rare = moment == Moment::main_write || moment == Moment::main_sync;
    int left = is_rare ? static_cast<int>(seed % 50) : 20 + static_cast<int>(seed % 200);
    ForgetfulDisk::at(moment, [left]() mutable {
      if (left-- == 0) ::kill(getpid(), SIGKILL);
    });
  }

  void expect_all_kept(const std::vector<std::string>& lines) {
    Told told;
    for (const auto& line : lines) {
      ASSERT_FALSE(is_fault(line)) << line;
      told.insert(line);
    }
    EXPECT_GT(told.size(), 200U);
    for (unsigned seed = 0; seed < 3; ++seed) {
      EXPECT_EQ(fault_after_power_cut(*disk_, options(), told, seed == 0 ? Loss::all : Loss::some, seed), "");
    }
  }

  std::unique_ptr<ForgetfulDisk> disk_;
  std::uintmax_t largest_log_ = 0;
};

TEST_F(PowerCut, KeepsWhatWasAnsweredWhoeverIsKilled) {
  make(Durability::full);
  auto lines = kill_and_go_on(50);
  expect_all_kept(lines);
  EXPECT_GT(disk_->main_writes(), 0U) << "no checkpoint";
  EXPECT_EQ(disk_->writes_outside_the_gate(), 0U);
  EXPECT_LE(largest_log_, 4200U * 2072U);
  Database database = open();
  EXPECT_TRUE(all_add_up(keepa::Ledger(database).verify()));
}

TEST_F(PowerCut, LeavesAWholeDatabaseWithNormalToo) {
  make(Durability::normal);
  for (const auto& line : kill_and_go_on(25)) ASSERT_FALSE(is_fault(line)) << line;
  EXPECT_EQ(fault_after_power_cut(*disk_, options(), {}, Loss::all, 0), "");
  EXPECT_EQ(disk_->writes_outside_the_gate(), 0U);
}

// A worker that forks while its connection's checkpoint runs in its thread: both go on.
TEST_F(PowerCut, AForkBesideACheckpointLeavesBothAtWork) {
  make(Durability::full);
  std::atomic<bool> copies{false};
  ForgetfulDisk::at(Moment::main_write, [&] { copies = true; });
  Database database = open();
  keepa::Ledger ledger(database);
  for (int i = 0; i < 8; ++i) {
    copies = false;
    while (!copies) acquire(ledger, "backfiller", 1).value();
    Child child([&] {
      alarm(20);  // of its own
      Database own = Database::open(options(5s));
      keepa::Ledger its(own);
      copies = false;
      for (int grants = 0; !copies && grants < 1000; ++grants) acquire(its, "backfiller", 1).value();
      return copies ? 0 : 1;  // its own checkpoint works too
    });
    ASSERT_EQ(child.wait(), 0) << "fork " << i;
  }
  Told told{"hold " + acquire(ledger, "backfiller", 1).value()};
  EXPECT_EQ(fault_after_power_cut(*disk_, options(), told, Loss::all, 0), "");
}

// Nobody leans on the sync of one who is stopped in the middle of it, nor waits for him for ever.
TEST_F(PowerCut, AStoppedSyncHoldsNobodyUp) {
  make(Durability::full);
  Pipe told;
  Child stopped([&] {
    Database database = open();
    keepa::Ledger ledger(database);
    acquire(ledger, "backfiller", 1);
    ForgetfulDisk::at(Moment::log_sync, [&] {
      told.write_line("stops");
      raise(SIGSTOP);
    });
    return acquire(ledger, "backfiller", 1) ? 0 : 1;
  });
  ASSERT_EQ(told.read_line(), "stops");
  {
    Database database = open();
    keepa::Ledger ledger(database);
    for (int i = 0; i < 5; ++i) {
      std::uint64_t before = disk_->written();
      Told answered{"hold " + acquire(ledger, "backfiller", 1).value()};
      EXPECT_GE(disk_->durable(), before);
      EXPECT_EQ(fault_after_power_cut(*disk_, options(), answered, Loss::all, 0), "");
    }
  }
  ASSERT_EQ(kill(stopped.pid(), SIGCONT), 0);
  EXPECT_EQ(stopped.wait(), 0);
}

}  // namespace
}  // namespace purser::test
