// Transactions and snapshots: what is stored, what is not, who sees it, and what a fault leaves behind.
#include "store/transaction.h"
#include "store/schema/embedded_sql.h"
#include "store/sqlite/sqlite_connection.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <thread>
#include <vector>

#include "support/foreign_tool.h"
#include "support/scratch.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::ForeignTool;

constexpr char kInsert[] =
    "INSERT INTO keepa_unknown_task (account_id, task, first_seen_at_ms) VALUES (1, ?1, 0)";
constexpr char kCount[] = "SELECT count(*) FROM keepa_unknown_task";
constexpr char kTasks[] = "SELECT task FROM keepa_unknown_task ORDER BY task";
constexpr std::uintmax_t kPageBytes = 2048;

class TransactionTest : public test::DatabaseTest {
 protected:
  Database hurried(const std::string& worker = "test:2") {
    auto all = options(worker);
    all.busy_deadline = Duration{0};
    return Database::open(all);
  }
  static void insert(Snapshot& scope, const std::string& task) { scope.run(kInsert, task); }
  static std::int64_t count(Snapshot& scope) {
    auto row = scope.rows(kCount);
    row.step();
    return row.get<std::int64_t>(0);
  }
  static std::int64_t count(Database& database) {
    Snapshot view(database.connection());
    return count(view);
  }
  static void store_one(Database& database, const std::string& task) {
    Transaction change(database.connection());
    insert(change, task);
    change.commit();
  }
  // One transaction that fills about so many pages.
  static void store_pages(Database& database, int pages, const std::string& prefix) {
    Transaction change(database.connection());
    for (int i = 0; i < pages; ++i) insert(change, prefix + std::to_string(i) + std::string(kPageBytes, 'x'));
    change.commit();
  }
  // By a connection whose end waits for the checkpoint that it asked for.
  void store_pages_and_close(int pages, const std::string& prefix) {
    Database database = open();
    store_pages(database, pages, prefix);
  }
  std::uintmax_t log_pages() { return fs::file_size(path_.string() + "-wal") / kPageBytes; }
  std::uintmax_t file_pages() { return fs::file_size(path_) / kPageBytes; }
  std::string integrity() { return ForeignTool(path_).text("PRAGMA integrity_check"); }

  fs::path path_ = folder_.file("purser.db");
  Database database_ = open();
};

TEST_F(TransactionTest, WhatIsCommittedIsThere) {
  store_one(database_, "a");
  EXPECT_EQ(count(database_), 1);
  EXPECT_FALSE(sqlite_connection(database_).gate().is_locked());
}

TEST_F(TransactionTest, WhatIsNotCommittedIsRolledBack) {
  {
    Transaction change(database_.connection());
    insert(change, "a");
    EXPECT_EQ(count(change), 1) << "it sees its own";
  }
  EXPECT_EQ(count(database_), 0);
  store_one(database_, "a");
}

TEST_F(TransactionTest, AnExceptionRollsBackAndLetsGo) {
  EXPECT_THROW(
      {
        Transaction change(database_.connection());
        insert(change, "a");
        throw std::runtime_error("of the caller");
      },
      std::runtime_error);
  EXPECT_EQ(count(database_), 0);
  Database other = hurried();
  store_one(other, "b");
}

TEST_F(TransactionTest, AFailedStatementRollsBackAndLetsGo) {
  auto code = error_of([&] {
    Transaction change(database_.connection());
    insert(change, "a");
    change.run("INSERT INTO keepa_unknown_task (account_id, task, first_seen_at_ms) VALUES (99, 'b', 0)");
    change.commit();
  });
  EXPECT_EQ(code, ErrorCode::internal);
  EXPECT_EQ(count(database_), 0);
  Database other = hurried();
  store_one(other, "b");
}

TEST_F(TransactionTest, AStatementThatIsNotReadToItsEndIsResetByItsScope) {
  for (const char* task : {"a", "b", "c"}) store_one(database_, task);
  {
    Transaction change(database_.connection());
    {
      auto row = change.rows("UPDATE keepa_unknown_task SET first_seen_at_ms = 7 RETURNING task");
      ASSERT_TRUE(row.step());
    }
    change.commit();
  }
  {
    Snapshot view(database_.connection());
    auto row = view.rows(kTasks);
    ASSERT_TRUE(row.step());
  }
  Database other = hurried();
  store_one(other, "d");
  store_one(database_, "e");  // an old read mark would make this busy
  EXPECT_EQ(count(database_), 5);
}

