// Durable group sync on a disk that forgets: what was answered is there after a power cut, whoever synced it,
// whoever was killed, whatever the shared page holds; and a sync that fails is told to all who needed it.
#include "store/durability/group_sync.h"
#include "store/sqlite/sqlite_connection.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <limits>
#include <random>
#include <thread>

#include "purser/keepa_status.h"
#include "store/connection.h"
#include "store/durability/disk_mark.h"
#include "store/transaction.h"
#include "support/durable_work.h"
#include "support/forgetful_disk.h"
#include "support/forked.h"

namespace purser::store {
namespace {

using test::error_of;
using test::ForgetfulDisk;
using test::Forked;
using test::Loss;
using test::Moment;
using test::Told;

class Lines final : public LogSink {
 public:
  void line(LogLevel, std::string_view text) override { all += std::string(text) + "\n"; }
  std::string all;
};

class GroupSyncTest : public test::DurableWorkTest {
 protected:
  // The connection's view of the page, as its last pass through the gate left it.
  static SharedPage& page_of(Database& database) { return sqlite_connection(database).gate().page(); }

  // Ends a wait for something that must come. A wait that never ends must end the test.
  static void wait_until(const std::function<bool()>& condition) {
    while (!condition()) std::this_thread::yield();
  }

  std::filesystem::path gate_file() const { return folder_.file("purser.db-gate"); }

