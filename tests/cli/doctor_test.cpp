// `purser doctor`: lines, exit statuses, and what only another process can show.
#include <sys/stat.h>

#include <algorithm>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

class DoctorCommandTest : public CommandLineTest {
 protected:
  std::vector<Json> findings(int exit_status) const {
    Finished done = run_purser({"doctor", "--json"});
    EXPECT_EQ(done.exit_status, exit_status) << done.out << done.err;
    std::vector<Json> all;
    for (const std::string& line : lines(done.out)) all.push_back(Json::parse(line, nullptr, false));
    return all;
  }
  Json line(const std::string& name, int exit_status) const {
    for (const Json& finding : findings(exit_status)) {
      if (finding["name"] == name) return finding;
    }
    ADD_FAILURE() << "no line " << name;
    return {};
  }
};

TEST_F(DoctorCommandTest, SaysALineEach) {
  init_with(55);
  for (const Json& finding : findings(0)) {
    ASSERT_TRUE(finding.is_object());
    EXPECT_TRUE(finding["name"].is_string());
    EXPECT_TRUE(finding["level"] == "ok" || finding["level"] == "warning") << finding;
    EXPECT_FALSE(finding["text"].get<std::string>().empty());
    EXPECT_TRUE(finding["advice"].is_null() || finding["advice"].is_string());
  }
  Finished done = run_purser({"doctor"});
  EXPECT_EQ(done.exit_status, 0);
  EXPECT_EQ(done.err, "");
  EXPECT_NE(done.out.find("ok      integrity      every page"), std::string::npos) << done.out;
}

TEST_F(DoctorCommandTest, OnlyAProblemIsAnExitStatus) {
  init_with(55);
  write_file(database() + "-unfinished", "");
  EXPECT_EQ(line("leftovers", 0)["level"], "warning");
  chmod(database().c_str(), 0604);
  EXPECT_EQ(line("files", 1)["level"], "problem");
  Finished done = run_purser({"doctor"});
  EXPECT_EQ(done.exit_status, 1);
  EXPECT_NE(done.out.find("problem files"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("-> chmod o= "), std::string::npos) << done.out;
}

TEST_F(DoctorCommandTest, NoDatabase) {
  expect_fault({"doctor"}, 78, "no_database", "purser init");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(DoctorCommandTest, FilesThatCannotBeOpened) {
  write_file(database(),
             "no database at all, but longer than the hundred bytes of a header would have to be");
  EXPECT_EQ(line("database", 1)["level"], "problem");
  std::filesystem::remove(database());
  sqlite("CREATE TABLE theirs (x)");
  EXPECT_NE(line("database", 1)["text"].get<std::string>().find("not one of purser's"), std::string::npos);
  std::filesystem::remove(database());
  std::filesystem::create_directory(database());
  EXPECT_EQ(line("database", 1)["level"], "problem");
}

TEST_F(DoctorCommandTest, OtherSchemas) {
  init_with(55);
  sqlite("PRAGMA user_version = 9999");
  EXPECT_NE(line("migrations", 1)["advice"].get<std::string>().find("newer purser"), std::string::npos);
  sqlite("PRAGMA user_version = 1");
  EXPECT_EQ(line("migrations", 1)["advice"], "purser migrate up");
}

TEST_F(DoctorCommandTest, NamesWhoPinsALongLog) {
  init_with(55);
  // A reader that has begun and does not end; and a log that grows meanwhile.
  std::string script = R"(
    exec 3> >(exec sqlite3 "$PURSER_DB" > "$FOLDER/read")
    echo "BEGIN; SELECT 'read' FROM keepa_account;" >&3
    while [ ! -s "$FOLDER/read" ]; do :; done
    sqlite3 "$PURSER_DB" "CREATE TABLE bulk (x); INSERT INTO bulk VALUES (zeroblob(70000000)); DROP TABLE bulk"
    "$P" doctor --json
    echo "status $?"
    exec 3>&-
    wait)";
  Command command = purser({});
  command.words = {"bash", "-c", script};
  command.environment["P"] = PURSER_PROGRAM;
  command.environment["FOLDER"] = folder_.path().string();
  Finished done = run(command);
  bool sees_locks = !read_file("/proc/locks").empty();
  for (const std::string& line : lines(done.out)) {
    Json finding = Json::parse(line, nullptr, false);
    if (!finding.is_object() || finding["name"] != "log") continue;
    EXPECT_EQ(finding["level"], "warning") << line;
    if (sees_locks) {
      EXPECT_NE(line.find("sqlite3 (pid "), std::string::npos) << line;
    }
    return;
  }
  ADD_FAILURE() << done.out << done.err;
}

// Who holds up all that write is named, with what to do; the others are listed.
TEST_F(DoctorCommandTest, NamesWhoHoldsUpAllThatWrite) {
  if (read_file("/proc/locks").empty()) GTEST_SKIP() << "no /proc/locks here";
  init_with(55);
  grant("backfiller", 5);
  EXPECT_EQ(line("gate", 0)["level"], "ok");
  EXPECT_EQ(line("programs", 0)["text"], "nobody else has it open");
  std::string script = R"(
    exec 3> >(exec sqlite3 "$PURSER_DB" > "$FOLDER/begun")
    holder=$!
    echo "BEGIN IMMEDIATE; SELECT 'begun';" >&3
    while [ ! -s "$FOLDER/begun" ]; do :; done
    "$P" doctor --json > "$FOLDER/waiting"
    echo "status $? $holder"
    kill -STOP $holder
    "$P" doctor --json > "$FOLDER/stopped"
    kill -CONT $holder
    exec 3>&-
    wait)";
  Command command = purser({});
  command.words = {"bash", "-c", script};
  command.environment["P"] = PURSER_PROGRAM;
  command.environment["FOLDER"] = folder_.path().string();
  Finished done = run(command);
  std::string pid = done.out.substr(0, done.out.find('\n'));
  ASSERT_EQ(pid.rfind("status 1 ", 0), 0U) << done.out << done.err;
  pid = pid.substr(9);
  auto found = [&](const std::string& file, const std::string& name) {
    for (const std::string& one : lines(read_file(folder_.file(file)))) {
      Json finding = Json::parse(one, nullptr, false);
      if (finding["name"] == name) return one;
    }
    return std::string();
  };
  std::string gate = found("waiting", "gate");
  EXPECT_NE(gate.find("\"problem\""), std::string::npos) << gate;
  EXPECT_NE(gate.find("SQLite's write lock is held by sqlite3 (pid " + pid + ")"), std::string::npos) << gate;
  gate = found("stopped", "gate");
  EXPECT_NE(gate.find("which is stopped"), std::string::npos) << gate;
  EXPECT_NE(gate.find("`kill -CONT " + pid + "`"), std::string::npos) << gate;
  EXPECT_NE(found("waiting", "programs").find("sqlite3 (pid " + pid + ", "), std::string::npos);
}

