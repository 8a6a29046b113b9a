// The way back: what stood there is kept, what comes back is whole, and no promise comes back.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <optional>
#include <set>

#include "purser/backup.h"
#include "purser/create.h"
#include "purser/health.h"
#include "purser/keepa_status.h"
#include "purser/spapi.h"
#include "purser/xai_verdicts.h"
#include "store/connection.h"
#include "store/lease.h"
#include "store/transaction.h"
#include "support/files.h"
#include "support/foreign_tool.h"
#include "support/forgetful_disk.h"
#include "support/forked.h"
#include "support/scratch.h"
#include "support/stored_database.h"

namespace purser {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::ForeignTool;
using test::read_file;
using test::write_file;

class Restore : public test::DatabaseTest {
 protected:
  Restore() {
    fs::create_directory(backups_);
    Database database = open();
    keepa::Observation observation;
    observation.tokens_left = tokens(100);
    observation.refill_rate = tokens(5);
    keepa::Ledger(database).observe(observation);
  }

  static std::string granted(Database& database, std::int64_t cost = 1) {
    auto outcome = keepa::Ledger(database).acquire({.task = "backfiller", .cost = tokens(cost)});
    const auto* granted = std::get_if<keepa::Granted>(&outcome);
    if (granted == nullptr) throw std::runtime_error("not granted");
    return granted->reservation;
  }
  static void call_xai(Database& database, int calls) {
    xai::Quota quota(database);
    for (int i = 0; i < calls; ++i) {
      if (!std::holds_alternative<xai::UnitGranted>(quota.acquire("test")))
        throw std::runtime_error("no unit");
    }
  }
  static xai::Question book(const std::string& title) {
    return {.title = title, .category = "Books", .season = "Sep", .price = {4990}};
  }

  // The code and the words; and that nothing was changed, nor left.
  Error refused(const fs::path& source) {
    auto before = files();
    auto error = test::thrown_by([&] { restore(options(), source); });
    if (!error) throw std::runtime_error("restored " + source.string());
    EXPECT_EQ(files(), before) << source;
    return *error;
  }
  // Every file beside the database and beside the backups, but for the gate, which has no content.
  std::map<std::string, std::string> files() {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      std::string name = entry.path().string();
      if (!entry.is_regular_file() || name.find("-gate") != std::string::npos) continue;
      all[name] = fs::file_size(name) < 100'000'000 ? read_file(name) : "huge";
    }
    return all;
  }
  std::set<std::string> names_beside_the_database() {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.is_regular_file()) names.insert(entry.path().filename().string());
    }
    return names;
  }
  DatabaseOptions at(const fs::path& path) {
    DatabaseOptions all = options();
    all.path = path;
    return all;
  }

  fs::path path_ = folder_.file("purser.db");
  fs::path backups_ = folder_.file("backups");
  fs::path copy_ = backups_ / "copy.db";
};

// --- What comes back, and what does not --------------------------------------------------------------------

TEST_F(Restore, BringsBackTheStateAndKeepsWhatStoodThere) {
  std::string early, late;
  {
    Database database = open();
    early = granted(database);
    backup(options(), copy_);
    late = granted(database);
    keepa::Ledger(database).settle(early, {.consumed = tokens(1)});
  }
  auto stood = test::all_rows(path_);
  RestoreReport report = restore(options(), copy_);
  EXPECT_EQ(report.schema_version, open().schema_version());
  EXPECT_EQ(report.source_schema_version, report.schema_version);
  ASSERT_TRUE(report.kept);
  EXPECT_EQ(names_beside_the_database(),
            (std::set<std::string>{"purser.db", "purser.db-gate", "purser.db-wal", "purser.db-shm",
                                   report.kept->filename()}));
  EXPECT_EQ(report.kept->filename(), "purser.db-replaced-20260101T000000Z");
  EXPECT_EQ(test::all_rows(*report.kept), stood);  // with what stood in its log alone
  Database database = open();
  keepa::Ledger ledger(database);
  EXPECT_PURSER_ERROR(ErrorCode::unknown_reservation, ledger.settle(late, {}));
  EXPECT_FALSE(ledger.settle(early, {.consumed = tokens(1)}).settled);
  EXPECT_TRUE(verify(options()).passed());
}