  // As it is now, for who does not pass the gate.
  std::uint64_t commits() const {
    alignas(SharedPage) std::array<unsigned char, sizeof(SharedPage)> bytes{};
    int file = ::open(gate_file().c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(pread(file, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    close(file);
    return reinterpret_cast<const SharedPage*>(bytes.data())->committed;
  }
};

// --- What is answered is on disk ---------------------------------------------------------------------------

TEST_F(GroupSyncTest, EveryAnswerIsOnDisk) {
  constexpr int kThreads = 4, kRounds = 120;
  std::vector<std::thread> threads;
  std::atomic<int> cuts{0};
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      std::mt19937 random(static_cast<unsigned>(i));
      Worker worker(*this, i);
      for (int round = 0; round < kRounds; ++round) {
        worker.work(random);
        if (random() % 30 != 0) continue;
        auto loss = random() % 2 == 0 ? Loss::all : Loss::some;
        expect_kept(worker.told(), loss, static_cast<unsigned>(random()));
        ++cuts;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_GT(cuts, 0);
  EXPECT_GT(disk_->main_writes(), 0U) << "no checkpoint: the log was never begun anew";
  EXPECT_LT(disk_->log_syncs(), answers_) << "nobody shared a sync";
}

// A commit that another one read, but for which no sync has ended, must not be the ground of an answer.
TEST_F(GroupSyncTest, AReplayAndARefusalWaitForWhatTheyRead) {
  observe(52);  // of which 3 go: what is left lets nobody in
  disk_->hold_syncs();
  std::optional<std::string> first, again;
  bool refused = false;
  std::uint64_t written = 0;
  std::atomic<int> answers{0};
  std::thread owner([&] {
    Database database = open();
    first = acquire(database, 3, "key").reservation;
    ++answers;
  });
  wait_until([&] { return disk_->held_syncs() == 1; });
  written = disk_->written();
  std::thread replayer([&] {
    Database database = open();
    again = acquire(database, 3, "key").reservation;
    EXPECT_GE(disk_->durable(), written);
    ++answers;
  });
  std::thread loser([&] {
    Database database = open();
    keepa::Ledger ledger(database);
    auto outcome = ledger.acquire({.task = "backfiller", .cost = tokens(5)});
    refused = !std::holds_alternative<keepa::Granted>(outcome);
    EXPECT_GE(disk_->durable(), written);
    ++answers;
  });
  // They wait for him who syncs, think him dead at last, and sync themselves: held too.
  wait_until([&] { return disk_->held_syncs() >= 2; });
  EXPECT_EQ(answers, 0);
  disk_->let_syncs_go();
  owner.join();
  replayer.join();
  loser.join();
  EXPECT_EQ(first, again);
  EXPECT_TRUE(refused);
}

// --- Whoever is killed -------------------------------------------------------------------------------------

// At each point of a grant: the next who reads what the dead man left makes it durable before he answers.
TEST_F(GroupSyncTest, WhatAKilledWriterLeftIsSyncedByWhoeverReadsIt) {
  for (Moment moment : {Moment::log_write, Moment::log_sync, Moment::log_synced, Moment::write_unlocked}) {
    for (int skipped = 0; skipped < (moment == Moment::log_write ? 12 : 1); ++skipped) {
      std::string key = std::to_string(static_cast<int>(moment)) + "-" + std::to_string(skipped);
      Forked victim([&] {
        Database database = open();
        acquire(database, 1, "before " + key);
        int left = skipped;
        ForgetfulDisk::at(moment, [&left] {
          if (left-- == 0) ::kill(getpid(), SIGKILL);
        });
        acquire(database, 1, key);
        return 0;
      });
      victim.wait();
      Database database = open();
      Told told{"hold " + acquire(database, 1, key).reservation};
      EXPECT_GE(disk_->durable(), disk_->written()) << key;
      expect_kept(told, Loss::all);
      expect_kept(told, Loss::some, static_cast<unsigned>(skipped));
    }
  }
}

// --- Whatever the page holds -------------------------------------------------------------------------------

constexpr std::size_t kPageBytes = 4096;
using PageBytes = std::array<unsigned char, kPageBytes>;

struct Nonsense {
  const char* name;
  std::function<void(PageBytes&)> make;
};

template <typename Change>
auto changed(Change change) {
  return [change](PageBytes& bytes) { change(*reinterpret_cast<SharedPage*>(bytes.data())); };
}

std::vector<Nonsense> all_nonsense() {
  constexpr auto kHour = std::int64_t{3600} * 1'000'000'000;
  auto claims = [](std::int64_t at) {
    return changed([at](SharedPage& page) {
      page.watched_since = at;
      page.hungry_since = at;
      page.syncing_since = at;
      page.checkpointing_since = at;
      page.occupied = 1;
      page.slept_since = at;
      page.sleepers = 1000;
    });
  };
  auto counters = [](std::uint64_t committed, std::uint64_t synced) {
    return changed([=](SharedPage& page) {
      page.committed = committed;
      page.begun = committed;
      page.synced = synced;
    });
  };
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  constexpr auto kMuch = std::uint64_t{1} << 62;
  std::vector<Nonsense> all = {
      {"zeros", [](PageBytes& bytes) { bytes.fill(0); }},
      {"ones", [](PageBytes& bytes) { bytes.fill(0xFF); }},
      {"another layout", changed([](SharedPage& page) { page.layout = 7; })},
      {"claims of the past", claims(1)},
      {"claims of the future", claims(claim_time() + kHour * 1000)},
      {"claims of now", claims(claim_time())},
      {"claims below zero", claims(std::numeric_limits<std::int64_t>::min())},
      {"synced ahead", counters(10, 1'000'000)},
      {"synced ahead of all", counters(10, kMost)},
      {"synced and committed alike", counters(1'000'000, 1'000'000)},
      {"counters near the end of sense", counters(kMuch - 2, kMuch - 2)},
      {"counters beyond sense", counters(kMuch, kMuch)},
      {"counters near their end", counters(kMost - 1, kMost - 1)},
      {"counters at their end", counters(kMost, kMost)},
      {"begun far ahead", changed([](SharedPage& page) { page.begun = page.committed + 1000; })},
      {"another log", changed([](SharedPage& page) { ++page.log_number; })},
      {"checkpoints that failed", changed([](SharedPage& page) { page.checkpoints_failed = 7; })},
      {"a failed sync", changed([](SharedPage& page) { page.failed = 1; })},
      {"a checkpoint far off", changed([](SharedPage& page) { page.checkpoint_at = 0xFFFFFFFFU; })},
  };
  for (unsigned seed = 0; seed < 6; ++seed) {
    bool keeps_layout = seed % 2 == 0;
    all.push_back({keeps_layout ? "random, of this layout" : "random", [=](PageBytes& bytes) {
                     std::mt19937 random(seed);
                     for (auto& byte : bytes) byte = static_cast<unsigned char>(random());
                     auto& page = *reinterpret_cast<SharedPage*>(bytes.data());
                     if (keeps_layout) page.layout = SharedPage::kLayout;
                   }});
  }
  return all;
}

class PageTest : public GroupSyncTest {
 protected:
  void change_page(const Nonsense& nonsense) const {
    int file = ::open(gate_file().c_str(), O_RDWR | O_CLOEXEC);
    alignas(SharedPage) PageBytes bytes{};
    ASSERT_GE(pread(file, bytes.data(), bytes.size(), 0), 0);
    nonsense.make(bytes);
    ASSERT_EQ(pwrite(file, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    close(file);
  }

  // A few threads side by side, each answer looked at.
  void work_a_little(int rounds = 3, const char* after = "") {
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&, i] {
        SCOPED_TRACE(after);
        std::mt19937 random(static_cast<unsigned>(i));
        Worker worker(*this, i);
        for (int round = 0; round < rounds; ++round) worker.work(random);
        if (i == 0) expect_kept(worker.told(), Loss::all);
      });
    }
    for (auto& thread : threads) thread.join();
  }
};

TEST_F(PageTest, NonsenseAtRestChangesNoAnswer) {
  for (const auto& nonsense : all_nonsense()) {
    SCOPED_TRACE(nonsense.name);
    change_page(nonsense);
    work_a_little(3, nonsense.name);
  }
}

TEST_F(PageTest, NonsenseBetweenTwoCallsChangesNoAnswer) {
  Worker first(*this, 11), second(*this, 12);
  std::mt19937 random(1);
  for (const auto& nonsense : all_nonsense()) {
    SCOPED_TRACE(nonsense.name);
    first.work(random);
    change_page(nonsense);
    second.work(random);
    first.work(random);
    work_a_little(1, nonsense.name);
  }
  expect_kept(first.told(), Loss::all);
  expect_kept(second.told(), Loss::all);
}

TEST_F(PageTest, AGateFileOfAnySize) {
  // An older version's is empty.
  for (off_t size : {0, 1, 100, 4095, 4096, 9000}) {
    SCOPED_TRACE(size);
    ASSERT_EQ(truncate(gate_file().c_str(), size), 0);
    work_a_little();
  }
}

TEST_F(PageTest, AGateFileThatIsRemovedInUse) {
  Worker first(*this, 11), second(*this, 12);
  std::mt19937 random(1);
  for (int round = 0; round < 6; ++round) {
    first.work(random);
    if (round % 2 == 0) std::filesystem::remove(gate_file());
    second.work(random);
    work_a_little(2);
  }
  expect_kept(first.told(), Loss::all);
  expect_kept(second.told(), Loss::all);
}

TEST_F(PageTest, WithoutRoomForItNothingIsGranted) {
  ASSERT_EQ(truncate(gate_file().c_str(), 0), 0);
  disk_->refuse_room(true);
  {
    Database database = open();
    EXPECT_PURSER_ERROR(ErrorCode::disk_full, acquire(database, 1));
    disk_->refuse_room(false);
    Told told{"hold " + acquire(database, 1).reservation};
    expect_kept(told, Loss::all);
  }
  work_a_little();
}

// --- A log that is replaced --------------------------------------------------------------------------------

TEST_F(GroupSyncTest, AForeignShellThatTakesTheLogAway) {
  Told told;
  for (int round = 0; round < 3; ++round) {
    {
      Database database = open();
      told.insert("hold " + acquire(database, 1).reservation);
    }
    ASSERT_TRUE(std::filesystem::exists(folder_.file("purser.db-wal")));
    Forked shell([&] {
      std::string path = folder_.file("purser.db").string();
      execlp("sqlite3", "sqlite3", path.c_str(), "SELECT id FROM keepa_account WHERE id < 0", nullptr);
      return 127;
    });
    ASSERT_EQ(shell.wait(), 0);
    ASSERT_FALSE(std::filesystem::exists(folder_.file("purser.db-wal")));
    disk_->look_again();
    Database first = open();
    Database second = open();
    told.insert("hold " + acquire(first, 1).reservation);
    expect_kept(told, Loss::all);
    told.insert("hold " + acquire(second, 1).reservation);
    expect_kept(told, Loss::all);
  }
}

// What was written since is in a file that nobody will find: that is told, and nothing is called granted.
TEST_F(GroupSyncTest, ALogThatIsRemovedInUseIsNoticed) {
  Database first = open();
  Database second = open();
  acquire(first, 1);
  acquire(second, 1);
  std::filesystem::remove(folder_.file("purser.db-wal"));
  for (int round = 0; round < 3; ++round) {
    for (Database* database : {&first, &second}) {
      EXPECT_PURSER_ERROR(ErrorCode::file_replaced, acquire(*database, 1));
    }
  }
}

// --- A sync that fails -------------------------------------------------------------------------------------

class FailingSync : public GroupSyncTest {
 protected:
  int open_holds() {
    Database database = open();
    return static_cast<int>(keepa::Ledger(database).status().reservations.size());
  }
  void expect_all_well(int holds) {
    EXPECT_EQ(open_holds(), holds);
    Database database = open();
    Told told{"hold " + acquire(database, 1).reservation};
    EXPECT_EQ(page_of(database).failed, 0U);
    expect_kept(told, Loss::all);
    EXPECT_TRUE(test::sums_match(database));
  }
};

TEST_F(FailingSync, IsToldToAllWhoDependedOnIt) {
  constexpr int kThreads = 5;
  disk_->hold_syncs();
  std::vector<std::thread> threads;
  std::atomic<int> told{0}, others{0};
  std::uint64_t before = commits();
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      Database database = open();
      auto code = error_of([&] { acquire(database, 1); });
      ++(code == ErrorCode::io_error ? told : others);
    });
  }
  // All have committed; at least one is in a sync, the others wait for it or have begun their own.
  wait_until([&] { return commits() >= before + kThreads && disk_->held_syncs() > 0; });
  disk_->fail_log_syncs(ForgetfulDisk::kForEver);
  disk_->let_syncs_go();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(told, kThreads);
  EXPECT_EQ(others, 0);
  disk_->fail_log_syncs(0);
  expect_all_well(kThreads);
}

// The kernel may tell only one of two whose syncs overlap; the other must not call it durable.
TEST_F(FailingSync, IsNotHiddenByAnotherThatEndsWell) {
  disk_->hold_syncs();
  std::atomic<int> told{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      Database database = open();
      std::string reservation;
      auto code = error_of([&] { reservation = acquire(database, 1).reservation; });
      if (code == ErrorCode::io_error) ++told;
      if (!code) expect_kept({"hold " + reservation}, Loss::all);
    });
    wait_until([&] { return disk_->held_syncs() == i + 1; });
  }
  disk_->fail_log_syncs(1);
  disk_->let_syncs_go();
  for (auto& thread : threads) thread.join();
  EXPECT_GE(told, 1);
  expect_all_well(2);
}