TEST_F(DoctorCommandTest, NamesWhoRunsAProgramThatWasReplaced) {
  if (!is_root()) GTEST_SKIP() << "what another process runs is root's to see";
  init_with(55);
  std::string script = R"sh(
    cp "$(command -v sqlite3)" "$FOLDER/worker"
    exec 3> >(exec "$FOLDER/worker" "$PURSER_DB" > "$FOLDER/begun")
    echo "SELECT 'begun' FROM keepa_account;" >&3
    while [ ! -s "$FOLDER/begun" ]; do :; done
    "$P" doctor > "$FOLDER/before"
    rm "$FOLDER/worker"
    "$P" doctor
    exec 3>&-
    wait)sh";
  Command command = purser({});
  command.words = {"bash", "-c", script};
  command.environment["P"] = PURSER_PROGRAM;
  command.environment["FOLDER"] = folder_.path().string();
  Finished done = run(command);
  std::string before = read_file(folder_.file("before"));
  EXPECT_NE(before.find("ok      programs       open in worker (pid "), std::string::npos) << before;
  EXPECT_NE(done.out.find("warning programs       open in worker (pid "), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("-> restart them"), std::string::npos) << done.out;
}

// Neither does it make a gate's file.
TEST_F(DoctorCommandTest, WithoutAGateNoneIsMade) {
  init_with(55);
  std::filesystem::remove(database() + "-gate");
  EXPECT_EQ(line("gate", 0)["level"], "ok");
  EXPECT_FALSE(std::filesystem::exists(database() + "-gate"));
}

TEST_F(DoctorCommandTest, AFullDisk) {
  if (!has_program("unshare")) GTEST_SKIP() << "no `unshare` to mount a small file system with";
  Command command = purser({});
  command.words = {"unshare", "--mount", "bash", "-c", R"(
    mount -t tmpfs -o size=2m none "$FOLDER" 2> /dev/null || exit 77
    "$P" init > /dev/null
    "$P" doctor)"};
  command.environment["P"] = PURSER_PROGRAM;
  command.environment["FOLDER"] = folder_.path().string();
  Finished done = run(command);
  if (done.exit_status == 77 || done.err.find("unshare") != std::string::npos) {
    GTEST_SKIP() << "no right to mount a small file system here";
  }
  EXPECT_EQ(done.exit_status, 1);
  EXPECT_NE(done.out.find("problem space"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("warning file_system    tmpfs"), std::string::npos) << done.out;
}

// Another user, who may read with the group.
TEST_F(DoctorCommandTest, AnotherUser) {
  if (!is_root()) GTEST_SKIP() << "only root can become another user";
  init_with(55);
  std::string program = folder_.file("purser").string();
  std::filesystem::copy_file(PURSER_PROGRAM, program);
  chmod(program.c_str(), 0755);
  chmod(folder_.path().c_str(), 0755);
  constexpr gid_t kReaders = 4242;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::string file = database() + suffix;
    ASSERT_EQ(chown(file.c_str(), 0, kReaders), 0);
    ASSERT_EQ(chmod(file.c_str(), 0640), 0);
  }
  Command command = purser({"doctor"});
  command.words[0] = program;
  Finished done = run(as_nobody(command, kReaders));
  EXPECT_EQ(done.exit_status, 0) << done.out << done.err;
  EXPECT_NE(done.out.find("who can at most read"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("ok      integrity"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("ok      gate           this user may not try it"), std::string::npos) << done.out;
}

}  // namespace
}  // namespace purser::test
