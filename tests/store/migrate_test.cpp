// Upgrades: all or nothing, known by their text, and noticed by whoever has the file open.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "purser/keepa_status.h"
#include "purser/spapi.h"
#include "purser/xai_verdicts.h"
#include "store/schema/migrator.h"
#include "store/schema/normalized_sql.h"
#include "store/schema/schema_checks.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/transaction.h"
#include "support/foreign_tool.h"
#include "support/scratch.h"

namespace purser::store {
namespace {

using test::ForeignTool;

constexpr char kChecksum[] = "00000000000000000000000000000000000000000000000000000000000000ff";

class Migrate : public test::DatabaseTest {
 protected:
  // The file as it was at an older version; 0: ours, and empty. The views go first, as the migrator does it:
  // SQLite alters no table while a view speaks of one that is not there.
  void make_older(int version = 0) {
    ForeignTool tool(path_);
    for (const std::string& view : tool.texts("SELECT name FROM sqlite_schema WHERE type = 'view'")) {
      tool.run("DROP VIEW " + view);
    }
    auto all = embedded();
    for (auto migration = all.rbegin(); migration != all.rend() && migration->version > version;
         ++migration) {
      tool.run(migration->down);
    }
    if (version > 0) tool.run("DELETE FROM schema_migration WHERE version > " + std::to_string(version));
    tool.run("PRAGMA user_version = " + std::to_string(version));
  }

  void make_newer() {
    ForeignTool(path_).run("PRAGMA user_version = " + std::to_string(newest_version() + 1));
  }

  // The embedded migrations and then these, applied as `migrate_up` does.
  std::vector<MigrationStep> apply(const std::vector<Migration>& more) {
    auto all = embedded();
    all.insert(all.end(), more.begin(), more.end());
    return apply_exactly(all);
  }
  std::vector<MigrationStep> apply_exactly(const std::vector<Migration>& all) {
    auto connection = SqliteConnection::open(options(), Accept::any_schema);
    connection->execute("PRAGMA foreign_keys = OFF");
    Transaction change(*connection, SchemaCheck::skipped);
    auto done = apply_pending(*connection, all, change.now());
    change.commit();
    return done;
  }
  static std::vector<Migration> embedded() {
    auto all = embedded_migrations();
    return {all.begin(), all.end()};
  }
  static Migration extra(const char* up) { return {newest_version() + 1, "extra", kChecksum, up, ""}; }

  // All that a migration may change: the schema, its version, what was recorded, and some rows.
  std::vector<std::string> content() {
    ForeignTool tool(path_);
    auto all =
        tool.texts("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1");
    all.push_back("version " + tool.text("PRAGMA user_version"));
    for (const char* rows : {"SELECT version || checksum || applied_at_ms FROM schema_migration ORDER BY 1",
                             "SELECT name || patience_ms FROM keepa_policy ORDER BY 1"}) {
      for (const std::string& row : tool.texts(rows)) all.push_back(row);
    }
    return all;
  }
  std::int64_t number(const std::string& query) { return ForeignTool(path_).number(query); }