TEST_F(Restore, EndsEveryHoldAndForgetsTheBalance) {
  {
    Database database = open();
    granted(database, 30);
    granted(database, 5);
    keepa::Observation other;
    other.tokens_left = tokens(60);
    other.refill_rate = tokens(5);
    keepa::Ledger another(database, "another");
    another.observe(other);
    static_cast<void>(another.acquire({.task = "backfiller", .cost = tokens(50)}));
  }
  backup(options(), copy_);
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(restore(options(), copy_).ended_reservations, 3);
  Database database = open();
  for (const char* account : {"default", "another"}) {
    keepa::Ledger ledger(database, account);
    keepa::Status status = ledger.status();
    EXPECT_FALSE(status.state.known) << account;
    EXPECT_EQ(status.state.held, Millitokens{}) << account;
    EXPECT_TRUE(status.reservations.empty()) << account;
    EXPECT_EQ(ledger.entries(1).front().kind, "void");
    auto outcome = ledger.acquire({.task = "backfiller", .cost = tokens(1)});
    const auto* refusal = std::get_if<keepa::Refused>(&outcome);
    ASSERT_NE(refusal, nullptr);
    EXPECT_EQ(refusal->reason, keepa::Reason::unknown_balance);
  }
  EXPECT_TRUE(verify(options()).passed());
  keepa::Observation observation;
  observation.tokens_left = tokens(200);
  observation.refill_rate = tokens(5);
  keepa::Ledger(database).observe(observation);
  granted(database);
}

// It was due before: the call may have been made, and counts as spent.
TEST_F(Restore, WhatHadExpiredCountsAsSpent) {
  {
    Database database = open();
    granted(database, 30);
  }
  backup(options(), copy_);
  clock_.advance(std::chrono::hours(2));
  EXPECT_EQ(restore(options(), copy_).ended_reservations, 1);
  EXPECT_EQ(ForeignTool(path_).text("SELECT ending FROM keepa_reservation"), "expire");
  EXPECT_TRUE(verify(options()).passed());
}

TEST_F(Restore, EndsPlacesFlightsAndLeases) {
  std::string flight;
  {
    Database database = open();
    granted(database, 60);
    for (const char* task : {"one", "two"}) {
      auto outcome = keepa::Ledger(database).acquire({.task = task, .cost = tokens(10)});
      ASSERT_TRUE(std::holds_alternative<keepa::Refused>(outcome));
    }
    auto claim = xai::Verdicts(database).claim(book("Eragon"), std::chrono::minutes(1));
    flight = std::get<xai::Claimed>(claim).flight;
    store::Transaction change(database.connection());
    store::find_or_take_lease(change, "spapi token", std::chrono::minutes(1));
    change.commit();
  }
  backup(options(), copy_);
  RestoreReport report = restore(options(), copy_);
  EXPECT_EQ(report.ended_places, 2);
  EXPECT_EQ(report.ended_flights, 1);
  EXPECT_EQ(report.ended_leases, 2);
  ForeignTool tool(path_);
  EXPECT_EQ(tool.number("SELECT count(*) FROM keepa_place"), 0);
  EXPECT_EQ(tool.number("SELECT count(*) FROM lease"), 0);
  EXPECT_EQ(tool.text("SELECT ending FROM xai_flight"), "void");
  Database database = open();
  xai::Verdicts verdicts(database);
  EXPECT_FALSE(verdicts.answer(flight, true));  // it ended
  EXPECT_TRUE(std::holds_alternative<xai::Claimed>(verdicts.claim(book("Eragon"), std::chrono::minutes(1))));
}

// --- The day of xAI ----------------------------------------------------------------------------------------