TEST_F(FailingSync, NothingIsGrantedUntilTheDiskHasTakenTheLog) {
  Lines log;
  auto with_log = options();
  with_log.log = &log;
  Database first = Database::open(with_log);
  Database second = open();
  acquire(first, 1);
  acquire(second, 1);
  disk_->fail_log_syncs(ForgetfulDisk::kForEver);
  EXPECT_PURSER_ERROR(ErrorCode::io_error, acquire(first, 2));
  for (int i = 0; i < 3; ++i) {
    EXPECT_PURSER_ERROR(ErrorCode::io_error, acquire(second, 4));
    EXPECT_PURSER_ERROR(ErrorCode::io_error, acquire(first, 4));
  }
  EXPECT_EQ(open_holds(), 3) << "the commit whose sync failed is stored, and nothing after it";
  disk_->fail_log_syncs(4);  // each looks twice
  EXPECT_PURSER_ERROR(ErrorCode::io_error, acquire(second, 4));
  EXPECT_PURSER_ERROR(ErrorCode::io_error, acquire(first, 4));
  Told told{"hold " + acquire(first, 1).reservation};
  EXPECT_NE(log.all.find("had failed"), std::string::npos) << log.all;
  expect_kept(told, Loss::all);
  expect_all_well(4);
}

// A grant whose answer was an error holds its tokens until it expires: as spent, since it may have been used.
TEST_F(FailingSync, WhatWasCommittedExpiresAsSpent) {
  Database database = open();
  acquire(database, 1);
  disk_->fail_log_syncs(1);
  EXPECT_PURSER_ERROR(ErrorCode::io_error, acquire(database, 77));
  clock_.advance(keepa::kDefaultLifetime + std::chrono::seconds(1));
  Told told{"hold " + acquire(database, 1).reservation};
  auto state = keepa::Ledger(database).status().state;
  EXPECT_EQ(state.balance, tokens(kBalance - 78));
  EXPECT_EQ(state.held, tokens(1));
  expect_kept(told, Loss::all);
}