  std::filesystem::path path_ = folder_.file("purser.db");
};

TEST_F(Migrate, StatusOfACurrentFile) {
  auto report = migrate_status(options());
  EXPECT_EQ(report.schema_version, newest_version());
  EXPECT_EQ(report.known_version, newest_version());
  EXPECT_TRUE(report.pending.empty());
  ASSERT_EQ(report.applied.size(), embedded().size());
  EXPECT_EQ(report.applied[0].version, 1);
  EXPECT_EQ(report.applied[0].name, "keepa");
  EXPECT_EQ(report.applied[0].applied_at, clock_.now());
  EXPECT_FALSE(report.applied[0].changed);
}

TEST_F(Migrate, StatusOfAnOlderFile) {
  make_older();
  auto report = migrate_status(options());
  EXPECT_EQ(report.schema_version, 0);
  EXPECT_TRUE(report.applied.empty());
  ASSERT_EQ(report.pending.size(), embedded().size());
  EXPECT_EQ(report.pending[0].version, 1);
  EXPECT_EQ(report.pending[0].applied_at, std::nullopt);
}

TEST_F(Migrate, StatusReportsANewerFile) {
  make_newer();
  auto report = migrate_status(options());
  EXPECT_EQ(report.schema_version, newest_version() + 1);
  EXPECT_EQ(report.known_version, newest_version());
  EXPECT_TRUE(report.pending.empty());
}

TEST_F(Migrate, StatusShowsAChangedStep) {
  ForeignTool(path_).run(std::string("UPDATE schema_migration SET checksum = '") + kChecksum + "'");
  auto report = migrate_status(options());
  ASSERT_EQ(report.applied.size(), embedded().size());
  EXPECT_TRUE(report.applied[0].changed);
}

TEST_F(Migrate, StatusTakesNoLock) {
  auto hurried = options();
  hurried.busy_deadline = Duration{0};
  Database database = open();
  Transaction change(database.connection());
  EXPECT_EQ(migrate_status(hurried).schema_version, newest_version());
}

TEST_F(Migrate, UpBringsAnOlderFileToTheSameSchemaAsInit) {
  auto made_by_init = content();
  make_older();
  EXPECT_PURSER_ERROR(ErrorCode::schema_older, open());
  auto done = migrate_up(options());
  ASSERT_EQ(done.size(), embedded().size());
  EXPECT_EQ(done[0].version, 1);
  EXPECT_EQ(done[0].applied_at, clock_.now());
  EXPECT_EQ(content(), made_by_init);
}

// The rows of a version: what its tables hold, in words.
constexpr char kKeepaRows[] = "SELECT kind || balance_millitokens || held_millitokens FROM keepa_ledger";
constexpr char kXaiRows[] =
    "SELECT d.date || d.calls_today || d.cache_misses || v.title || v.verdict || u.id || f.fence "
    "FROM xai_day AS d JOIN xai_unit AS u ON u.date = d.date JOIN xai_flight AS f ON f.unit = u.id "
    "JOIN xai_verdict AS v ON v.flight = f.number";

TEST_F(Migrate, TheRowsOfXaiAreBroughtUpAndItsUsageBeginsEmpty) {
  {
    Database database = open();
    xai::Verdicts verdicts(database);
    auto claim = verdicts.claim({.title = "Eragon"});
    verdicts.answer(std::get<xai::Claimed>(claim).flight, false, "grok-4.3", {.calls = 1});
  }
  auto rows = ForeignTool(path_).texts(kXaiRows);
  ASSERT_EQ(rows.size(), 1U);
  make_older(2);
  migrate_up(options());
  EXPECT_EQ(ForeignTool(path_).texts(kXaiRows), rows);
  Database database = open();
  EXPECT_EQ(xai::Quota(database).usage_today().calls, 0);
  EXPECT_TRUE(xai::Quota(database).verify());
}

TEST_F(Migrate, SpapiBeginsEmptyInAFileOfVersion3AndGoesDownAndUpAgain) {
  {
    Database database = open();
    static_cast<void>(xai::Quota(database).acquire("before"));
  }
  make_older(3);
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%spapi%'"), 0);
  std::vector<std::string> salts;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(migrate_up(options()).size(), static_cast<std::size_t>(newest_version() - 3));
    Database database = open();
    EXPECT_EQ(xai::Quota(database).status().calls_today, 1);
    EXPECT_TRUE(spapi::Sellers(database).status().empty());
    ForeignTool tool(path_);
    EXPECT_EQ(tool.text("SELECT count(*) || typeof(key_id) || length(salt) FROM spapi_sealing"), "1null32");
    salts.push_back(tool.text("SELECT hex(salt) FROM spapi_sealing"));
    make_older(3);
  }
  EXPECT_NE(salts[0], salts[1]);
}

TEST_F(Migrate, EveryOlderVersionIsBroughtUpWithItsRows) {
  for (int version = 1; version < newest_version(); ++version) {
    SCOPED_TRACE(version);
    {
      Database database = open();
      keepa::Observation seen{.tokens_left = tokens(60), .refill_rate = tokens(5)};
      keepa::Ledger(database).observe(seen);
      static_cast<void>(keepa::Ledger(database).acquire({.task = "backfiller", .cost = tokens(80)}));
    }
    auto rows = ForeignTool(path_).texts(kKeepaRows);
    make_older(version);
    EXPECT_PURSER_ERROR(ErrorCode::schema_older, open());
    EXPECT_EQ(migrate_up(options()).size(), static_cast<std::size_t>(newest_version() - version));
    Database database = open();
    keepa::LedgerVerification sums = keepa::Ledger(database).verify();
    EXPECT_TRUE(sums.balance_matches && sums.held_matches);
    EXPECT_EQ(ForeignTool(path_).texts(kKeepaRows), rows);
  }
}

// Schema 4 stored the full cost for a call of which nobody said what it cost: that is no fact to learn from.
TEST_F(Migrate, WhatACallCostIsKeptWhereItWasSaid) {
  const char* consumed =
      "SELECT task || ' ' || coalesce(consumed_millitokens, 'unsaid') FROM keepa_reservation ORDER BY task";
  {
    Database database = open();
    keepa::Ledger ledger(database);
    ledger.observe({.tokens_left = tokens(300), .refill_rate = tokens(5)});
    auto granted = [&](const char* task) {
      auto outcome = ledger.acquire({.task = task, .cost = tokens(20), .kind = "product"});
      return std::get<keepa::Granted>(outcome).reservation;
    };
    ledger.settle(granted("a said"), {.consumed = tokens(31)});
    ledger.settle(granted("b silent"), {});
    ledger.release(granted("c released"));
    ledger.settle(granted("d refused"), {.consumed = Millitokens{}});
    granted("e open");
  }
  auto sums = ForeignTool(path_).texts(kKeepaRows);
  make_older(4);
  // As schema 4 wrote them.
  const std::vector<std::string> older = {"a said 31000", "b silent 20000", "c released 0", "d refused 0",
                                          "e open unsaid"};
  EXPECT_EQ(ForeignTool(path_).texts(consumed), older);
  EXPECT_EQ(migrate_up(options()).front().version, 5);
  EXPECT_EQ(ForeignTool(path_).texts(consumed),
            (std::vector<std::string>{"a said 31000", "b silent unsaid", "c released unsaid", "d refused 0",
                                      "e open unsaid"}));
  {
    Database database = open();
    keepa::Ledger ledger(database);
    keepa::LedgerVerification verified = ledger.verify();
    EXPECT_TRUE(verified.balance_matches && verified.held_matches);
    auto learnt = ledger.afford({.task = "a", .kind = "product"}).kind.value();
    EXPECT_EQ(learnt.calls, 1);
    EXPECT_EQ(learnt.max, tokens(31));
  }
  EXPECT_EQ(ForeignTool(path_).texts(kKeepaRows), sums);
  make_older(4);
  EXPECT_EQ(ForeignTool(path_).texts(consumed), older);
  EXPECT_EQ(ForeignTool(path_).texts(kKeepaRows), sums);
}

TEST_F(Migrate, AFileThatWasBroughtUpOpens) {
  make_older();
  migrate_up(options());
  Database database = open();
  EXPECT_EQ(database.schema_version(), newest_version());
  EXPECT_EQ(database.durability(), Durability::full);
}

TEST_F(Migrate, UpOnACurrentFileChangesNothing) {
  auto before = content();
  EXPECT_TRUE(migrate_up(options()).empty());
  EXPECT_EQ(content(), before);
}

TEST_F(Migrate, UpMakesTheViewsAnew) {
  auto before = content();
  ForeignTool(path_).run(
      "DROP VIEW ops_keepa_ledger; CREATE VIEW ops_keepa_ledger AS SELECT 1; CREATE VIEW ops_old AS SELECT "
      "2; CREATE VIEW \"ops_of \"\"mine\"\"; old\" AS SELECT 3");
  migrate_up(options());
  EXPECT_EQ(content(), before);
}

TEST_F(Migrate, UpLeavesAnOperatorsOwnViewAlone) {
  ForeignTool(path_).run("CREATE VIEW opsometer AS SELECT count(*) AS n FROM keepa_policy");
  migrate_up(options());
  EXPECT_EQ(number("SELECT n FROM opsometer"), 3);
}

TEST_F(Migrate, UpRefusesANewerFile) {
  make_newer();
  auto before = content();
  EXPECT_PURSER_ERROR(ErrorCode::schema_newer, migrate_up(options()));
  EXPECT_EQ(content(), before);
}

TEST_F(Migrate, UpRefusesAChangedStep) {
  ForeignTool(path_).run(std::string("UPDATE schema_migration SET checksum = '") + kChecksum + "'");
  auto before = content();
  EXPECT_PURSER_ERROR(ErrorCode::migration_changed, migrate_up(options()));
  EXPECT_EQ(content(), before);
}

TEST_F(Migrate, OneOfManyMigratorsApplies) {
  make_older();
  std::vector<std::size_t> done(4, 99);
  std::vector<std::thread> migrators;
  for (std::size_t i = 0; i < done.size(); ++i) {
    migrators.emplace_back([&, i] { done[i] = migrate_up(options()).size(); });
  }
  for (std::thread& migrator : migrators) migrator.join();
  std::sort(done.begin(), done.end());
  EXPECT_EQ(done, (std::vector<std::size_t>{0, 0, 0, embedded().size()}));
}

TEST_F(Migrate, UpThenDownLeavesAnEmptySchema) {
  ForeignTool tool;
  for (const Migration& migration : embedded_migrations()) tool.run(migration.up);
  EXPECT_GT(tool.number("SELECT count(*) FROM sqlite_schema"), 0);
  auto all = embedded();
  for (auto migration = all.rbegin(); migration != all.rend(); ++migration) tool.run(migration->down);
  EXPECT_EQ(tool.texts("SELECT name FROM sqlite_schema"), std::vector<std::string>{});
}

TEST_F(Migrate, VersionsHaveNoGap) {
  int expected = 1;
  for (const Migration& migration : embedded_migrations()) EXPECT_EQ(migration.version, expected++);
  EXPECT_EQ(newest_version(), expected - 1);
}

// All steps are one transaction, which is the migrator's: a script that ended it would make half an upgrade.
TEST_F(Migrate, NoScriptTouchesTheTransaction) {
  for (const Migration& migration : embedded_migrations()) {
    for (const std::string& script : {normalized_sql(migration.up), normalized_sql(migration.down)}) {
      for (const char* word : {"COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE ", "PRAGMA", "VACUUM", "ATTACH"}) {
        EXPECT_EQ(script.find(word), std::string::npos) << word << " in " << migration.name;
      }
    }
  }
}

TEST_F(Migrate, AFurtherStepIsAppliedAndRecorded) {
  clock_.advance(std::chrono::hours(24));
  auto done = apply({extra("CREATE TABLE extra (id INTEGER NOT NULL PRIMARY KEY) STRICT;")});
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0].name, "extra");
  EXPECT_EQ(number("PRAGMA user_version"), newest_version() + 1);
  EXPECT_EQ(number("SELECT count(*) FROM extra"), 0);
  ForeignTool tool(path_);
  EXPECT_EQ(tool.text("SELECT name || checksum FROM schema_migration ORDER BY version DESC LIMIT 1"),
            std::string("extra") + kChecksum);
  EXPECT_EQ(tool.number("SELECT applied_at_ms FROM schema_migration ORDER BY version DESC LIMIT 1"),
            clock_.now().time_since_epoch().count());
  EXPECT_EQ(tool.text("PRAGMA integrity_check"), "ok");
  EXPECT_TRUE(apply({extra("not run again")}).empty());
}

