// `purser migrate`: up, down, a rehearsal, verify; what it says and what it leaves.
#include <sys/stat.h>

#include <filesystem>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

class MigrateCommand : public CommandLineTest {
 protected:
  int newest() const { return answer({"migrate", "status"}).value("known_version", 0); }
  int schema() const { return answer({"migrate", "status"}).value("schema_version", 0); }

  // Files beside the database that hold a copy of it.
  Words backups() const {
    Words all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      std::string name = entry.path().filename().string();
      bool is_copy = name.rfind("purser.db-before-schema-", 0) == 0 && name.back() == 'Z';
      if (is_copy) all.push_back(entry.path().string());
    }
    return all;
  }
  // What the tables hold, without the schema and its records.
  std::string money() const {
    return run_purser({"keepa", "ledger", "--json"}).out + answer({"xai", "status"}).dump() +
           answer({"keepa", "status"})["reservations"].dump();
  }
};

TEST_F(MigrateCommand, DownIsOneStepBackAndUpComesAgain) {
  init_with(300);
  grant("backfiller", 20);
  int top = newest();
  Json down = answer({"migrate", "down"});
  EXPECT_EQ(down["undone"].size(), 1U);
  EXPECT_EQ(down["undone"][0]["version"], top);
  EXPECT_EQ(down["from_schema_version"], top);
  EXPECT_EQ(down["schema_version"], top - 1);
  EXPECT_EQ(answer({"migrate", "status", "--exit-code"}, 1)["pending"].size(), 1U);
  expect_fault({"keepa", "status"}, 78, "schema_older", "purser migrate up");
  Json up = answer({"migrate", "up"});
  EXPECT_EQ(up["applied"].size(), 1U);
  EXPECT_EQ(up["applied"][0]["version"], top);
  EXPECT_EQ(up["schema_version"], top);
  EXPECT_EQ(answer({"migrate", "verify"})["passed"], true);
  EXPECT_EQ(answer({"keepa", "status"})["held"], 20);
}

TEST_F(MigrateCommand, GoesToTheSchemaThatIsNamed) {
  init_with(300);
  int top = newest();
  EXPECT_EQ(answer({"migrate", "down", "--to", "3"})["undone"].size(), static_cast<std::size_t>(top - 3));
  EXPECT_EQ(answer({"migrate", "verify"})["passed"], true);
  EXPECT_EQ(answer({"migrate", "up", "--to", "5"})["schema_version"], 5);
  EXPECT_EQ(answer({"migrate", "up", "--to", "5"})["applied"], Json::array());
  EXPECT_EQ(answer({"migrate", "down", "--to", "5"})["undone"], Json::array());
  EXPECT_EQ(answer({"migrate", "verify"})["passed"], true);
  answer({"migrate", "up"});
  EXPECT_EQ(schema(), top);
  EXPECT_EQ(answer({"keepa", "verify"})["balance_matches"], true);
}

TEST_F(MigrateCommand, ATargetOnTheOtherSideIsRefused) {
  init();
  int top = newest();
  std::string beyond = std::to_string(top + 1);
  std::string range = "--to takes a whole number from 1 to " + std::to_string(top) + ", not ";
  expect_refused({"migrate", "up", "--to", "2"}, 64, "usage", "purser migrate down --to 2");
  expect_refused({"migrate", "up", "--to", beyond}, 64, "usage", range);
  expect_refused({"migrate", "down", "--to", beyond}, 64, "usage", range);
  expect_refused({"migrate", "down", "--to", "0"}, 64, "usage", range);
  expect_refused({"migrate", "down", "--to", "two"}, 64, "usage", "--to");
  answer({"migrate", "down", "--to", "1"});
  expect_refused({"migrate", "down", "--to", "2"}, 64, "usage", "purser migrate up --to 2");
  expect_refused({"migrate", "down"}, 64, "usage", "1 is the first");
}