TEST_F(FailingSync, OfAReleaseIsToldAndTheReleaseIsStored) {
  Database database = open();
  std::string reservation = acquire(database, 9).reservation;
  disk_->fail_log_syncs(1);
  keepa::Ledger ledger(database);
  EXPECT_PURSER_ERROR(ErrorCode::io_error, ledger.release(reservation));
  EXPECT_FALSE(ledger.release(reservation)) << "it had ended";
  expect_all_well(0);
}

// --- A disk that failed and came back ----------------------------------------------------------------------

class FailedDisk : public FailingSync {
 protected:
  static DiskMark mark_of(Database& database) { return disk_mark(page_of(database)); }

  void grant(Database& database, Told& told, int times = 6) {
    for (int i = 0; i < times; ++i) told.insert("hold " + acquire(database, 1).reservation);
  }
  // Of pages that no commit before it had touched: what is left of it cannot hide behind them.
  void fail_a_large_commit(Database& database) {
    disk_->fail_log_syncs(1);
    auto store = [&] {
      Transaction change(database.connection());
      for (int i = 0; i < 60; ++i) store_long_row(change);
      change.commit();
    };
    EXPECT_PURSER_ERROR(ErrorCode::io_error, store());
    EXPECT_EQ(mark_of(database), DiskMark::failed);
  }
  void store_long_row(Transaction& change) {
    change.run("INSERT INTO keepa_unknown_task (account_id, task, first_seen_at_ms) VALUES (1, ?1, 0)",
               std::to_string(++rows_) + std::string(2048, 'x'));
  }
  // The log begins in blocks that the file system has to find.
  void empty_the_log() const {
    WriteGate gate(folder_.file("purser.db"));
    gate.lock(std::chrono::minutes(1));
    test::ForeignTool tool(folder_.file("purser.db"));
    EXPECT_EQ(tool.number("PRAGMA wal_checkpoint(TRUNCATE)"), 0);
  }
  // What the kernel does with a page that it could not write and needs the room of.
  void drop_last_frame() const {
    auto log = folder_.file("purser.db-wal");
    std::array<char, 100> zeros{};
    int file = ::open(log.c_str(), O_WRONLY | O_CLOEXEC);
    auto at = static_cast<off_t>(std::filesystem::file_size(log) - zeros.size());
    EXPECT_EQ(pwrite(file, zeros.data(), zeros.size(), at), static_cast<ssize_t>(zeros.size()));
    close(file);
  }
  void expect_words(Database& database, const std::string& words) {
    auto said = test::message_of([&] { acquire(database, 1); });
    EXPECT_NE(said.find(words), std::string::npos) << said;
  }