class RestoreDay : public Restore {
 protected:
  // The backup is made with `copied` calls of its day, then `later` go by, then `present` calls in all are
  // counted on the database's day.
  RestoreReport restored(int copied, Duration later, int present) {
    {
      Database database = open();
      call_xai(database, copied);
      backup(options(), copy_);
      clock_.advance(later);
      call_xai(database, present - (later < std::chrono::hours(24) ? copied : 0));
    }
    RestoreReport report = restore(options(), copy_);
    EXPECT_TRUE(verify(options()).passed());
    Database database = open();
    EXPECT_EQ(xai::Quota(database).status().calls_today, report.calls_today);
    return report;
  }
  xai::QuotaState quota() {
    Database database = open();
    return xai::Quota(database).status();
  }
};

TEST_F(RestoreDay, OneDayCountsTheMore) {
  RestoreReport report = restored(3, std::chrono::hours(1), 8);
  EXPECT_EQ(report.calls_today, 8);
  EXPECT_TRUE(report.calls_known);
  EXPECT_EQ(ForeignTool(path_).text("SELECT purpose || count FROM xai_unit WHERE kind = 'stated'"),
            "restore5");
}

TEST_F(RestoreDay, AlsoWhereTheCopyHasMore) {
  {
    Database database = open();
    call_xai(database, 9);
    backup(options(), copy_);
    xai::Quota(database).set_day("2026-01-01", 2);
  }
  EXPECT_EQ(restore(options(), copy_).calls_today, 9);
  EXPECT_TRUE(verify(options()).passed());
}

TEST_F(RestoreDay, ACopyOfYesterdayGivesNoSecondQuota) {
  EXPECT_EQ(restored(3, std::chrono::hours(24), 5).calls_today, 5);
  EXPECT_EQ(quota().date, "2026-01-02");
}

TEST_F(RestoreDay, ACopyOfADayThatNobodyCountsAnyMore) {
  {
    Database database = open();
    call_xai(database, 4);
  }
  backup(options(), copy_);
  clock_.advance(std::chrono::hours(48));
  EXPECT_EQ(restore(options(), copy_).calls_today, 0);
  EXPECT_EQ(quota().date, "2026-01-03");
}

// Somebody put the clock right: what a wrong one pinned stays until set-day.
TEST_F(RestoreDay, TheLaterDayHolds) {
  {
    Database database = open();
    call_xai(database, 1);
    backup(options(), copy_);
    clock_.jump(std::chrono::hours(24 * 10));
    call_xai(database, 6);
  }
  clock_.jump(-std::chrono::hours(24 * 10));
  EXPECT_EQ(restore(options(), copy_).calls_today, 6);
  EXPECT_EQ(quota().date, "2026-01-11");
  EXPECT_TRUE(verify(options()).passed());
  // And the reverse: the copy's is the later one.
  {
    Database database = open();
    backup(options(), backups_ / "later.db");
    xai::Quota(database).set_day("2026-01-01", 2);
  }
  EXPECT_EQ(restore(options(), backups_ / "later.db").calls_today, 6);
  EXPECT_EQ(quota().date, "2026-01-11");
}

TEST_F(RestoreDay, UsedUpCreditsStayUsedUp) {
  {
    Database database = open();
    call_xai(database, 1);
    backup(options(), copy_);
    xai::Quota(database).stop_for_today();
  }
  restore(options(), copy_);
  Database database = open();
  auto outcome = xai::Quota(database).acquire();
  ASSERT_TRUE(std::holds_alternative<xai::UnitDenied>(outcome));
  EXPECT_EQ(std::get<xai::UnitDenied>(outcome).reason, xai::DenyReason::no_credits);
}

TEST_F(RestoreDay, AnotherZoneEndsTheDayElsewhere) {
  {
    Database database = open();
    call_xai(database, 2);
    backup(options(), copy_);
    xai::Quota(database).set_time_zone("Asia/Tokyo");
    clock_.advance(std::chrono::hours(20));  // the 2nd in Tokyo, the 1st in UTC
    call_xai(database, 7);
  }
  EXPECT_EQ(restore(options(), copy_).calls_today, 7);
  EXPECT_EQ(quota().date, "2026-01-02");
  EXPECT_EQ(quota().time_zone, "UTC");
  EXPECT_EQ(rfc3339(quota().day_ends_at), "2026-01-03T00:00:00.000Z");
  EXPECT_TRUE(verify(options()).passed());
}

