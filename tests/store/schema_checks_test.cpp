// What `verify` says of a file's schema and its history: which table, index, trigger or view is not as it
// should be.
#include "store/schema/schema_checks.h"
#include "store/schema/normalized_sql.h"
#include "store/sqlite/sqlite_connection.h"

#include <gtest/gtest.h>

#include "purser/create.h"
#include "store/copy/verify.h"
#include "support/foreign_tool.h"
#include "support/scratch.h"

namespace purser::store {
namespace {

class SchemaChecks : public test::DatabaseTest {
 protected:
  void tamper(const std::string& script) { test::ForeignTool(folder_.file("purser.db")).run(script); }
  // Takes back what was done, so that each case stands for itself.
  void begin_anew() {
    for (const char* suffix : {"", "-wal", "-shm"})
      std::filesystem::remove(folder_.file("purser.db").string() + suffix);
    create_database(options());
  }
  template <typename Work>
  Check made_by(Work&& check) {
    auto connection = SqliteConnection::open(options(), Accept::any_schema);
    Snapshot view(*connection, SchemaCheck::skipped);
    return check(view);
  }
  Check schema(OpsViews views = OpsViews::must_match) {
    return made_by([&](Snapshot& view) { return check_schema(view, views); });
  }
};

TEST_F(SchemaChecks, AFreshFilePasses) {
  Check fresh = schema();
  EXPECT_TRUE(fresh.passed) << fresh.detail;
  Check history = made_by(check_history);
  EXPECT_TRUE(history.passed) << history.detail;
}

TEST_F(SchemaChecks, WhatDiffersIsMissingOrForeignIsNamed) {
  struct Case {
    const char* script;
    const char* detail;
  };
  const Case cases[] = {
      {"ALTER TABLE lease ADD COLUMN note TEXT", "differs: table lease"},
      {"DROP INDEX xai_unit_by_date", "missing: index xai_unit_by_date"},
      {"DROP INDEX xai_unit_by_date; CREATE INDEX xai_unit_by_date ON xai_unit (date, at_ms)",
       "differs: index xai_unit_by_date"},
      {"DROP TRIGGER keepa_ledger_append_only", "missing: trigger keepa_ledger_append_only"},
      {"CREATE TABLE notes (a); DROP TABLE spapi_pace", "missing: table spapi_pace"},
      {"DROP VIEW ops_keepa_ledger",
       "missing: view ops_keepa_ledger (`purser migrate up` makes the ops views anew)"},
  };
  for (const Case& c : cases) {
    begin_anew();
    tamper(c.script);
    Check found = schema();
    EXPECT_FALSE(found.passed) << c.script;
    EXPECT_EQ(found.detail, c.detail);
  }
}

TEST_F(SchemaChecks, OtherOpsViewsMayBeNoFaultWhileNothingElseDiffers) {
  tamper("DROP VIEW ops_keepa_ledger");
  EXPECT_TRUE(schema(OpsViews::may_differ).passed);
  EXPECT_FALSE(schema().passed);
  tamper("DROP INDEX xai_unit_by_date");
  EXPECT_FALSE(schema(OpsViews::may_differ).passed);
}

TEST_F(SchemaChecks, ViewsThatAnotherPurserLeftAreNotForeign) {
  tamper("CREATE VIEW ops_of_before AS SELECT 1; CREATE VIEW ops_older AS SELECT 2");
  Check found = schema();
  EXPECT_TRUE(found.passed) << found.detail;
  EXPECT_NE(found.detail.find("ops views of another purser: 2 (`purser migrate up`"), std::string::npos)
      << found.detail;
  EXPECT_EQ(found.detail.find("foreign"), std::string::npos) << found.detail;
  tamper("PRAGMA user_version = 99");  // as an older program sees it after an upgrade
  EXPECT_EQ(schema().detail, "not looked at: schema 99 is newer than this purser");
}

TEST_F(SchemaChecks, WhatAnOperatorAddedBesideIsNamedAndNoFault) {
  tamper(
      "CREATE VIEW mine AS SELECT count(*) FROM keepa_ledger; CREATE TABLE notes (a UNIQUE); "
      "CREATE TABLE more (a REFERENCES notes (a)); CREATE INDEX quick ON notes (a); ANALYZE");
  Check found = schema();
  EXPECT_TRUE(found.passed) << found.detail;
  EXPECT_NE(found.detail.find("; foreign: index quick, table more, table notes, view mine"),
            std::string::npos)
      << found.detail;
}

// Whatever its name: who may write the file can give it one that looks like SQLite's own.
TEST_F(SchemaChecks, WhatActsOnOurTablesIsAFaultWithTheWayToDropIt) {
  struct Case {
    const char* script;
    const char* named;
    const char* drop;
  };
  const Case cases[] = {
      {"CREATE TRIGGER spy AFTER INSERT ON keepa_ledger BEGIN SELECT 1; END",
       "foreign: trigger spy on keepa_ledger", "DROP TRIGGER \"spy\";"},
      {"CREATE TRIGGER spy AFTER INSERT ON keepa_ledger BEGIN SELECT 1; END; PRAGMA writable_schema = ON; "
       "UPDATE sqlite_schema SET name = 'sqlite_evil', sql = replace(sql, 'spy', 'sqlite_evil') "
       "WHERE name = 'spy'",
       "foreign: trigger sqlite_evil on keepa_ledger", "DROP TRIGGER \"sqlite_evil\";"},
      {"CREATE TRIGGER spy AFTER INSERT ON keepa_ledger BEGIN SELECT 1; END; PRAGMA writable_schema = ON; "
       "UPDATE sqlite_schema SET name = 'sqlite_autoindex_lease_1', "
       "sql = replace(sql, 'spy', 'sqlite_autoindex_lease_1') WHERE name = 'spy'",
       "foreign: trigger sqlite_autoindex_lease_1 on keepa_ledger",
       "DROP TRIGGER \"sqlite_autoindex_lease_1\";"},
      {"CREATE INDEX spy ON lease (hex(zeroblob(10))); PRAGMA writable_schema = ON; "
       "UPDATE sqlite_schema SET name = 'sqlite_stat1', sql = replace(sql, 'spy', 'sqlite_stat1') "
       "WHERE name = 'spy'",
       "foreign: index sqlite_stat1 on lease", "DROP INDEX \"sqlite_stat1\";"},
      {"CREATE UNIQUE INDEX one ON keepa_ledger (kind)", "foreign: index one on keepa_ledger",
       "DROP INDEX \"one\";"},
      {"CREATE TABLE theirs (a REFERENCES \"KEEPA_account\" (id))",
       "foreign: table theirs (refers to our rows)", "DROP TABLE \"theirs\";"},
      {"CREATE VIEW theirs AS SELECT 1 AS a; CREATE TRIGGER way_in INSTEAD OF INSERT ON theirs "
       "BEGIN DELETE FROM lease; END",
       "foreign: trigger way_in on theirs", "DROP TRIGGER \"way_in\";"},
  };
  for (const Case& c : cases) {
    begin_anew();
    tamper(c.script);
    Check found = schema();
    EXPECT_FALSE(found.passed) << c.script;
    EXPECT_NE(found.detail.find(c.named), std::string::npos) << found.detail;
    ASSERT_NE(found.detail.find(c.drop), std::string::npos) << found.detail;
    tamper(c.drop);
    found = schema();
    EXPECT_TRUE(found.passed) << found.detail;
  }
}

TEST_F(SchemaChecks, ANameThatIsNoPlainTextIsShownEscaped) {
  tamper(
      "CREATE TABLE \"a\nok\x1b[2J\" (a); CREATE INDEX \"b\"\"; DROP TABLE lease; --\" ON lease (holder); "
      "CREATE INDEX \"c\n\" ON lease (holder)");
  Check found = schema();
  EXPECT_FALSE(found.passed);
  EXPECT_EQ(found.detail.find_first_of("\n\x1b"), std::string::npos) << found.detail;
  EXPECT_NE(found.detail.find("DROP INDEX \"b\"\"; DROP TABLE lease; --\";"), std::string::npos)
      << found.detail;
  EXPECT_NE(found.detail.find("index c\\x0A on lease"), std::string::npos) << found.detail;
}

TEST_F(SchemaChecks, WhereSomebodysExpressionWouldRunNoRowIsRead) {
  const char* scripts[] = {
      "CREATE INDEX costly ON lease (hex(zeroblob(1000000000)))",
      "DROP TABLE lease; CREATE TABLE lease (a CHECK (length(hex(zeroblob(1000000000))) > 0))",
      "DROP TABLE lease; CREATE VIEW lease AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) "
      "SELECT * FROM n"};
  for (const char* script : scripts) {
    begin_anew();
    tamper(script);
    auto connection = SqliteConnection::open(options(), Accept::any_schema);
    Snapshot view(*connection, SchemaCheck::skipped);
    Verified found = verify(view);
    EXPECT_FALSE(found.may_be_read) << script;
    ASSERT_EQ(found.checks.front().name, "integrity");
    EXPECT_NE(found.checks.front().detail.find("not looked at"), std::string::npos);
    EXPECT_FALSE(found.checks.back().passed);
  }
}

// It would run for as long as it likes at the first look at the setting.
TEST_F(SchemaChecks, AViewInTheNameOfATableIsNotRead) {
  tamper(
      "DROP TABLE database_setting; CREATE VIEW database_setting AS WITH RECURSIVE n(i) AS "
      "(SELECT 1 UNION ALL SELECT i FROM n) SELECT 'full' AS durability, max(i) AS id FROM n");
  EXPECT_PURSER_ERROR(ErrorCode::internal, open());
}

TEST_F(SchemaChecks, AConnectionIsDefensive) {
  Database database = open();
  sqlite_connection(database).execute("PRAGMA writable_schema = ON");
  EXPECT_PURSER_ERROR(ErrorCode::internal,
                      sqlite_connection(database).execute("UPDATE sqlite_schema SET sql = sql"));
}

TEST_F(SchemaChecks, TheHistoryIsWhatWasApplied) {
  struct Case {
    const char* script;
    const char* fragment;
  };
  const Case cases[] = {
      {"UPDATE schema_migration SET checksum = printf('%064d', 0) WHERE version = 3",
       "migration 0003_services was applied with another text"},
      {"DELETE FROM schema_migration WHERE version = 2", "the record of step 2 is missing"},
      {"DELETE FROM schema_migration WHERE version = (SELECT max(version) FROM schema_migration)",
       "the last step in its records is"},
      {"DELETE FROM schema_migration", "the last step in its records is 0"},
      {"DROP TABLE schema_migration", "the last step in its records is 0"},
  };
  for (const Case& c : cases) {
    begin_anew();
    tamper(c.script);
    Check found = made_by(check_history);
    EXPECT_FALSE(found.passed) << c.script;
    EXPECT_NE(found.detail.find(c.fragment), std::string::npos) << found.detail;
  }
}

TEST(BareSql, KeepsWhatMakesADifference) {
  EXPECT_EQ(normalized_sql("CREATE  TABLE \"a\" ( -- why; \"\n  b TEXT /* x */ CHECK (b <> ' -- it''s ') )"),
            "CREATE TABLE a(b TEXT CHECK(b<>' -- it''s '))");
  EXPECT_NE(normalized_sql("CHECK (a = 'x y')"), normalized_sql("CHECK (a = 'xy')"));
  EXPECT_NE(normalized_sql("a INTEGER NOT NULL"), normalized_sql("a INTEGERNOT NULL"));
  EXPECT_EQ(normalized_sql("a/**/b--"), "a b");
  EXPECT_EQ(normalized_sql("'open"), "'open");
}

}  // namespace
}  // namespace purser::store