  int rows_ = 0;
};

TEST_F(FailedDisk, BlocksOfTheLogThatItNeverTookAreGivenUp) {
  Database database = open();
  Told told;
  for (int round = 0; round < 3; ++round) {
    empty_the_log();
    grant(database, told, 3);
    fail_a_large_commit(database);
    sqlite_connection(database).enter_gate();
    sqlite_connection(database).leave_gate();
    expect_kept(told, Loss::all);  // who was still waiting is answered now
    grant(database, told);
    EXPECT_EQ(mark_of(database), DiskMark::well);
    expect_kept(told, Loss::all);
    expect_kept(told, Loss::some, static_cast<unsigned>(round));
    // Not in the next log either.
    sqlite_connection(database).checkpoint_under_gate();
    grant(database, told);
    expect_kept(told, Loss::all);
  }
}

TEST_F(FailedDisk, ASyncThatFailsInTheCommitItselfIsNoted) {
  Database database = open();
  Told told;
  empty_the_log();
  disk_->fail_log_syncs(1);  // of the header
  EXPECT_PURSER_ERROR(ErrorCode::io_error, acquire(database, 1));
  EXPECT_EQ(mark_of(database), DiskMark::failed);
  grant(database, told);
  expect_kept(told, Loss::all);
  expect_all_well(6);
}