TEST_F(Migrate, AStepThatFailsRollsEverythingBack) {
  auto before = content();
  const char* fine = "CREATE TABLE extra (id INTEGER) STRICT; UPDATE keepa_policy SET patience_ms = 1;";
  struct Case {
    const char* what;
    std::vector<Migration> steps;
  };
  const Case cases[] = {
      {"wrong SQL",
       {extra("CREATE TABLE extra (id INTEGER) STRICT; UPDATE keepa_policy SET patience_ms = 1; SELEC 1;")}},
      {"a constraint",
       {extra("UPDATE keepa_policy SET patience_ms = 1; UPDATE keepa_policy SET patience_ms = -1;")}},
      {"the second of two",
       {extra(fine), {newest_version() + 2, "second", kChecksum, "DROP TABLE nowhere;", ""}}},
      {"a row that refers to nothing", {extra("INSERT INTO keepa_unknown_task VALUES (99, 'a', 0);")}},
  };
  for (const Case& c : cases) {
    EXPECT_PURSER_ERROR(ErrorCode::migration_failed, apply(c.steps)) << c.what;
    EXPECT_EQ(content(), before) << c.what;
    EXPECT_NO_PURSER_ERROR(open()) << c.what;
  }
}

TEST_F(Migrate, TheMessageNamesTheStepAndSqlitesWords) {
  auto message = test::message_of([&] { apply({extra("SELECT * FROM nowhere")}); });
  EXPECT_NE(message.find("_extra failed"), std::string::npos) << message;
  EXPECT_NE(message.find("_extra.up.sql, line 1: no such table: nowhere, in: SELECT * FROM nowhere"),
            std::string::npos)
      << message;
}

