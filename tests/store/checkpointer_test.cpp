// Checkpoints in a thread of their own: the log stays bounded, whoever pins it, dies, forks or ends; never
// beside a write (the disk that forgets looks at the gate before each write: see durable_work.h).
#include "store/durability/checkpointer.h"
#include "store/sqlite/sqlite_connection.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <random>
#include <thread>

#include "purser/backup.h"
#include "store/durability/disk_mark.h"
#include "store/durability/main_file.h"
#include "store/transaction.h"
#include "support/durable_work.h"
#include "support/forked.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::ForgetfulDisk;
using test::Forked;
using test::Loss;
using test::Moment;
using test::Told;

constexpr std::uintmax_t kFrameBytes = 2048 + 24;
constexpr char kInsert[] =
    "INSERT INTO keepa_unknown_task (account_id, task, first_seen_at_ms) VALUES (1, ?1, 0)";

class Lines final : public LogSink {
 public:
  void line(LogLevel, std::string_view text) override {
    std::lock_guard lock(mutex_);
    all_ += std::string(text) + "\n";
  }
  std::string all() {
    std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  std::string all_;
};

class CheckpointerTest : public test::DurableWorkTest {
 protected:
  using DurableWorkTest::DurableWorkTest;

  // One transaction of about so many pages.
  void store_pages(Database& database, int pages) {
    Transaction change(database.connection());
    for (int i = 0; i < pages; ++i) change.run(kInsert, std::to_string(++stored_) + std::string(2048, 'x'));
    change.commit();
  }
  std::uintmax_t log_bytes() const { return fs::file_size(folder_.file("purser.db-wal")); }