TEST_F(TransactionTest, AThrowInTheMiddleOfAStatementResetsIt) {
  store_one(database_, "a");
  EXPECT_THROW(
      {
        Transaction change(database_.connection());
        auto row = change.rows(kTasks);
        ASSERT_TRUE(row.step());
        throw std::runtime_error("of the caller");
      },
      std::runtime_error);
  store_one(database_, "b");
  Snapshot view(database_.connection());
  auto row = view.rows(kTasks);
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.get<std::string>(0), "a") << "it begins anew";
}

TEST_F(TransactionTest, AStatementInUseIsNotUsedTwice) {
  Snapshot view(database_.connection());
  auto outer = view.rows(kTasks);
  EXPECT_EQ(error_of([&] { view.rows(kTasks); }), ErrorCode::internal);
  outer.step();
  EXPECT_EQ(error_of([&] { view.rows(kTasks).step(); }), ErrorCode::internal);
}

TEST_F(TransactionTest, AStatementThatWasMovedIsUsedOnce) {
  Snapshot view(database_.connection());
  {
    auto first = view.rows(kTasks);
    auto second = std::move(first);
    second.step();
    EXPECT_EQ(error_of([&] { view.rows(kTasks); }), ErrorCode::internal);
  }
  EXPECT_EQ(error_of([&] { view.rows(kTasks); }), std::nullopt);
}

