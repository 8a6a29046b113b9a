// An online copy: whole, private, of one state, and never over a file.
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "purser/backup.h"
#include "purser/health.h"
#include "purser/keepa_status.h"
#include "purser/xai_quota.h"
#include "store/connection.h"
#include "store/files/unfinished_file.h"
#include "store/sqlite/sqlite_connection.h"
#include "support/foreign_tool.h"
#include "support/scratch.h"
#include "support/stored_database.h"

namespace purser {
namespace {

namespace fs = std::filesystem;
using test::ForeignTool;

mode_t mode_of(const fs::path& path) {
  struct stat file {};
  return stat(path.c_str(), &file) == 0 ? file.st_mode & 07777U : 0;
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

class Backup : public test::DatabaseTest {
 protected:
  Backup() {
    fs::create_directory(backups_);
    Database database = open();
    keepa::Ledger ledger(database);
    keepa::Observation observation;
    observation.tokens_left = tokens(100);
    observation.refill_rate = tokens(5);
    ledger.observe(observation);
    grant(ledger);
  }
  static void grant(keepa::Ledger& ledger) {
    auto outcome = ledger.acquire({.task = "backfiller", .cost = tokens(1)});
    if (!std::holds_alternative<keepa::Granted>(outcome)) throw std::runtime_error("not granted");
  }
  static std::int64_t grants_in(const fs::path& path) {
    return ForeignTool(path).number("SELECT count(*) FROM keepa_reservation");
  }
  // So many that the copy takes several steps.
  void fill() {
    ForeignTool(path_).run(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
        "INSERT INTO xai_verdict (id, question, title, category, season, price_cents, verdict, stored_at_ms) "
        "SELECT i, 'q', 'a book of which there are many ' || i, 'Books', 'Sep', i, 1, 0 FROM n");
  }

  fs::path path_ = folder_.file("purser.db");
  fs::path backups_ = folder_.file("backups");
  fs::path copy_ = backups_ / "copy.db";
};

TEST_F(Backup, IsAWholeDatabaseByItself) {
  BackupReport report = backup(options(), copy_);
  EXPECT_EQ(report.file, fs::canonical(copy_));
  EXPECT_EQ(report.bytes, static_cast<std::int64_t>(fs::file_size(copy_)));
  EXPECT_EQ(report.schema_version, open().schema_version());
  EXPECT_FALSE(report.checks.empty());
  EXPECT_EQ(names_in(backups_), std::set<std::string>{"copy.db"});
  EXPECT_EQ(mode_of(copy_), 0600U);
  EXPECT_EQ(test::all_rows(copy_), test::all_rows(path_));
  DatabaseOptions of_copy = options();
  of_copy.path = copy_;
  EXPECT_TRUE(verify(of_copy).passed());
  Database database = Database::open(of_copy);
  EXPECT_EQ(keepa::Ledger(database).status().reservations.size(), 1U);
}

TEST_F(Backup, IsPrivateUnderAnyUmask) {
  for (mode_t mask : {0U, 0777U}) {
    fs::remove(copy_);
    mode_t before = umask(mask);
    bool others_saw_it = false;
    backup(options(), copy_, [&](std::int64_t, std::int64_t) {
      others_saw_it = others_saw_it || mode_of(backups_ / "copy.db-unfinished") != 0700U ||
                      mode_of(backups_ / "copy.db-unfinished/unfinished.db") != 0600U;
    });
    umask(before);
    EXPECT_EQ(mode_of(copy_), 0600U) << mask;
    EXPECT_FALSE(others_saw_it) << mask;
  }
}

TEST_F(Backup, IsOneStateBesideAWriter) {
  fill();
  Database writer = open();
  keepa::Ledger ledger(writer);
  std::int64_t before = grants_in(path_);
  std::int64_t last = 0;
  int steps = 0;
  backup(options(), copy_, [&](std::int64_t done, std::int64_t whole) {
    EXPECT_GT(done, last) << "it began anew";
    EXPECT_LE(done, whole);
    last = done;
    ++steps;
    grant(ledger);
    EXPECT_EQ(store::sqlite_connection(writer).checkpoint_under_gate(), 0);
  });
  EXPECT_GE(steps, 3);
  EXPECT_EQ(grants_in(copy_), before);
  EXPECT_EQ(grants_in(path_), before + steps);
  // Nothing pins the log any more.
  store::sqlite_connection(writer).checkpoint_under_gate();
  grant(ledger);
  EXPECT_EQ(ForeignTool(path_).number("PRAGMA wal_checkpoint(TRUNCATE)"), 0);
}

TEST_F(Backup, NeverReplacesAFile) {
  std::ofstream(copy_) << "precious";
  EXPECT_PURSER_ERROR(ErrorCode::already_exists, backup(options(), copy_));
  EXPECT_EQ(fs::file_size(copy_), 8U);
  EXPECT_PURSER_ERROR(ErrorCode::already_exists, backup(options(), path_));
  EXPECT_PURSER_ERROR(ErrorCode::already_exists, backup(options(), backups_));
  fs::create_symlink("nowhere", backups_ / "link");
  EXPECT_PURSER_ERROR(ErrorCode::already_exists, backup(options(), backups_ / "link"));
  std::ofstream(backups_ / "left.db-wal") << "the log of a database that was here";
  EXPECT_PURSER_ERROR(ErrorCode::already_exists, backup(options(), backups_ / "left.db"));
  EXPECT_EQ(names_in(backups_), (std::set<std::string>{"copy.db", "left.db-wal", "link"}));
}

// One that came while it was copying.
TEST_F(Backup, NorOneThatComesMeanwhile) {
  auto meanwhile = [&](std::int64_t, std::int64_t) { std::ofstream(copy_) << "precious"; };
  EXPECT_PURSER_ERROR(ErrorCode::already_exists, backup(options(), copy_, meanwhile));
  EXPECT_EQ(fs::file_size(copy_), 8U);
  EXPECT_EQ(names_in(backups_), std::set<std::string>{"copy.db"});
}

TEST_F(Backup, NeedsAPlaceThatIsNoneOfTheDatabases) {
  for (const char* suffix : {"-wal", "-shm", "-journal", "-gate", "-unfinished", "-restoring"}) {
    EXPECT_PURSER_ERROR(ErrorCode::usage, backup(options(), path_.string() + suffix)) << suffix;
  }
  EXPECT_PURSER_ERROR(ErrorCode::cannot_open, backup(options(), backups_ / "none" / "copy.db"));
  EXPECT_EQ(names_in(backups_), std::set<std::string>{});
}

// What stands under the copy's own name for the time being is taken for what a killed backup left.
TEST_F(Backup, RemovesNoDatabaseThatHasTheNameOfAnUnfinishedCopy) {
  DatabaseOptions odd = options();
  for (const char* name : {"copy.db-unfinished", "copy.db-unfinished-gate"}) {
    odd.path = backups_ / name;
    backup(options(), backups_ / "elsewhere.db");
    fs::rename(backups_ / "elsewhere.db", odd.path);  // as a person would; `create` refuses such a name
    EXPECT_PURSER_ERROR(ErrorCode::usage, backup(odd, copy_)) << name;
    EXPECT_TRUE(verify(odd).passed());
    fs::remove_all(backups_);
    fs::create_directory(backups_);
  }
}

TEST_F(Backup, NeedsAName) { EXPECT_PURSER_ERROR(ErrorCode::usage, backup(options(), "")); }

TEST_F(Backup, ReplacesWhatAKilledOneLeft) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    std::ofstream(backups_ / (std::string("copy.db-unfinished") + suffix)) << "half a copy";
  }
  backup(options(), copy_);
  EXPECT_EQ(names_in(backups_), std::set<std::string>{"copy.db"});
  EXPECT_EQ(grants_in(copy_), 1);
}

TEST_F(Backup, LeavesOneAtWorkAlone) {
  store::UnfinishedFile others(backups_ / "copy.db-unfinished");
  EXPECT_PURSER_ERROR(ErrorCode::busy, backup(options(), copy_));
  EXPECT_EQ(names_in(backups_), std::set<std::string>{"copy.db-unfinished"});
}

TEST_F(Backup, OfADamagedDatabaseIsNone) {
  ForeignTool(path_).run("UPDATE keepa_account SET balance_millitokens = balance_millitokens + 1");
  EXPECT_PURSER_ERROR(ErrorCode::corrupt, backup(options(), copy_));
  EXPECT_EQ(names_in(backups_), std::set<std::string>{});
}

// They hold no data, and a purser with other ones may have made them.
TEST_F(Backup, TakesADatabaseWithOtherOpsViews) {
  ForeignTool(path_).run("DROP VIEW ops_keepa_ledger; CREATE VIEW ops_keepa_ledger AS SELECT 1");
  BackupReport report = backup(options(), copy_);
  EXPECT_TRUE(std::any_of(report.checks.begin(), report.checks.end(), [](const Check& check) {
    return check.detail.find("differs: view ops_keepa_ledger") != std::string::npos;
  }));
  EXPECT_FALSE(verify(options()).passed());
}

TEST_F(Backup, TakesEveryOlderSchemaAndNoNewer) {
  for (int version = 1; version <= test::kStoredVersions; ++version) {
    DatabaseOptions stored = options();
    stored.path = folder_.file("stored-" + std::to_string(version));
    test::restore_stored_database(version, stored.path);
    fs::path copy = backups_ / std::to_string(version);
    EXPECT_EQ(backup(stored, copy).schema_version, version);
    EXPECT_EQ(test::all_rows(copy), test::all_rows(stored.path));
  }
  ForeignTool(path_).run("PRAGMA user_version = 999");
  EXPECT_PURSER_ERROR(ErrorCode::schema_newer, backup(options(), copy_));
  EXPECT_FALSE(fs::exists(copy_));
}

}  // namespace
}  // namespace purser
