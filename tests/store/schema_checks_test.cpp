// What `verify` says of a file's schema and its history: which table, index, trigger or view is not as it
// should be.
#include "store/schema_checks.h"

#include <gtest/gtest.h>

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
    Database::create(options());
  }
  template <typename Work>
  Check made_by(Work&& check) {
    auto connection = Connection::open(options(), Accept::any_schema);
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
      {"CREATE TRIGGER spy AFTER INSERT ON keepa_ledger BEGIN SELECT 1; END", "foreign: trigger spy"},
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

TEST_F(SchemaChecks, WhatAnOperatorAddedIsNamedAndNoFault) {
  tamper(
      "CREATE VIEW mine AS SELECT count(*) FROM keepa_ledger; CREATE TABLE notes (a); "
      "CREATE INDEX quick ON lease (holder); ANALYZE");
  Check found = schema();
  EXPECT_TRUE(found.passed) << found.detail;
  EXPECT_NE(found.detail.find("; foreign: index quick, table notes, view mine"), std::string::npos)
      << found.detail;
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
  EXPECT_EQ(bare_sql("CREATE  TABLE \"a\" ( -- why; \"\n  b TEXT /* x */ CHECK (b <> ' -- it''s ') )"),
            "CREATE TABLE a(b TEXT CHECK(b<>' -- it''s '))");
  EXPECT_NE(bare_sql("CHECK (a = 'x y')"), bare_sql("CHECK (a = 'xy')"));
  EXPECT_NE(bare_sql("a INTEGER NOT NULL"), bare_sql("a INTEGERNOT NULL"));
  EXPECT_EQ(bare_sql("a/**/b--"), "a b");
  EXPECT_EQ(bare_sql("'open"), "'open");
}

}  // namespace
}  // namespace purser::store
