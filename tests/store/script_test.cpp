// Scripts: run to the end, and told by file, line and statement where they fail.
#include <gtest/gtest.h>

#include "store/schema/script.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/transaction.h"
#include "support/scratch.h"

namespace purser::store {
namespace {

class ScriptTest : public test::DatabaseTest {
 protected:
  std::vector<RanStatement> run(std::string_view text) {
    return run_script(sqlite_connection(database_), {"a/script.sql", text});
  }
  std::string fault_of(std::string_view text) {
    return test::message_of(ErrorCode::internal, [&] { run(text); });
  }

  Database database_ = open();
};

TEST_F(ScriptTest, RunsEachStatementAndCountsItsRows) {
  auto ran =
      run("-- what it is for; and more\n"
          "CREATE TEMP TABLE t (a TEXT);\n"
          "\n"
          "/* a ; in a comment */ INSERT INTO t VALUES ('a;b'), ('--'), ('c'); UPDATE t SET a = 'x'\n"
          "WHERE a = 'c';\n"
          "CREATE TEMP TRIGGER u AFTER DELETE ON t BEGIN\n"
          "  SELECT 1;\n"
          "END;\n"
          "DELETE FROM t\n"
          "-- nothing follows\n");
  ASSERT_EQ(ran.size(), 5U);
  const std::pair<int, std::int64_t> expected[] = {{2, 0}, {4, 3}, {4, 1}, {6, 0}, {9, 3}};
  for (std::size_t i = 0; i < ran.size(); ++i) {
    EXPECT_EQ(ran[i].line, expected[i].first) << ran[i].text;
    EXPECT_EQ(ran[i].rows, expected[i].second) << ran[i].text;
  }
  EXPECT_EQ(ran[2].text, "UPDATE t SET a = 'x'\nWHERE a = 'c';");
}

TEST_F(ScriptTest, NothingIsNothing) {
  for (const char* text : {"", "  \n", "-- no line's end", "/* open", ";", ";;\n;"}) {
    EXPECT_NO_PURSER_ERROR(run(text)) << text;
  }
}

TEST_F(ScriptTest, NamesLineAndStatementWhereItFails) {
  struct Case {
    const char* what;
    const char* text;
    const char* message;
  };
  const Case cases[] = {
      {"a word that is none",
       "SELECT 1;\n\nCREATE TABLE x (\n  a INTEGER,\n  b FROM TEXT) STRICT;\nSELECT 2;",
       "a/script.sql, line 5: near \"FROM\": syntax error, in: CREATE TABLE x ( a INTEGER, b FROM TEXT) "
       "STRICT"},
      {"no such table", "-- one\nSELECT 1;\nSELECT *\nFROM nowhere;",
       "a/script.sql, line 3: no such table: nowhere, in: SELECT * FROM nowhere"},
      {"no such column", "SELECT 1;\nSELECT 1,\n  2,\n  missing\nFROM keepa_policy;",
       "a/script.sql, line 4: no such column: missing, in: SELECT 1, 2, missing FROM keepa_policy"},
      {"a constraint", "SELECT 1;\n  UPDATE keepa_policy\n SET patience_ms = -1;\nSELECT 2;",
       "a/script.sql, line 2: CHECK constraint failed: patience_ms BETWEEN 0 AND 2592000000, in: UPDATE "
       "keepa_policy SET patience_ms = -1"},
      {"no end", "SELECT 1;\nSELECT (", "a/script.sql, line 2: incomplete input, in: SELECT ("},
  };
  for (const Case& c : cases) EXPECT_EQ(fault_of(c.text), c.message) << c.what;
}

TEST_F(ScriptTest, ALongStatementIsCutBetweenCharacters) {
  std::string title;
  for (int i = 0; i < 80; ++i) title += "ü";
  for (std::size_t lead = 0; lead < 4; ++lead) {
    std::string cut = shortened(std::string(lead, 'x') + title);
    EXPECT_LE(cut.size(), 104U);
    EXPECT_EQ(cut.substr(cut.size() - 6), "ü ...");
  }
  EXPECT_EQ(shortened(" SELECT\n\t 1 ;\n"), "SELECT 1");
}

}  // namespace
}  // namespace purser::store