TEST_F(MigrateCommand, TheFirstStepComesAfterABackup) {
  init_with(300);
  grant("backfiller", 20);
  EXPECT_EQ(answer({"migrate", "up"})["backup"], nullptr) << "there was nothing to do";
  EXPECT_EQ(backups(), Words{});
  std::string before = content();
  Json down = answer({"migrate", "down", "--to", "2"});
  ASSERT_EQ(backups(), Words{down["backup"]});
  EXPECT_NE(down["backup"].get<std::string>().find("-before-schema-2-"), std::string::npos);
  struct stat file {};
  ASSERT_EQ(stat(backups()[0].c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  Finished copied = run({.words = {"sqlite3", "-readonly", backups()[0], "PRAGMA user_version", ".dump"}});
  EXPECT_EQ(copied.out, before);
  EXPECT_EQ(answer({"migrate", "up", "--no-backup"})["backup"], nullptr);
  EXPECT_EQ(backups().size(), 1U);
}

TEST_F(MigrateCommand, ADamagedFileIsNotMigratedForItsBackupFails) {
  init_with(300);
  answer({"migrate", "down", "--no-backup"});
  sqlite("UPDATE keepa_account SET balance_millitokens = balance_millitokens + 1");
  expect_refused({"migrate", "up"}, 74, "corrupt", "keepa_ledger");
  EXPECT_EQ(backups(), Words{});
  Json up = answer({"migrate", "up", "--no-backup"});  // as wrong as before, and no more
  EXPECT_EQ(up["schema_version"], newest());
  EXPECT_EQ(answer({"migrate", "verify"}, 1)["passed"], false);
}

TEST_F(MigrateCommand, ADryRunShowsTheSqlAndWhatItDoesAndChangesNothing) {
  init_with(300);
  grant("backfiller", 20);
  int top = newest();
  std::string before = content();
  Json down = answer({"migrate", "down", "--to", "3", "--dry-run"});
  EXPECT_EQ(content(), before);
  EXPECT_EQ(backups(), Words{});
  EXPECT_EQ(down["dry_run"], true);
  EXPECT_EQ(down["schema_version"], top);
  EXPECT_EQ(down["target_schema_version"], 3);
  ASSERT_EQ(down["steps"].size(), static_cast<std::size_t>(top - 3));
  const Json& last = down["steps"][static_cast<std::size_t>(top - 4)];
  EXPECT_EQ(last["version"], 4);
  EXPECT_EQ(last["file"], "migrations/0004_spapi.down.sql");
  EXPECT_EQ(last["sql"], read_file(std::string(PURSER_SOURCE) + "/migrations/0004_spapi.down.sql"));
  Json lost = {{"table", "spapi_sealing"}, {"rows_before", 1}, {"rows_after", nullptr}};
  EXPECT_NE(std::find(last["tables"].begin(), last["tables"].end(), lost), last["tables"].end()) << last;
  Json rebuilt = {{"table", "keepa_ledger"}, {"rows_before", 2}, {"rows_after", 2}};
  const Json& checks = down["steps"][static_cast<std::size_t>(top - 6)];
  EXPECT_EQ(checks["version"], 6);
  EXPECT_NE(std::find(checks["tables"].begin(), checks["tables"].end(), rebuilt), checks["tables"].end());
  bool copied = std::any_of(checks["changes"].begin(), checks["changes"].end(), [](const Json& change) {
    return change["rows"] == 2 && change["line"] == 85 &&
           change["statement"].get<std::string>().rfind("INSERT INTO keepa_ledger_rebuilt", 0) == 0;
  });
  EXPECT_TRUE(copied) << checks["changes"];
  Finished text = run_purser({"migrate", "down", "--to", "3", "--dry-run"});
  EXPECT_NE(text.out.find("DROP TABLE spapi_sealing;"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("-- table spapi_sealing: dropped, and its 1 row lost\n"), std::string::npos);
  EXPECT_NE(text.out.find("-- table keepa_ledger: rebuilt, with all of its 2 rows\n"), std::string::npos);
  EXPECT_NE(text.out.find("the file still has schema " + std::to_string(top)), std::string::npos);
  EXPECT_EQ(content(), before);
  EXPECT_EQ(answer({"migrate", "up", "--dry-run"})["steps"], Json::array());
}

// A step that cannot work here says so before, in a rehearsal, and then changes nothing either.
TEST_F(MigrateCommand, AStepThatFailsIsToldByFileLineAndStatement) {
  init_with(300);
  answer({"migrate", "down", "--to", "7", "--no-backup"});
  sqlite("CREATE TABLE xai_verdict_rebuilt (a)");
  for (const char* how : {"--dry-run", "--no-backup"}) {
    expect_refused(
        {"migrate", "up", how}, 74, "migration_failed",
        "migrations/0008_odd_answers.up.sql, line 63: table xai_verdict_rebuilt already exists, in: "
        "CREATE TABLE xai_verdict_rebuilt (");
  }
  sqlite("DROP TABLE xai_verdict_rebuilt");
  answer({"migrate", "up"});
}

TEST_F(MigrateCommand, AnOperatorsOwnViewStaysAndStopsNothing) {
  init_with(300);
  sqlite("CREATE VIEW spent AS SELECT sum(balance_change_millitokens) AS n FROM keepa_ledger JOIN xai_unit");
  answer({"migrate", "down", "--to", "3"});
  answer({"migrate", "up"});
  EXPECT_EQ(answer({"migrate", "verify"})["passed"], true);
  sqlite("SELECT n FROM spent");
}

TEST_F(MigrateCommand, VerifySaysWhatIsWrong) {
  init_with(300);
  Finished fine = run_purser({"migrate", "verify"});
  EXPECT_EQ(fine.exit_status, 0) << fine.out;
  for (const char* check : {"integrity", "references", "history", "schema", "keepa_ledger", "xai_days"})
    EXPECT_NE(fine.out.find(std::string("ok       ") + check), std::string::npos) << fine.out;
  EXPECT_EQ(fine.out.find("problem"), std::string::npos);
  sqlite("DROP INDEX xai_unit_by_date");
  Finished wrong = run_purser({"migrate", "verify"});
  EXPECT_EQ(wrong.exit_status, 1);
  EXPECT_NE(wrong.out.find("problem  schema         missing: index xai_unit_by_date\n"), std::string::npos)
      << wrong.out;
  Json found = answer({"migrate", "verify"}, 1);
  EXPECT_EQ(found["passed"], false);
  EXPECT_EQ(found["checks"][3]["name"], "schema");
  EXPECT_EQ(found["checks"][3]["passed"], false);
  EXPECT_EQ(found["checks"][0]["passed"], true);
}

TEST_F(MigrateCommand, ANewerFileIsRefusedWithWhatToDo) {
  init();
  int top = newest();
  sqlite("PRAGMA user_version = " + std::to_string(top + 1));
  std::string back = "purser migrate down --to " + std::to_string(top);
  for (const char* verb : {"up", "down", "verify"})
    expect_refused({"migrate", verb}, 78, "schema_newer", back);
  expect_refused({"keepa", "status"}, 78, "schema_newer", back);
  EXPECT_EQ(answer({"migrate", "status", "--exit-code"}, 1)["pending"], Json::array());
}

TEST_F(MigrateCommand, OneOfManyMigratorsWorksAtATime) {
  init_with(300);
  grant("backfiller", 20);
  std::string before = money();
  answer({"migrate", "down", "--to", "3"});
  std::vector<std::unique_ptr<Process>> migrators;
  migrators.reserve(6);
  for (int i = 0; i < 6; ++i)
    migrators.push_back(std::make_unique<Process>(purser({"migrate", "up", "--no-backup", "--json"})));
  std::size_t applied = 0;
  for (auto& migrator : migrators) {
    Finished done = migrator->wait();
    EXPECT_EQ(done.exit_status, 0) << done.err;
    applied += Json::parse(done.out)["applied"].size();
  }
  EXPECT_EQ(applied, static_cast<std::size_t>(newest() - 3));
  EXPECT_EQ(answer({"migrate", "verify"})["passed"], true);
  EXPECT_EQ(money(), before);
}

}  // namespace
}  // namespace purser::test
