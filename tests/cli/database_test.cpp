// init, status and migrate: the file itself.
#include <sys/stat.h>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

using DatabaseCommandTest = CommandLineTest;

TEST_F(DatabaseCommandTest, InitMakesItOnce) {
  Json made = answer({"init"});
  EXPECT_EQ(made["database"], database());
  EXPECT_EQ(made["created"], true);
  EXPECT_GE(made["schema_version"], 1);
  std::string before = content();
  Json again = answer({"init", "--durability", "normal"});
  EXPECT_EQ(again["created"], false);
  EXPECT_EQ(content(), before);
  EXPECT_EQ(answer({"status"})["durability"], "full");
}

TEST_F(DatabaseCommandTest, DurabilityIsChosenAtInit) {
  answer({"init", "--durability=normal"});
  EXPECT_EQ(answer({"status"})["durability"], "normal");
}

TEST_F(DatabaseCommandTest, TheDefaultFolderIsMadeForThisUserAlone) {
  Command init = purser({"init", "--json"});
  init.environment["PURSER_DB"] = std::nullopt;
  init.environment["XDG_STATE_HOME"] = folder_.file("state").string() + "/deeper";
  Finished done = run(init);
  ASSERT_EQ(done.exit_status, 0) << done.err;
  std::string path = folder_.file("state").string() + "/deeper/purser/purser.db";
  EXPECT_EQ(Json::parse(done.out)["database"], path);
  struct stat folder {};
  ASSERT_EQ(stat((folder_.file("state").string() + "/deeper/purser").c_str(), &folder), 0);
  EXPECT_EQ(folder.st_mode & 0777U, 0700U);
}

TEST_F(DatabaseCommandTest, TheOptionStandsAboveTheEnvironment) {
  init();
  std::string other = folder_.file("other.db").string();
  EXPECT_EQ(answer({"--db", other, "init"})["database"], other);
  Command empty = purser({"status"});
  empty.environment["PURSER_DB"] = "";
  empty.environment["XDG_STATE_HOME"] = folder_.file("nowhere").string();
  expect_fault(empty, 78, "no_database", "nowhere/purser/purser.db");
}

// At night an init would make an empty second truth.
TEST_F(DatabaseCommandTest, WithoutAVariableTheWorkersDatabaseIsAskedForAndNotMade) {
  for (const char* verb : {"status", "doctor"}) {
    Command command = purser({verb});
    command.environment["PURSER_DB"] = std::nullopt;
    command.environment["XDG_STATE_HOME"] = folder_.file("nowhere").string();
    expect_fault(command, 78, "no_database", "PURSER_DB is not set");
    expect_fault(command, 78, "no_database", "name the workers' database with PURSER_DB or --db");
    EXPECT_FALSE(std::filesystem::exists(folder_.file("nowhere")));
  }
}

TEST_F(DatabaseCommandTest, StatusIsEverythingInOneObject) {
  init_with(55);
  Json status = answer({"status"});
  EXPECT_EQ(status.size(), 5U);
  EXPECT_EQ(status["keepa"]["balance"], 55);
  EXPECT_EQ(status["xai"], answer({"xai", "status"}));
  EXPECT_EQ(status["spapi"], Json::array());
  Finished text = run_purser({"status"});
  EXPECT_NE(text.out.find("durability full"), std::string::npos);
  EXPECT_NE(text.out.find("balance"), std::string::npos);
  EXPECT_NE(text.out.find("of 1000: 1000 remain"), std::string::npos) << text.out;
}

TEST_F(DatabaseCommandTest, MigrateSaysWhatIsAppliedAndPending) {
  init();
  Json report = answer({"migrate", "status", "--exit-code"});
  EXPECT_EQ(report["database"], database());
  EXPECT_EQ(report["schema_version"], report["known_version"]);
  EXPECT_EQ(report["pending"], Json::array());
  EXPECT_EQ(report["applied"][0]["version"], 1);
  EXPECT_EQ(report["applied"][0]["changed"], false);
  Json up = answer({"migrate", "up"});
  EXPECT_EQ(up["applied"], Json::array());
  EXPECT_EQ(up["schema_version"], report["schema_version"]);
}

// The database is one for all processes: what one says the next one knows.
TEST_F(DatabaseCommandTest, ManyAtOnce) {
  std::vector<std::unique_ptr<Process>> processes;
  processes.reserve(8);
  for (int i = 0; i < 8; ++i) processes.push_back(std::make_unique<Process>(purser({"init", "--json"})));
  int made = 0;
  for (auto& process : processes) {
    Finished done = process->wait();
    EXPECT_EQ(done.exit_status, 0) << done.err;
    made += Json::parse(done.out)["created"] == true ? 1 : 0;
  }
  EXPECT_EQ(made, 1);
}

}  // namespace
}  // namespace purser::test