// The way to change a table that SQLite's manual gives; the old views speak of it meanwhile.
TEST_F(Migrate, AStepMayRebuildATableThatViewsAndRowsReferTo) {
  ForeignTool(path_).run("INSERT INTO keepa_unknown_task VALUES (1, 'a', 0)");
  auto done = apply(
      {extra("CREATE TABLE keepa_account_2 (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT;"
             "INSERT INTO keepa_account_2 (id, name) SELECT id, name FROM keepa_account;"
             "DROP TABLE keepa_account;"
             "ALTER TABLE keepa_account_2 RENAME TO keepa_account;")});
  EXPECT_EQ(done.size(), 1U);
  EXPECT_EQ(number("SELECT count(*) FROM keepa_unknown_task JOIN keepa_account ON id = account_id"), 1);
}

TEST_F(Migrate, AConnectionThatIsOpenAcrossAnUpgradeWritesNothing) {
  Database worker = open();
  auto write = [&] {
    Transaction change(worker.connection());
    change.run("UPDATE keepa_policy SET patience_ms = 1");
    change.commit();
  };
  write();
  ForeignTool(path_).run("UPDATE keepa_policy SET patience_ms = 2");
  apply({extra("CREATE TABLE extra (id INTEGER) STRICT;")});
  EXPECT_PURSER_ERROR(ErrorCode::schema_changed, write());
  EXPECT_PURSER_ERROR(ErrorCode::schema_changed, Snapshot(worker.connection()));
  EXPECT_EQ(number("SELECT max(patience_ms) FROM keepa_policy"), 2);
  EXPECT_PURSER_ERROR(ErrorCode::schema_newer, open());
}

TEST_F(Migrate, ASnapshotIsFinishedInTheOldSchema) {
  Database worker = open();
  Snapshot view(worker.connection());
  apply({extra("DROP TABLE keepa_unknown_task; CREATE TABLE keepa_unknown_task (other INTEGER) STRICT;")});
  auto row = view.rows("SELECT count(first_seen_at_ms) FROM keepa_unknown_task");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.get<int>(0), 0);
}

TEST_F(Migrate, AMigratorWaitsForAWriterAndIsBusyAfterItsDeadline) {
  Database worker = open();
  Transaction change(worker.connection());
  auto hurried = options();
  hurried.busy_deadline = Duration{0};
  EXPECT_PURSER_ERROR(ErrorCode::busy, migrate_up(hurried));
}

}  // namespace
}  // namespace purser::store