// A transaction that is larger than SQLite's cache writes to the log before its commit.
TEST_F(FailedDisk, ASyncThatFailsBeforeTheCommitIsNoted) {
  Database database = open();
  empty_the_log();
  SqliteConnection& connection = sqlite_connection(database);
  connection.execute("PRAGMA cache_size = 10");
  disk_->fail_log_syncs(1);
  auto fill = [&] {
    Transaction change(connection);
    for (int i = 0; i < 100; ++i) store_long_row(change);
    ADD_FAILURE() << "it never came to a sync";
  };
  EXPECT_PURSER_ERROR(ErrorCode::io_error, fill());
  EXPECT_EQ(mark_of(database), DiskMark::failed);
  Told told;
  grant(database, told);
  expect_kept(told, Loss::all);
}

// The kernel tells each open file once: a checkpoint that cannot come in must not keep it to itself.
TEST_F(FailedDisk, ASyncThatFailsAheadOfTheGateIsNotedThoughTheGateIsBusy) {
  auto hasty = options();
  hasty.busy_deadline = std::chrono::milliseconds(1);
  Database database = Database::open(hasty);
  Told told;
  grant(database, told, 1);
  WriteGate holder(folder_.file("purser.db"));
  holder.lock(std::chrono::minutes(1));
  disk_->fail_log_syncs(1);
  EXPECT_PURSER_ERROR(ErrorCode::busy, sqlite_connection(database).checkpoint_under_gate());
  EXPECT_EQ(disk_mark(holder.page()), DiskMark::failed);
  holder.unlock();
  Database other = open();
  grant(other, told);
  expect_kept(told, Loss::all);
}

TEST_F(FailedDisk, AReaderInTheWayOfTheRepairIsNamedAsTheReason) {
  Database database = open();
  Database reader = open();
  Told told;
  grant(database, told, 2);
  {
    Snapshot view(reader.connection());
    view.rows("SELECT count(*) FROM keepa_account").step();
    disk_->fail_log_syncs(1);
    EXPECT_PURSER_ERROR(ErrorCode::io_error, acquire(database, 1));
    expect_words(database, "has not ended its transaction");
    EXPECT_EQ(mark_of(database), DiskMark::failed);
  }
  grant(database, told);
  expect_kept(told, Loss::all);
}

TEST_F(FailedDisk, ALogThatTheKernelHasDroppedIsNotTakenForContent) {
  Told told;
  {
    Database database = open();
    grant(database, told, 2);
    disk_->fail_log_syncs(1);
    EXPECT_PURSER_ERROR(ErrorCode::io_error, acquire(database, 1));
    drop_last_frame();
    std::uint64_t before = disk_->main_writes();
    expect_words(database, "cannot be read any more");
    EXPECT_EQ(disk_->main_writes(), before);
    EXPECT_EQ(mark_of(database), DiskMark::failed);
  }
  // As it says: nobody has it open any more.
  Database database = open();
  grant(database, told);
  expect_kept(told, Loss::all);
  EXPECT_EQ(mark_of(database), DiskMark::well);
}

// Blocks that were on disk before take what is written anew: the log is whole before the main file changes.
TEST_F(FailedDisk, APowerCutInTheRepairLosesNothing) {
  Database database = open();
  Told told;
  {
    Transaction change(database.connection());
    for (int i = 0; i < 100; ++i) store_long_row(change);
    change.commit();
  }
  sqlite_connection(database).checkpoint_under_gate();
  grant(database, told, 3);
  fail_a_large_commit(database);
  int cuts = 0;
  auto cut = [&] {
    expect_kept(told, Loss::all);
    for (unsigned seed = 0; seed < 5; ++seed) expect_kept(told, Loss::some, seed);
    ++cuts;
  };
  ForgetfulDisk::at(Moment::main_sync, cut);
  ForgetfulDisk::at(Moment::log_synced, cut);
  acquire(database, 1);
  ForgetfulDisk::at(Moment::main_sync, {});
  ForgetfulDisk::at(Moment::log_synced, {});
  EXPECT_GE(cuts, 4);
}

