// Files that are no database of ours, and databases that cannot be used: each with a code and a word of its
// own.
#include <sys/stat.h>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

class BadDatabaseTest : public CommandLineTest {
 protected:
  // Reading and writing verbs alike, and the file stays as it is.
  void expect_unusable(int exit_status, const std::string& code, const std::string& fragment) {
    std::string before = read_file(database());
    for (const Words& words : {Words{"status"}, Words{"keepa", "status"}, Words{"keepa", "verify"},
                               Words{"keepa", "acquire", "--task", "a", "--cost", "1"},
                               Words{"keepa", "observe", "--tokens-left", "5", "--refill-rate", "5"}}) {
      expect_fault(words, exit_status, code, fragment);
    }
    EXPECT_EQ(read_file(database()), before);
  }
};

TEST_F(BadDatabaseTest, None) {
  expect_unusable(78, "no_database", "purser init");
  EXPECT_FALSE(std::filesystem::exists(database()));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
  expect_fault({"migrate", "up"}, 78, "no_database", "purser init");
  expect_fault({"migrate", "status"}, 78, "no_database", "purser init");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(BadDatabaseTest, ATextFile) {
  write_file(database(),
             "a text that somebody named by mistake, longer than the hundred bytes of SQLite's header, "
             "to be sure\n");
  expect_unusable(74, "not_a_database", "SQLite database");
  expect_fault({"init"}, 74, "not_a_database", "SQLite database");
  expect_fault({"migrate", "up"}, 74, "not_a_database", "SQLite database");
}

TEST_F(BadDatabaseTest, AnEmptyFile) {
  write_file(database(), "");
  expect_unusable(74, "not_a_database", "empty file");
  EXPECT_EQ(answer({"init"})["created"], true);
}

TEST_F(BadDatabaseTest, AnotherProgramsDatabase) {
  sqlite("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  expect_unusable(78, "foreign_database", database());
  expect_fault({"init"}, 78, "foreign_database", database());
  expect_fault({"migrate", "up"}, 78, "foreign_database", database());
}

TEST_F(BadDatabaseTest, ANewerSchema) {
  init_with(55);
  sqlite("PRAGMA user_version = 9999; PRAGMA wal_checkpoint(TRUNCATE)");
  expect_unusable(78, "schema_newer", "newer");
  expect_fault({"migrate", "up"}, 78, "schema_newer", "newer");
  Json report = answer({"migrate", "status"});
  EXPECT_EQ(report["schema_version"], 9999);
  EXPECT_EQ(answer({"migrate", "status", "--exit-code"}, 1)["schema_version"], 9999);
}

TEST_F(BadDatabaseTest, AnOlderSchema) {
  init_with(55);
  sqlite("PRAGMA user_version = 0; PRAGMA wal_checkpoint(TRUNCATE)");
  expect_unusable(78, "schema_older", "purser migrate up");
}

TEST_F(BadDatabaseTest, ADirectory) {
  for (const Words& words :
       {Words{"status"}, Words{"keepa", "acquire", "--task", "a", "--cost", "1"}, Words{"init"}}) {
    expect_fault(Words{"--db", folder_.path().string()} + words, 74, "not_a_database",
                 folder_.path().string());
  }
}

TEST_F(BadDatabaseTest, AFolderThatIsNotThere) {
  std::string path = folder_.file("missing").string() + "/purser.db";
  expect_fault({"--db", path, "status"}, 78, "no_database", path);
  expect_fault({"--db", path, "init"}, 74, "cannot_open", "missing");
  EXPECT_FALSE(std::filesystem::exists(folder_.file("missing")));
}

TEST_F(BadDatabaseTest, DamagedPages) {
  init_with(55);
  sqlite("PRAGMA wal_checkpoint(TRUNCATE)");
  std::string bytes = read_file(database());
  ASSERT_GT(bytes.size(), 8192U);
  for (std::size_t at = 4096; at < bytes.size(); ++at) bytes[at] = 'x';
  write_file(database(), bytes);
  std::filesystem::remove(database() + "-wal");
  std::filesystem::remove(database() + "-shm");
  expect_unusable(74, "corrupt", "damaged");
}

TEST_F(BadDatabaseTest, APresentFolderThatIsGone) {
  std::string gone = folder_.file("gone").string();
  Finished done =
      run({.words = {"sh", "-c",
                     "mkdir \"$1\" && cd \"$1\" && rmdir \"$1\" && exec \"$0\" --db purser.db keepa status",
                     PURSER_PROGRAM, gone}});
  EXPECT_EQ(done.exit_status, 74) << done.err;
  EXPECT_NE(done.err.find("present folder"), std::string::npos) << done.err;
}

}  // namespace
}  // namespace purser::test