  // Goes on storing until it is so; a checkpoint comes when its thread is let through the gate.
  void store_until(Database& database, const std::function<bool()>& condition) {
    for (int i = 0; i < 20'000 && !condition(); ++i) acquire(database, 1);
    EXPECT_TRUE(condition());
  }

  static std::size_t count(const char* folder) {
    std::size_t all = 0;
    for (const auto& entry : fs::directory_iterator(folder)) all += entry.path().empty() ? 0 : 1;
    return all;
  }

  int stored_ = 0;
};

TEST_F(CheckpointerTest, TheLogStaysBoundedUnderLoad) {
  constexpr int kThreads = 3, kEnough = 6000;
  std::vector<std::thread> threads;
  std::atomic<std::uintmax_t> largest{0};
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      std::mt19937 random(static_cast<unsigned>(i));
      Worker worker(*this, i);
      while (disk_->written() < 2 * kEnough && !HasFailure()) {
        worker.work(random);
        largest = std::max(largest.load(), log_bytes());
      }
      expect_kept(worker.told(), Loss::some, static_cast<unsigned>(i));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_GT(disk_->main_writes(), 0U);
  EXPECT_LE(largest, (kUrgentPages + 200) * kFrameBytes);
}

TEST_F(CheckpointerTest, APinnedLogIsCopiedOnceItIsLetGo) {
  Database writer = open();
  Database reader = open();
  {
    Snapshot view(reader.connection());
    view.rows("SELECT count(*) FROM keepa_account").step();
    store_pages(writer, 3 * kCheckpointPages);
    acquire(writer, 1);
  }
  // Not at every commit: when it has grown by as much again.
  store_pages(writer, 2 * kCheckpointPages);
  std::uintmax_t pinned = log_bytes();
  store_until(writer, [&] { return disk_->main_writes() > 3 * kCheckpointPages; });
  store_pages(writer, kCheckpointPages / 2);
  EXPECT_LE(log_bytes(), pinned + kUrgentPages * kFrameBytes);
  expect_kept({"hold " + acquire(writer, 1).reservation}, Loss::all);
}

// After a checkpoint of 1023 pages that a reader cut short.
TEST(CheckpointNeedTest, ALogFourTimesAsLargeIsUrgentWhateverWasCopiedInPart) {
  SharedPage page{};
  page.checkpoint_at = 1023 + kCheckpointPages;
  EXPECT_EQ(checkpoint_need(page, 1023 + kCheckpointPages - 1), CheckpointNeed::none);
  EXPECT_EQ(checkpoint_need(page, 1023 + kCheckpointPages), CheckpointNeed::ask);
  EXPECT_EQ(checkpoint_need(page, kUrgentPages - 1), CheckpointNeed::none) << "one was asked";
  EXPECT_EQ(checkpoint_need(page, kUrgentPages), CheckpointNeed::urgent);
  page.checkpoint_at = kUrgentPages + kCheckpointPages;  // that one was cut short, too
  EXPECT_EQ(checkpoint_need(page, kUrgentPages + 1), CheckpointNeed::none);
}

TEST_F(CheckpointerTest, OneThatIsKilledIsDoneByAnother) {
  for (Moment moment : {Moment::main_write, Moment::main_sync}) {
    Forked victim([&] {
      ForgetfulDisk::at(moment, [] { ::kill(getpid(), SIGKILL); });
      Database database = open();
      for (;;) store_pages(database, kCheckpointPages / 4);
      return 0;
    });
    EXPECT_EQ(victim.wait(), -1000 - SIGKILL);
    stored_ += 1'000'000;
    Database database = open();
    Told told{"hold " + acquire(database, 1).reservation};
    expect_kept(told, Loss::all);
    expect_kept(told, Loss::some, 4);
    std::uint64_t before = disk_->main_writes();
    store_until(database, [&] { return disk_->main_writes() >= before + kCheckpointPages; });
    expect_kept(told, Loss::all);
  }
}

TEST_F(CheckpointerTest, ItsEndDoesNotWaitForABusyGate) {
  Database database = open();
  WriteGate holder(folder_.file("purser.db"));
  {
    Checkpointer busy([&] { return SqliteConnection::checkpoints_of(options()); });
    holder.lock(std::chrono::minutes(1));
    busy.request();
  }
  holder.unlock();
  acquire(database, 1);
}

TEST_F(CheckpointerTest, AThousandDatabasesLeaveNoThreadAndNoDescriptor) {
#if defined(__SANITIZE_THREAD__)
  constexpr int kDatabases = 100;  // there each takes ten times as long
#else
  constexpr int kDatabases = 1000;
#endif
  { Database warm = open(); }
  std::size_t threads = count("/proc/self/task"), descriptors = count("/proc/self/fd");
  for (int i = 0; i < kDatabases; ++i) {
    Database database = open();
    if (i % (kDatabases / 4) == 0) store_pages(database, kCheckpointPages + 10);
    if (i % 50 == 0) acquire(database, 1);
  }
  EXPECT_EQ(count("/proc/self/task"), threads);
  EXPECT_EQ(count("/proc/self/fd"), descriptors);
}

TEST_F(CheckpointerTest, NonsenseOnThePageDoesNotPutItOff) {
  Database database = open();
  for (std::uint32_t due : {0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFFU}) {
    acquire(database, 1);
    sqlite_connection(database).gate().page().checkpoint_at = due;
    std::uint64_t before = disk_->main_writes();
    store_pages(database, kCheckpointPages);
    sqlite_connection(database).gate().page().checkpoint_at = due;
    store_until(database, [&] { return disk_->main_writes() > before; });
  }
}

// Whichever sync of a checkpoint fails: nothing is granted before the log was made safe, and it is told.
TEST_F(CheckpointerTest, ASyncThatFailsInTheBackgroundIsNotForgotten) {
  for (bool of_the_log : {false, true}) {
    Lines log;
    auto with_log = options();
    with_log.log = &log;
    Database database = Database::open(with_log);
    Told told{"hold " + acquire(database, 1).reservation};
    if (of_the_log) {
      Checkpointer checkpointer([&] { return SqliteConnection::checkpoints_of(options()); });
      disk_->fail_log_syncs(1);
      checkpointer.request();
      checkpointer.stop();
    } else {
      store_pages(database, kCheckpointPages / 2);
      disk_->fail_main_syncs(1);
      // Told by the log, or to one whose own sync ran beside it.
      auto code = error_of([&] {
        store_until(database, [&] { return log.all().find("checkpoint failed") != std::string::npos; });
      });
      EXPECT_TRUE(!code || code == ErrorCode::io_error);
    }
    told.insert("hold " + acquire(database, 1).reservation);
    EXPECT_TRUE(of_the_log || log.all().find("had failed") != std::string::npos) << log.all();
    expect_kept(told, Loss::all);
  }
}

TEST_F(CheckpointerTest, ComesBackAfterAFault) {
  Checkpointer checkpointer([&] { return SqliteConnection::checkpoints_of(options()); });
  fs::path database = folder_.file("purser.db"), away = folder_.file("away");
  fs::rename(database, away);
  checkpointer.request();
  int failure = 0;
  while (failure == 0) failure = checkpointer.take_failure();
  fs::rename(away, database);
  // Its thread is about to end, or has.
  std::uint64_t before = disk_->main_writes();
  Database writer = open();
  store_pages(writer, 20);
  while (disk_->main_writes() == before) checkpointer.request();
  checkpointer.stop();
}

// --- A disk that failed and came back ----------------------------------------------------------------------

class FailedCopyTest : public CheckpointerTest {
 protected:
  static int copy(Database& database) { return sqlite_connection(database).checkpoint_under_gate(); }
  static DiskMark mark_of(Database& database) { return disk_mark(sqlite_connection(database).gate().page()); }