TEST_F(FailedDisk, AGateThatIsRemovedMeanwhileHidesNothing) {
  Told told;
  {
    Database database = open();
    empty_the_log();
    grant(database, told, 2);
    disk_->fail_log_syncs(1);
    EXPECT_PURSER_ERROR(ErrorCode::io_error, acquire(database, 1));
  }
  std::filesystem::remove(gate_file());
  Database database = open();  // which the kernel tells nothing
  grant(database, told);
  expect_kept(told, Loss::all);
}

// SQLite syncs the folder of a new log, and does not look whether that failed.
TEST_F(FailedDisk, TheNameOfANewLogIsOnDiskBeforeAnAnswer) {
  Told told;
  { Database database = open(); }
  Forked shell([&] {
    std::string path = folder_.file("purser.db").string();
    execlp("sqlite3", "sqlite3", path.c_str(), "SELECT id FROM keepa_account WHERE id < 0", nullptr);
    return 127;
  });
  ASSERT_EQ(shell.wait(), 0);
  disk_->look_again();
  Database database = open();
  disk_->fail_folder_syncs(2);  // SQLite's and ours
  EXPECT_PURSER_ERROR(ErrorCode::io_error, acquire(database, 1));
  grant(database, told);
  expect_kept(told, Loss::all);
}

// --- Numbers that spoke of another log ---------------------------------------------------------------------

class EpochTest : public GroupSyncTest {
 protected:
  // A commit of this connection, on a page of the test's own, which no sync has covered.
  GroupSync::Commit commit() {
    GroupSync::announce(page_);
    return sync_.note_commit(page_, true);
  }
  // As who writes another log leaves it.
  void another_log_takes_the_page(std::uint64_t synced) {
    ++page_.epoch;
    ++page_.log_number;
    page_.committed = synced;
    page_.synced = synced;
  }

  SharedPage page_{};
  Database database_ = open();
  GroupSync sync_{sqlite_connection(database_).handle(), folder_.file("purser.db"), true};
};

TEST_F(EpochTest, NumbersThatAnotherLogRaisedSatisfyNobody) {
  auto mine = commit();
  another_log_takes_the_page(mine.number + 1000);
  std::uint64_t before = disk_->log_syncs();
  sync_.make_durable(page_, mine);
  EXPECT_EQ(disk_->log_syncs(), before + 1) << "answered by a number that spoke of another log";
}

TEST_F(EpochTest, ALogThatIsReplacedBetweenCommitAndSyncIsTold) {
  auto mine = commit();
  std::filesystem::rename(folder_.file("purser.db-wal"), folder_.file("away"));
  another_log_takes_the_page(mine.number + 1000);
  EXPECT_PURSER_ERROR(ErrorCode::file_replaced, sync_.make_durable(page_, mine));
  std::filesystem::rename(folder_.file("away"), folder_.file("purser.db-wal"));
}

TEST_F(EpochTest, NumbersOfTheSameLogAreBelieved) {
  auto mine = commit();
  page_.synced = mine.number;
  std::uint64_t before = disk_->log_syncs();
  sync_.make_durable(page_, mine);
  EXPECT_EQ(disk_->log_syncs(), before);
}

TEST_F(EpochTest, WhoeverLeadsSyncsForAllAndIsAnswered) {
  auto mine = commit();
  std::uint64_t before = disk_->log_syncs();
  auto leader = std::async(std::launch::async, [&] { sync_.make_durable(page_, mine); });
  bool ended = leader.wait_for(std::chrono::minutes(1)) == std::future_status::ready;
  EXPECT_TRUE(ended) << "who leads does not sync, or does not say so, and waits for himself";
  if (!ended) page_.synced = mine.number;
  leader.get();
  EXPECT_EQ(disk_->log_syncs(), before + 1);
  EXPECT_EQ(page_.synced, mine.number);
}

}  // namespace
}  // namespace purser::store