TEST_F(RestoreDay, UnknownWhereWhatStoodThereIsDamaged) {
  {
    Database database = open();
    call_xai(database, 2);
    backup(options(), copy_);
  }
  write_file(path_,
             "no database any more, and longer than the smallest one would be" + std::string(5000, '!'));
  RestoreReport report = restore(options(), copy_);
  EXPECT_FALSE(report.calls_known);
  EXPECT_EQ(report.calls_today, 2);
}

// --- What is restored ------------------------------------------------------------------------------------

TEST_F(Restore, AFileThatWasCopiedWithItsLog) {
  ForeignTool(path_).run("PRAGMA wal_checkpoint(TRUNCATE)");
  {
    Database database = open();
    granted(database, 7);
  }
  fs::copy(path_, copy_);
  ASSERT_GT(fs::file_size(path_.string() + "-wal"), 0U);
  fs::copy(path_.string() + "-wal", copy_.string() + "-wal");
  fs::copy(path_, backups_ / "without-log.db");
  auto backups = read_file(copy_) + read_file(copy_.string() + "-wal");
  EXPECT_EQ(restore(options(), copy_).ended_reservations, 1);
  EXPECT_EQ(read_file(copy_) + read_file(copy_.string() + "-wal"), backups);
  EXPECT_FALSE(fs::exists(copy_.string() + "-shm"));
  EXPECT_EQ(restore(options(), backups_ / "without-log.db").ended_reservations, 0);
  EXPECT_TRUE(verify(options()).passed());
}

// The end of a log that was still being copied when the machine died.
TEST_F(Restore, ALogThatIsCutShortCountsToItsLastWholeCommit) {
  {
    Database database = open();
    granted(database, 7);
    granted(database, 8);
  }
  fs::copy(path_, copy_);
  std::string log = read_file(path_.string() + "-wal");
  write_file(copy_.string() + "-wal", log.substr(0, log.size() - 1));
  EXPECT_EQ(restore(options(), copy_).ended_reservations, 1);
}

TEST_F(Restore, WhatASqliteShellCopied) {
  {
    Database database = open();
    granted(database, 7);
  }
  ForeignTool(path_).run("VACUUM INTO '" + copy_.string() + "'");  // in the journal mode delete
  EXPECT_EQ(restore(options(), copy_).ended_reservations, 1);
  EXPECT_EQ(ForeignTool(path_).text("PRAGMA journal_mode"), "wal");
}

TEST_F(Restore, EveryOlderSchema) {
  for (int version = 1; version <= test::kStoredVersions; ++version) {
    clock_.set(test::kStoredNow + std::chrono::hours(version));
    fs::path stored = backups_ / std::to_string(version);
    test::restore_stored_database(version, stored);
    ForeignTool(stored).run("PRAGMA wal_checkpoint(TRUNCATE)");
    RestoreReport report = restore(options(), stored);
    EXPECT_EQ(report.source_schema_version, version);
    EXPECT_EQ(report.schema_version, open().schema_version());
    EXPECT_TRUE(verify(options()).passed()) << version;
    ASSERT_TRUE(report.kept);
    std::set<std::string> beside;
    for (const std::string& name : names_beside_the_database()) {
      if (name.find("-replaced-") == std::string::npos) beside.insert(name);
    }
    EXPECT_EQ(beside,
              (std::set<std::string>{"purser.db", "purser.db-gate", "purser.db-wal", "purser.db-shm"}));
  }
}