  // A checkpoint that a reader cuts short.
  int copy_a_part(Database& database) {
    Database reader = open();
    store_pages(database, 40);
    Snapshot view(reader.connection());
    view.rows("SELECT count(*) FROM keepa_account").step();
    store_pages(database, 40);
    return copy(database);
  }
  void expect_beyond_repair(Database& database) {
    EXPECT_EQ(mark_of(database), DiskMark::beyond_repair);
    for (int i = 0; i < 2; ++i) {
      try {
        acquire(database, 1);
        ADD_FAILURE() << "granted";
      } catch (const Error& fault) {
        EXPECT_EQ(fault.code(), ErrorCode::io_error);
        EXPECT_NE(std::string(fault.what()).find("purser backup"), std::string::npos) << fault.what();
      }
    }
  }
};

TEST_F(FailedCopyTest, BlocksOfTheMainFileThatItNeverTookAreGivenUp) {
  Database database = open();
  Told told;
  for (int round = 0; round < 3; ++round) {
    store_pages(database, 100);
    told.insert("hold " + acquire(database, 1).reservation);
    auto bytes = fs::file_size(folder_.file("purser.db"));
    disk_->fail_main_syncs(1);
    EXPECT_EQ(copy(database), SQLITE_IOERR_FSYNC);
    EXPECT_EQ(fs::file_size(folder_.file("purser.db")), bytes);
    told.insert("hold " + acquire(database, 1).reservation);
    EXPECT_GT(fs::file_size(folder_.file("purser.db")), bytes) << "the repair has copied it";
    EXPECT_EQ(copy(database), SQLITE_OK);
    expect_kept(told, Loss::all);
    expect_kept(told, Loss::some, static_cast<unsigned>(round));
  }
}

TEST_F(FailedCopyTest, APartThatWasCopiedIsSynced) {
  Database database = open();
  Told told{"hold " + acquire(database, 1).reservation};
  EXPECT_EQ(copy_a_part(database), SQLITE_OK);
  disk_->fail_main_syncs(1);
  EXPECT_EQ(copy(database), SQLITE_IOERR_FSYNC);
  told.insert("hold " + acquire(database, 1).reservation);
  EXPECT_EQ(mark_of(database), DiskMark::well);
  expect_kept(told, Loss::all);
}

TEST_F(FailedCopyTest, APartThatWasLostIsBeyondRepairAndBackupAndRestoreAreTheWayOut) {
  Told told;
  fs::path saved = folder_.file("saved.db");
  {
    Database database = open();
    told.insert("hold " + acquire(database, 1).reservation);
    disk_->fail_main_syncs(1);
    EXPECT_EQ(copy_a_part(database), SQLITE_IOERR_FSYNC);
    expect_beyond_repair(database);
    fs::remove(folder_.file("purser.db-gate"));  // who has seen it takes it along
    expect_beyond_repair(database);
    backup(options(), saved);
  }
  {
    Database database = open();
    EXPECT_EQ(error_of([&] { acquire(database, 1); }), ErrorCode::io_error);
  }
  restore(options(), saved);
  Database database = open();
  EXPECT_EQ(test::ledger_rows(database).count(*told.begin()), 1U);
  observe(database, kBalance);
  acquire(database, 1);
  EXPECT_EQ(mark_of(database), DiskMark::well);
  EXPECT_TRUE(test::sums_match(database));
}

// Whether reads rely on what he had copied is not known.
TEST_F(FailedCopyTest, ASyncThatFailsAfterOneWasKilledCopyingIsBeyondRepair) {
  Forked victim([&] {
    Database database = open();
    store_pages(database, 100);
    ForgetfulDisk::at(Moment::main_sync, [] { ::kill(getpid(), SIGKILL); });
    return copy(database);
  });
  EXPECT_EQ(victim.wait(), -1000 - SIGKILL);
  Database database = open();
  disk_->fail_main_syncs(1);
  EXPECT_EQ(copy(database), SQLITE_IOERR_FSYNC);
  expect_beyond_repair(database);
}

TEST_F(FailedCopyTest, OneThatWasKilledCopyingIsMadeGoodByAWholeCopy) {
  Forked victim([&] {
    Database database = open();
    store_pages(database, 100);
    ForgetfulDisk::at(Moment::main_write, [] { ::kill(getpid(), SIGKILL); });
    return copy(database);
  });
  EXPECT_EQ(victim.wait(), -1000 - SIGKILL);
  Database database = open();
  EXPECT_EQ(copy(database), SQLITE_OK);
  stored_ += 1'000'000;
  store_pages(database, 10);
  disk_->fail_main_syncs(1);
  EXPECT_EQ(copy(database), SQLITE_IOERR_FSYNC);
  Told told{"hold " + acquire(database, 1).reservation};
  expect_kept(told, Loss::all);
}

// The kernel tells each open file once, also of what was made good since.
TEST_F(FailedCopyTest, AnOldFaultThatIsToldLateHarmsNothing) {
  Database first = open();
  Database second = open();
  acquire(second, 1);
  store_pages(first, 20);
  disk_->fail_main_syncs(1);
  EXPECT_EQ(copy(first), SQLITE_IOERR_FSYNC);
  Told told{"hold " + acquire(first, 1).reservation};
  EXPECT_EQ(mark_of(first), DiskMark::well);
  EXPECT_EQ(copy_a_part(second), SQLITE_OK);
  EXPECT_EQ(mark_of(second), DiskMark::well);
  told.insert("hold " + acquire(second, 1).reservation);
  expect_kept(told, Loss::all);
}

// What the log has not kept must not come into the main file before the log is made good.
TEST_F(FailedCopyTest, NothingIsCopiedWhileTheLogIsInDoubt) {
  Database database = open();
  acquire(database, 1);
  SqliteConnection& connection = sqlite_connection(database);
  MainFile main(connection.handle());
  connection.enter_gate();
  note_failure(connection.gate().page());
  std::uint64_t before = disk_->main_writes();
  main.copy_log(connection.gate().page());
  connection.leave_gate();
  EXPECT_EQ(disk_->main_writes(), before);
}

class NormalTest : public CheckpointerTest {
 protected:
  NormalTest() : CheckpointerTest(Durability::normal) {}
};

// A power cut may lose the last moment, and leaves a whole database.
TEST_F(NormalTest, IsWholeAfterAPowerCut) {
  constexpr int kThreads = 3, kRounds = 250;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      Database database = open();
      keepa::Ledger ledger(database);
      for (int round = 0; round < kRounds; ++round) {
        auto granted = acquire(database, 2);
        if (round % 2 == 0) ledger.release(granted.reservation);
        if (round % 25 == i)
          expect_kept({}, round % 2 == 0 ? Loss::all : Loss::some, static_cast<unsigned>(round));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LT(disk_->log_syncs(), kThreads * kRounds / 10U);
  EXPECT_GT(disk_->main_writes(), 0U);
}

}  // namespace
}  // namespace purser::store