TEST_F(TransactionTest, ValuesComeBackAsTheyWereBound) {
  Snapshot view(database_.connection());
  Instant at{Duration{1'767'225'600'123}};
  std::optional<Millitokens> nothing;
  auto row = view.rows("SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8", Millitokens{-25'000}, at,
                       std::chrono::minutes(10), true, std::string("naïve \U0001F4B0"), nothing,
                       std::optional<std::string>("there"), std::numeric_limits<std::int64_t>::min());
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.get<Millitokens>(0), Millitokens{-25'000});
  EXPECT_EQ(row.get<Instant>(1), at);
  EXPECT_EQ(row.get<Duration>(2), std::chrono::minutes(10));
  EXPECT_TRUE(row.get<bool>(3));
  EXPECT_EQ(row.get<std::string>(4), "naïve \U0001F4B0");
  EXPECT_TRUE(row.is_null(5));
  EXPECT_EQ(row.get<std::optional<Millitokens>>(5), std::nullopt);
  EXPECT_EQ(row.get<std::optional<std::string>>(6), "there");
  EXPECT_EQ(row.get<std::int64_t>(7), std::numeric_limits<std::int64_t>::min());
  EXPECT_FALSE(row.step());
}

TEST_F(TransactionTest, TextThatIsNotStorableIsRefusedAndRolledBack) {
  for (const std::string& text :
       {std::string("a\0b", 3), std::string("caf\xE9"), std::string("\xED\xA0\x80")}) {
    auto code = error_of([&] {
      Transaction change(database_.connection());
      insert(change, "before");
      insert(change, text);
      change.commit();
    });
    EXPECT_EQ(code, ErrorCode::invalid_text);
    EXPECT_EQ(count(database_), 0);
  }
  store_one(database_, "usable");
}

TEST_F(TransactionTest, ASnapshotSeesOneStateWhileAnotherWrites) {
  store_one(database_, "a");
  Database other = hurried();
  {
    Snapshot view(database_.connection());
    EXPECT_EQ(count(view), 1);
    store_one(other, "b");
    EXPECT_EQ(count(view), 1);
  }
  EXPECT_EQ(count(database_), 2);
}

TEST_F(TransactionTest, ASnapshotIsFixedWhenItBegins) {
  Database other = hurried();
  Snapshot view(database_.connection());
  store_one(other, "b");
  EXPECT_EQ(count(view), 0);
}

TEST_F(TransactionTest, ASnapshotNeverTakesTheWriteLock) {
  Database other = hurried();
  Transaction change(database_.connection());
  insert(change, "a");
  EXPECT_EQ(count(other), 0) << "it sees what was committed";
  Snapshot view(other.connection());
  change.commit();
  EXPECT_EQ(count(view), 0);
}

TEST_F(TransactionTest, ASecondWriterIsBusyAfterItsDeadline) {
  Database other = hurried();
  Transaction change(database_.connection());
  EXPECT_EQ(error_of([&] { store_one(other, "b"); }), ErrorCode::busy);
  insert(change, "a");
  change.commit();
  store_one(other, "b");
  EXPECT_EQ(count(database_), 2);
}

TEST_F(TransactionTest, ATransactionHoldsTheLockBeforeItsFirstStatement) {
  ForeignTool tool(path_);
  Transaction change(database_.connection());
  EXPECT_EQ(tool.result_of("BEGIN IMMEDIATE") & 0xFF, 5) << "SQLITE_BUSY";
  tool.run("BEGIN; SELECT count(*) FROM keepa_policy; COMMIT");
}

TEST_F(TransactionTest, AForeignToolsLockIsBusyAndNothingIsStored) {
  ForeignTool tool(path_);
  tool.run("BEGIN IMMEDIATE");
  Database other = hurried();
  EXPECT_EQ(error_of([&] { store_one(other, "a"); }), ErrorCode::busy);
  EXPECT_FALSE(sqlite_connection(other).gate().is_locked());
  tool.run("ROLLBACK");
  store_one(other, "a");
}

TEST_F(TransactionTest, ATransactionInsideAnotherIsRefusedAndStoresNothing) {
  auto code = error_of([&] {
    Transaction outer(database_.connection());
    insert(outer, "a");
    EXPECT_EQ(error_of([&] { Transaction inner(database_.connection()); }), ErrorCode::internal);
    outer.commit();
  });
  EXPECT_EQ(code, ErrorCode::internal);
  EXPECT_EQ(count(database_), 0);
  store_one(database_, "usable");
}

TEST_F(TransactionTest, TheInstantIsReadOnce) {
  Transaction change(database_.connection());
  Instant before = change.now();
  EXPECT_EQ(before, clock_.now());
  clock_.advance(std::chrono::seconds(5));
  EXPECT_EQ(change.now(), before);
}

TEST_F(TransactionTest, AnUpgradeUnderAnOpenConnectionIsSeenByBoth) {
  ForeignTool(path_).run("PRAGMA user_version = 999");
  EXPECT_EQ(error_of([&] { Snapshot view(database_.connection()); }), ErrorCode::schema_changed);
  EXPECT_EQ(error_of([&] { store_one(database_, "a"); }), ErrorCode::schema_changed);
  EXPECT_FALSE(sqlite_connection(database_).gate().is_locked());
  ForeignTool(path_).run("PRAGMA user_version = " + std::to_string(newest_version()));
  EXPECT_EQ(count(database_), 0);
}

TEST_F(TransactionTest, ThreadsWithConnectionsOfTheirOwnLoseNothing) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 50;
  std::atomic<int> faults{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      try {
        Database own = open("test:" + std::to_string(i));
        for (int round = 0; round < kRounds; ++round) {
          Transaction change(own.connection());
          // Read, then write: lost where two do it at once.
          auto next = count(change);
          insert(change, std::to_string(next));
          change.commit();
        }
      } catch (const std::exception&) {
        ++faults;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(faults, 0);
  EXPECT_EQ(count(database_), kThreads * kRounds);
}

// --- Checkpoints ---------------------------------------------------------------------------------------

TEST_F(TransactionTest, ASmallLogIsNotCheckpointed) {
  auto before = file_pages();
  store_pages(database_, 500, "a");
  EXPECT_EQ(file_pages(), before);
  EXPECT_GE(log_pages(), 500U);
}

TEST_F(TransactionTest, ALargeLogIsCheckpointedInTheBackground) {
  store_pages_and_close(1100, "a");
  EXPECT_GE(file_pages(), 1100U);
  auto log = log_pages();
  for (int i = 0; i < 5; ++i) store_pages_and_close(300, "b" + std::to_string(i));
  EXPECT_LE(log_pages(), log + 500) << "the log begins anew";
  EXPECT_EQ(integrity(), "ok");
}

TEST_F(TransactionTest, AReaderPinsTheLogWithoutHarm) {
  store_one(database_, "first");
  Database reader = hurried();
  auto before = file_pages();
  {
    Snapshot view(reader.connection());
    ASSERT_EQ(count(view), 1);
    for (int i = 0; i < 4; ++i) store_pages_and_close(600, "a" + std::to_string(i));
    EXPECT_EQ(count(view), 1) << "its state stays what it was";
    EXPECT_LT(file_pages(), before + 600) << "what it reads is not overwritten";
    EXPECT_GT(log_pages(), 2400U);
  }
  EXPECT_EQ(count(database_), 2401);
  // It has gone: the log is copied and does not grow any more.
  store_pages_and_close(1100, "b");
  EXPECT_GE(file_pages(), 3500U);
  auto log = log_pages();
  for (int i = 0; i < 4; ++i) store_pages_and_close(600, "c" + std::to_string(i));
  EXPECT_EQ(log_pages(), log);
  EXPECT_EQ(count(database_), 2401 + 1100 + 4 * 600);
  EXPECT_EQ(integrity(), "ok");
}

// --- No room -------------------------------------------------------------------------------------------

// While it lives, this process writes no file beyond so many bytes.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_before_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_before_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  sighandler_t handler_before_;
};

TEST_F(TransactionTest, AFullDatabaseStoresNothingAndStaysUsable) {
  store_one(database_, "before");
  sqlite_connection(database_).execute("PRAGMA max_page_count = 100");
  EXPECT_EQ(error_of([&] { store_pages(database_, 200, "a"); }), ErrorCode::disk_full);
  EXPECT_EQ(count(database_), 1);
  EXPECT_FALSE(sqlite_connection(database_).gate().is_locked());
  Database other = hurried();
  store_one(other, "other");
  sqlite_connection(database_).execute("PRAGMA max_page_count = 1000000");
  store_pages(database_, 200, "a");
  EXPECT_EQ(count(database_), 202);
  EXPECT_EQ(integrity(), "ok");
}

TEST_F(TransactionTest, AFullDiskStoresNothingAndTheDatabaseStaysUsable) {
  store_one(database_, "before");
  Database other = hurried();
  for (std::uintmax_t room : {0U, 100U, 2048U, 10'000U}) {
    FileSizeLimit limit(fs::file_size(path_.string() + "-wal") + room);
    auto code = error_of([&] { store_pages(database_, 200, "a"); });
    EXPECT_TRUE(code == ErrorCode::disk_full || code == ErrorCode::io_error) << room;
    EXPECT_FALSE(sqlite_connection(database_).gate().is_locked());
    EXPECT_EQ(count(database_), 1) << room;
    EXPECT_EQ(count(other), 1) << room;
  }
  store_one(other, "other");
  store_pages(database_, 200, "a");
  EXPECT_EQ(count(other), 202);
  EXPECT_EQ(integrity(), "ok");
}

// A commit is durable before the checkpoint begins: its failure is not the caller's.
TEST_F(TransactionTest, ACheckpointThatFailsLosesNothingAndIsTriedAgain) {
  struct Warnings final : LogSink {
    void line(LogLevel level, std::string_view) override { count += level == LogLevel::warning ? 1 : 0; }
    int count = 0;
  } warnings;
  auto all = options();
  all.log = &warnings;
  for (int i = 0; i < 6; ++i) store_pages_and_close(500, "a" + std::to_string(i));
  auto before = file_pages();
  ASSERT_GT(before, log_pages() + 200) << "the limit below must leave room for the log";
  {
    FileSizeLimit limit(fs::file_size(path_));
    Database database = Database::open(all);
    store_pages(database, 1100, "b");
  }
  EXPECT_EQ(warnings.count, 1);
  EXPECT_EQ(file_pages(), before);
  EXPECT_EQ(count(database_), 4100);
  {
    Database database = Database::open(all);
    store_one(database, "not yet");
    EXPECT_EQ(file_pages(), before) << "not at every commit: each would wait for it in vain";
    sqlite_connection(database).gate().page().checkpointing_since = 0;  // a second has passed
    store_one(database, "next");
  }
  EXPECT_GE(file_pages(), before + 1000);
  EXPECT_EQ(warnings.count, 1);
  EXPECT_EQ(integrity(), "ok");
}

}  // namespace
}  // namespace purser::store