// A backup of a purser that had other views, or one of which an operator dropped some.
TEST_F(Restore, MakesTheOpsViewsAnew) {
  backup(options(), copy_);
  ForeignTool(copy_).run(
      "DROP VIEW ops_keepa_ledger; CREATE VIEW ops_keepa_ledger AS SELECT 1; CREATE VIEW ops_old AS SELECT "
      "2");
  restore(options(), copy_);
  EXPECT_TRUE(verify(options()).passed());
  EXPECT_EQ(ForeignTool(path_).number("SELECT count(*) FROM sqlite_schema WHERE name = 'ops_old'"), 0);
}

TEST_F(Restore, NoNewerSchema) {
  backup(options(), copy_);
  ForeignTool(copy_).run("PRAGMA user_version = 999; PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_EQ(refused(copy_).code(), ErrorCode::schema_newer);
}

TEST_F(Restore, TheDurabilityOfTheCopy) {
  fs::path other = folder_.file("other.db");
  create_database(at(other), Durability::normal);
  backup(at(other), copy_);
  restore(options(), copy_);
  EXPECT_EQ(open().durability(), Durability::normal);
}

// --- What is none ------------------------------------------------------------------------------------------

TEST_F(Restore, WhatIsNoDatabaseOfOurs) {
  fs::path source = backups_ / "source";
  auto words_of = [&](const std::string& content) {
    write_file(source, content);
    Error fault = refused(source);
    EXPECT_EQ(fault.code(), ErrorCode::invalid_backup) << fault.what();
    return std::string(fault.what());
  };
  EXPECT_NE(words_of("").find("is an empty file"), std::string::npos);
  EXPECT_NE(words_of("a note").find("is no SQLite database"), std::string::npos);
  EXPECT_NE(words_of(std::string(10'000, 'x')).find("is no SQLite database"), std::string::npos);
  ForeignTool(backups_ / "theirs").run("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  EXPECT_NE(words_of(read_file(backups_ / "theirs")).find("not one of purser's"), std::string::npos);
  ForeignTool(backups_ / "hollow").run("PRAGMA application_id = 1349874291; CREATE TABLE a (x)");
  EXPECT_NE(words_of(read_file(backups_ / "hollow")).find("no sound database"), std::string::npos);
  backup(options(), copy_);
  std::string later = read_file(copy_);
  later[18] = 9;  // a file format that SQLite may read, and not write
  EXPECT_NE(words_of(later).find("no sound database"), std::string::npos);
  later[19] = 1;  // and without a log
  EXPECT_NE(words_of(later).find("no sound database"), std::string::npos);
  EXPECT_EQ(refused(backups_).code(), ErrorCode::invalid_backup);
  EXPECT_EQ(refused("/dev/null").code(), ErrorCode::invalid_backup);
  ASSERT_EQ(mkfifo((backups_ / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(refused(backups_ / "fifo").code(), ErrorCode::invalid_backup);
  EXPECT_EQ(refused(backups_ / "none").code(), ErrorCode::cannot_open);
  EXPECT_EQ(refused(path_).code(), ErrorCode::usage);
}

TEST_F(Restore, WhatIsDamaged) {
  backup(options(), copy_);
  std::string whole = read_file(copy_);
  fs::path source = backups_ / "source";
  for (std::size_t bytes : {whole.size() - 1, whole.size() / 2, std::size_t{2048}, std::size_t{600}}) {
    write_file(source, whole.substr(0, bytes));
    Error fault = refused(source);
    EXPECT_EQ(fault.code(), ErrorCode::invalid_backup) << bytes;
    EXPECT_NE(std::string(fault.what()).find("is truncated"), std::string::npos) << fault.what();
  }
  // Each page in its turn, behind the header of the first.
  int refusals = 0;
  for (std::size_t at = 100; at < whole.size(); at += 2048) {
    std::string damaged = whole;
    damaged.replace(at, 1000, 1000, '\xA5');
    write_file(source, damaged);
    auto code = error_of([&] { restore(options(), source); });
    if (!code) continue;  // a page that holds nothing
    ++refusals;
    EXPECT_EQ(code, ErrorCode::invalid_backup) << at;
  }
  EXPECT_GT(refusals, 15);
  EXPECT_TRUE(verify(options()).passed());
}

TEST_F(Restore, WhatActsOnOurTablesAndWhatDoesNot) {
  for (const char* foreign :
       {"CREATE TRIGGER spy AFTER INSERT ON keepa_ledger BEGIN SELECT 1; END",
        "CREATE INDEX spy ON keepa_ledger (hex(zeroblob(10)))", "CREATE UNIQUE INDEX spy ON lease (holder)",
        "CREATE TABLE spy (a REFERENCES keepa_account (id))"}) {
    fs::remove(copy_);
    backup(options(), copy_);
    ForeignTool(copy_).run(foreign);
    Error fault = refused(copy_);
    EXPECT_EQ(fault.code(), ErrorCode::invalid_backup) << foreign;
    EXPECT_NE(std::string(fault.what()).find("DROP "), std::string::npos) << fault.what();
  }
  fs::remove(copy_);
  backup(options(), copy_);
  ForeignTool(copy_).run("CREATE TABLE notes (a); CREATE VIEW mine AS SELECT * FROM lease");
  EXPECT_NO_PURSER_ERROR(restore(options(), copy_));
}

TEST_F(Restore, WhatDoesNotAddUp) {
  backup(options(), copy_);
  ForeignTool(copy_).run(
      "UPDATE keepa_account SET balance_millitokens = balance_millitokens + 1;"
      "PRAGMA wal_checkpoint(TRUNCATE)");
  Error fault = refused(copy_);
  EXPECT_EQ(fault.code(), ErrorCode::invalid_backup);
  EXPECT_NE(std::string(fault.what()).find("keepa_ledger"), std::string::npos) << fault.what();
}

TEST_F(Restore, WhatIsLargerThanTheDisk) {
  backup(options(), copy_);
  constexpr off_t kEightTerabytes = off_t{8} << 40U;
  if (truncate(copy_.c_str(), kEightTerabytes) != 0) GTEST_SKIP() << "no file can be that large here";
  EXPECT_EQ(refused(copy_).code(), ErrorCode::disk_full);
}

// A copy of files that somebody is writing may be no state that there was.
TEST_F(Restore, WhatSomebodyHasOpen) {
  fs::path other = folder_.file("other.db");
  create_database(at(other));
  backup(options(), copy_);
  test::Word opened;
  test::Forked another([&] {
    if (!opened.wait()) return 1;
    return error_of([&] { restore(at(other), copy_); }) == ErrorCode::in_use ? 0 : 1;
  });
  {
    Database database = Database::open(at(other));
    EXPECT_PURSER_ERROR(ErrorCode::in_use, restore(options(), other));
    opened.say();
    EXPECT_EQ(another.wait(), 0) << "the look at it let go of SQLite's locks";
  }
  test::Word ready, done;
  test::Forked reader([&] {
    ForeignTool tool(other);
    tool.number("SELECT count(*) FROM keepa_policy");
    ready.say();
    return done.wait() ? 0 : 1;
  });
  ASSERT_TRUE(ready.wait());
  EXPECT_PURSER_ERROR(ErrorCode::in_use, restore(options(), other));
  done.say();
  EXPECT_EQ(reader.wait(), 0);
  EXPECT_NO_PURSER_ERROR(restore(options(), other));
}

// --- The place ---------------------------------------------------------------------------------------------

TEST_F(Restore, IsRefusedWhileSomebodyHasTheDatabaseOpen) {
  backup(options(), copy_);
  DatabaseOptions impatient = options();
  impatient.busy_deadline = Duration{50};
  auto restored = [&] { return error_of([&] { restore(impatient, copy_); }); };
  {
    Database idle = open();
    EXPECT_EQ(restored(), ErrorCode::in_use);
    granted(idle);  // and goes on
  }
  test::Word ready, done;
  test::Forked worker([&] {
    Database idle = open();
    ready.say();
    if (!done.wait()) return 1;
    granted(idle);
    return 0;
  });
  ASSERT_TRUE(ready.wait());
  EXPECT_EQ(restored(), ErrorCode::in_use);
  done.say();
  EXPECT_EQ(worker.wait(), 0);
  EXPECT_EQ(restored(), std::nullopt);
}

TEST_F(Restore, MakesTheDatabaseWhereThereIsNone) {
  backup(options(), copy_);
  fs::path fresh = folder_.file("fresh.db");
  // The log of one that was removed is none of the new one's.
  write_file(fresh.string() + "-wal", read_file(path_.string() + "-wal"));
  RestoreReport report = restore(at(fresh), copy_);
  EXPECT_FALSE(report.kept);
  EXPECT_TRUE(report.calls_known);
  EXPECT_FALSE(fs::exists(fresh.string() + "-wal"));
  EXPECT_TRUE(verify(at(fresh)).passed());
  EXPECT_PURSER_ERROR(ErrorCode::cannot_open, restore(at(folder_.file("no") / "folder.db"), copy_));
}

TEST_F(Restore, KeepsADamagedDatabaseWithItsLog) {
  backup(options(), copy_);
  for (const std::string& damaged : {std::string(), std::string("a note"), std::string(9000, 'x')}) {
    clock_.advance(std::chrono::seconds(1));
    write_file(path_, damaged);
    write_file(path_.string() + "-wal", "its log");
    RestoreReport report = restore(options(), copy_);
    ASSERT_TRUE(report.kept);
    EXPECT_EQ(read_file(*report.kept), damaged);
    EXPECT_EQ(read_file(report.kept->string() + "-wal"), "its log");
    EXPECT_TRUE(verify(options()).passed());
  }
}

// Pages that are damaged in the middle: it opens, and its log is taken up.
TEST_F(Restore, KeepsADatabaseThatIsDamagedInside) {
  backup(options(), copy_);
  {
    Database database = open();
    granted(database);
  }
  ForeignTool(path_).run("PRAGMA wal_checkpoint(TRUNCATE)");
  std::string damaged = read_file(path_);
  damaged.replace(2048UL * 3, damaged.size() - 2048UL * 3, damaged.size() - 2048UL * 3, '\xA5');
  write_file(path_, damaged);
  RestoreReport report = restore(options(), copy_);
  ASSERT_TRUE(report.kept);
  EXPECT_EQ(read_file(*report.kept), damaged);
  EXPECT_FALSE(report.calls_known);
  EXPECT_TRUE(verify(options()).passed());
}

TEST_F(Restore, ReplacesADatabaseOfANewerSchema) {
  {
    Database database = open();
    backup(options(), copy_);
    call_xai(database, 4);
  }
  ForeignTool(path_).run("PRAGMA user_version = 999");
  EXPECT_EQ(restore(options(), copy_).calls_today, 4);
}

TEST_F(Restore, LeavesAnotherProgramsDatabase) {
  backup(options(), copy_);
  fs::path theirs = folder_.file("theirs.db");
  ForeignTool(theirs).run("CREATE TABLE theirs (x)");
  std::string before = read_file(theirs);
  EXPECT_PURSER_ERROR(ErrorCode::foreign_database, restore(at(theirs), copy_));
  EXPECT_EQ(read_file(theirs), before);
  EXPECT_PURSER_ERROR(ErrorCode::not_a_database, restore(at(backups_), copy_));
}

TEST_F(Restore, FollowsALinkToTheDatabase) {
  backup(options(), copy_);
  fs::path link = folder_.file("link.db");
  fs::create_symlink("purser.db", link);
  RestoreReport report = restore(at(link), copy_);
  EXPECT_TRUE(fs::is_symlink(link));
  ASSERT_TRUE(report.kept);
  EXPECT_EQ(report.kept->filename().string().rfind("purser.db-replaced-", 0), 0U);
}

TEST_F(Restore, KeepsTheModeThatLetsAGroupRead) {
  backup(options(), copy_);
  ASSERT_EQ(chmod(path_.c_str(), 0664), 0);
  restore(options(), copy_);
  struct stat file {};
  ASSERT_EQ(stat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777U, 0640U);
}

// Whether another process sees SQLite's lock on it.
bool is_locked(const fs::path& path) {
  return test::Forked([&] {
           int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
           struct flock lock {};
           lock.l_type = F_WRLCK;
           lock.l_start = 0x40000000;
           lock.l_len = 512;
           return fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? 1 : 0;
         }).wait() == 1;
}

// Calls `work` at the first sync of a folder after a new file has come to `path`.
void once_it_is_there(const fs::path& path, std::uint64_t before, const std::function<void()>& work) {
  test::before_folder_sync([=] {
    struct stat file {};
    if (stat(path.c_str(), &file) == 0 && file.st_ino != before) return work();
    once_it_is_there(path, before, work);
  });
}
std::uint64_t number_of(const fs::path& path) {
  struct stat file {};
  return stat(path.c_str(), &file) == 0 ? file.st_ino : 0;
}

// The kernel drops a process's locks on a file with the first descriptor of it that is closed.
TEST_F(Restore, WhoOpensTheNewDatabaseBeforeItEndsKeepsHisLocks) {
  backup(options(), copy_);
  std::optional<Database> other;
  once_it_is_there(path_, number_of(path_), [&] { other.emplace(open()); });
  restore(options(), copy_);
  ASSERT_TRUE(other);
  EXPECT_TRUE(is_locked(path_));
}

TEST_F(Restore, WhoOpensABackupBeforeItEndsKeepsHisLocks) {
  DatabaseOptions of_copy = options();
  of_copy.path = copy_;
  std::optional<Database> other;
  once_it_is_there(copy_, 0, [&] { other.emplace(Database::open(of_copy)); });
  backup(options(), copy_);
  ASSERT_TRUE(other);
  EXPECT_TRUE(is_locked(copy_));
}

TEST_F(Restore, WhoOpensAFreshDatabaseBeforeItEndsKeepsHisLocks) {
  DatabaseOptions fresh = options();
  fresh.path = folder_.file("fresh.db");
  std::optional<Database> other;
  once_it_is_there(fresh.path, 0, [&] { other.emplace(Database::open(fresh)); });
  create_database(fresh);
  ASSERT_TRUE(other);
  EXPECT_TRUE(is_locked(fresh.path));
}

TEST_F(Restore, WhoOpensTheCopyWhileItIsReadKeepsHisLocks) {
  backup(options(), copy_);
  DatabaseOptions of_copy = options();
  of_copy.path = copy_;
  std::optional<Database> other;
  auto open_it = [&](std::int64_t, std::int64_t) {
    if (!other) other.emplace(Database::open(of_copy));
  };
  EXPECT_PURSER_ERROR(ErrorCode::in_use, restore(options(), copy_, open_it));
  EXPECT_TRUE(is_locked(copy_));
}

TEST_F(Restore, TwiceInASecondKeepsBoth) {
  backup(options(), copy_);
  auto first = restore(options(), copy_).kept;
  auto second = restore(options(), copy_).kept;
  ASSERT_TRUE(first && second);
  EXPECT_EQ(second->string(), first->string() + "-2");
}

TEST_F(Restore, RemovesNoCopyThatHasTheNameOfItsOwnWork) {
  for (const char* suffix : {"-restoring", "-restoring-wal", "-restoring-gate"}) {
    fs::path source = path_.string() + suffix;
    backup(options(), copy_);
    fs::rename(copy_, source);
    EXPECT_EQ(refused(source).code(), ErrorCode::usage) << suffix;
    fs::remove(source);
  }
}

TEST_F(Restore, ReplacesWhatAKilledOneLeft) {
  backup(options(), copy_);
  for (const char* suffix : {"", "-wal", "-shm", "-gate", "-journal"}) {
    write_file(path_.string() + "-restoring" + suffix, "half a copy");
  }
  RestoreReport report = restore(options(), copy_);
  ASSERT_TRUE(report.kept);
  EXPECT_EQ(names_beside_the_database(),
            (std::set<std::string>{"purser.db", "purser.db-gate", report.kept->filename()}));
}

}  // namespace
}  // namespace purser
