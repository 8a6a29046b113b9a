// A database on a disk that forgets, workers who use all that a ledger can do, and what they were told:
// checked after each answer (all that was written before is on disk), and after a power cut.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "purser/create.h"
#include "purser/keepa.h"
#include "purser/keepa_status.h"
#include "support/foreign_tool.h"
#include "support/forgetful_disk.h"
#include "support/scratch.h"

namespace purser::test {

// "hold R", "release R", "settle R": what must be in the ledger of whoever was answered so.
using Told = std::set<std::string>;

inline Told ledger_rows(Database& database) {
  Told rows;
  for (const auto& entry : keepa::Ledger(database).entries(10'000'000)) {
    if (entry.reservation) rows.insert(entry.kind + " " + *entry.reservation);
  }
  return rows;
}

inline bool sums_match(Database& database) {
  auto sums = keepa::Ledger(database).verify();
  return sums.balance_matches && sums.held_matches;
}

// What a reboot after a power cut would find: whole, and with all that was told. "" where it is so.
inline std::string fault_after_power_cut(const ForgetfulDisk& disk, DatabaseOptions options, const Told& told,
                                         Loss loss, unsigned seed) {
  ScratchFolder folder;
  disk.power_cut(folder.path(), loss, seed);
  options.path = folder.file("purser.db");
  {
    ForeignTool tool(options.path);
    std::string verdict = tool.text("PRAGMA integrity_check");
    if (verdict != "ok") return "integrity_check: " + verdict;
  }
  Database database = Database::open(options);
  if (!sums_match(database)) return "the sums do not match";
  Told rows = ledger_rows(database);
  for (const auto& line : told) {
    if (rows.count(line) == 0) return "told, and lost: " + line;
  }
  return {};
}

class DurableWorkTest : public DatabaseTest {
 protected:
  static constexpr std::int64_t kBalance = 100'000'000;

  explicit DurableWorkTest(Durability durability = Durability::full) {
    if (durability != Durability::full) {
      std::filesystem::remove(folder_.file("purser.db"));
      create_database(options(), durability);
    }
    disk_ = std::make_unique<ForgetfulDisk>(folder_.file("purser.db"));
    observe(kBalance);
  }

  // A wait that never ends must end the test, and say so.
  void SetUp() override {
    signal(SIGALRM, [](int) {
      constexpr char kWords[] =
          "a wait did not end in 300 s: somebody waits for a sync, or at the gate, and nobody comes\n";
      static_cast<void>(!write(STDERR_FILENO, kWords, sizeof kWords - 1));
      _exit(1);
    });
    alarm(300);
  }
  void TearDown() override {
    alarm(0);
    EXPECT_EQ(disk_->writes_outside_the_gate(), 0U);
  }

  void observe(std::int64_t balance) {
    Database database = open();
    observe(database, balance);
  }
  static void observe(Database& database, std::int64_t balance) {
    keepa::Observation observation;
    observation.tokens_left = tokens(balance);
    observation.refill_rate = tokens(0);
    keepa::Ledger(database).observe(observation);
  }

  // What was granted; throws where it was not.
  static keepa::Granted acquire(Database& database, std::int64_t cost, const std::string& key = {}) {
    keepa::Ledger ledger(database);
    auto outcome = ledger.acquire({.task = "backfiller", .cost = tokens(cost), .idempotency_key = key});
    return std::get<keepa::Granted>(outcome);
  }

  void expect_kept(const Told& told, Loss loss, unsigned seed = 0) {
    EXPECT_EQ(fault_after_power_cut(*disk_, options(), told, loss, seed), "");
  }

  // One thread's. After each answer, all that anybody had written before he asked must be on disk.
  class Worker {
   public:
    Worker(DurableWorkTest& test, int number)
        : test_(test), name_(std::to_string(number)), database_(test.open(name_)), ledger_(database_) {}

    // Nothing more once something was found.
    void work(std::mt19937& random) {
      if (::testing::Test::HasFailure()) return;
      std::string key = random() % 4 == 0 ? name_ + "-" + std::to_string(++keys_) : "";
      std::string reservation;
      answered([&] { reservation = acquire(database_, 3, key).reservation; });
      told_.insert("hold " + reservation);
      if (!key.empty()) {
        answered([&] { EXPECT_EQ(acquire(database_, 3, key).reservation, reservation); });
      }
      end(reservation, random() % 4);
    }
    const Told& told() const { return told_; }

   private:
    void end(const std::string& reservation, unsigned way) {
      if (way == 0) return;  // left to expire
      if (way == 1) {
        answered([&] { ledger_.release(reservation); });
        told_.insert("release " + reservation);
        return;
      }
      if (way == 2) answered([&] { observe(database_, kBalance); });
      answered([&] { ledger_.settle(reservation, {.consumed = tokens(1)}); });
      told_.insert("settle " + reservation);
    }

    template <typename Call>
    void answered(Call&& call) {
      std::uint64_t written_before = test_.disk_->written();
      call();
      std::uint64_t durable = test_.disk_->durable();
      ++test_.answers_;
      EXPECT_GE(durable, written_before) << "answered, and what it may have read is not on disk";
      EXPECT_GE(durable, ForgetfulDisk::last_write_of_this_thread()) << "answered, and not on disk";
    }

    DurableWorkTest& test_;
    std::string name_;
    Database database_;
    keepa::Ledger ledger_;
    Told told_;
    int keys_ = 0;
  };

  std::unique_ptr<ForgetfulDisk> disk_;
  std::atomic<std::uint64_t> answers_{0};
};

}  // namespace purser::test
