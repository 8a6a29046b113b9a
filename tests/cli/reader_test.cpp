// Other users of the machine: those of a group that is let in to read, and everybody else. Needs root to
// become somebody else.
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

constexpr gid_t kReaders = 4242;

class ReaderTest : public CommandLineTest {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "only root can become another user";
    // The built program may stand where nobody else gets in.
    std::filesystem::copy_file(PURSER_PROGRAM, program());
    chmod(program().c_str(), 0755);
    chmod(folder_.path().c_str(), 0755);
    init_with(55);
  }
  std::string program() const { return folder_.file("purser").string(); }
  Command as_reader(const Words& words) const {
    Command command = purser(words);
    command.words[0] = program();
    return as_nobody(command, kReaders);
  }
  // 0640 for the group, as an operator does it; the gate stays the owner's.
  void let_readers_in() const {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::string file = database() + suffix;
      ASSERT_EQ(chown(file.c_str(), 0, kReaders), 0) << file;
      ASSERT_EQ(chmod(file.c_str(), 0640), 0) << file;
    }
  }
  void expect_no_writes() const {
    std::string before = content();
    for (const Words& words : {Words{"keepa", "acquire", "--task", "a", "--cost", "1"},
                               Words{"keepa", "observe", "--tokens-left", "5"},
                               Words{"keepa", "policy", "set", "a", "--buffer", "5"}, Words{"xai", "acquire"},
                               Words{"xai", "limit", "5"}}) {
      Finished done = run(as_reader(words + Words{"--json"}));
      EXPECT_EQ(done.exit_status, 74) << done.out << done.err;
      std::string code = Json::parse(done.out)["error"]["code"];
      EXPECT_TRUE(code == "read_only" || code == "cannot_open") << done.out;
    }
    EXPECT_EQ(content(), before);
  }
};

TEST_F(ReaderTest, AGroupMayRead) {
  let_readers_in();
  for (const Words& words :
       {Words{"status"}, Words{"keepa", "status"}, Words{"keepa", "verify"}, Words{"keepa", "ledger"},
        Words{"keepa", "afford", "--task", "a", "--kind", "k"}, Words{"keepa", "policy", "list"},
        Words{"migrate", "status"}, Words{"xai", "status"}, Words{"xai", "cache", "stats"}}) {
    Finished done = run(as_reader(words + Words{"--json"}));
    EXPECT_EQ(done.exit_status, 0) << done.out << done.err;
  }
  Finished status = run(as_reader({"keepa", "status", "--json"}));
  EXPECT_EQ(Json::parse(status.out)["balance"], 55);
}

TEST_F(ReaderTest, AGroupMayNotWrite) {
  let_readers_in();
  expect_no_writes();
}

TEST_F(ReaderTest, OthersMayNotEvenRead) {
  expect_no_writes();
  Finished done = run(as_reader({"status", "--json"}));
  EXPECT_EQ(done.exit_status, 74) << done.out << done.err;
  EXPECT_NE(done.err.find("cannot be opened: it belongs to root (0600), you are"), std::string::npos)
      << done.err;
}

TEST_F(ReaderTest, WhoMayNotWriteIsToldWhoMay) {
  let_readers_in();
  Finished done = run(as_reader({"xai", "limit", "5"}));
  EXPECT_NE(done.err.find("-gate: Permission denied: it belongs to root (0600)"), std::string::npos)
      << done.err;
}

TEST_F(ReaderTest, AGroupReadsAFileWithoutALogAsItLies) {
  let_readers_in();
  std::filesystem::remove(database() + "-shm");
  std::filesystem::resize_file(database() + "-wal", 0);
  for (const Words& words :
       {Words{"status"}, Words{"doctor"}, Words{"migrate", "verify"}, Words{"keepa", "status"}}) {
    Finished done = run(as_reader(words + Words{"--json"}));
    EXPECT_TRUE(done.exit_status == 0 || words.front() == "doctor") << done.out << done.err;
    EXPECT_EQ(done.out.find("cannot be opened"), std::string::npos) << done.out;
  }
  Finished done = run(as_reader({"status"}));
  EXPECT_NE(done.err.find("as an immutable file"), std::string::npos) << done.err;
  EXPECT_FALSE(std::filesystem::exists(database() + "-shm"));
}

TEST_F(ReaderTest, AGroupNeedsTheOwnerToReadALogThatHasNoIndex) {
  let_readers_in();
  std::filesystem::remove(database() + "-shm");
  ASSERT_GT(std::filesystem::file_size(database() + "-wal"), 0U);
  Finished done = run(as_reader({"status"}));
  EXPECT_EQ(done.exit_status, 74) << done.out << done.err;
  EXPECT_NE(done.err.find("let its owner, root, run `purser status` once"), std::string::npos) << done.err;
}

TEST_F(ReaderTest, NoFolderToMakeADatabaseIn) {
  Command command = as_reader({"--db", folder_.file("new.db").string(), "init"});
  expect_fault(
      command, 74,
      Json::parse(
          run(as_reader({"--db", folder_.file("new.db").string(), "init", "--json"})).out)["error"]["code"],
      "new.db");
  EXPECT_FALSE(std::filesystem::exists(folder_.file("new.db")));
}

TEST_F(ReaderTest, FilesAreTheOwnersAlone) {
  for (const char* suffix : {"", "-wal", "-shm", "-gate"}) {
    struct stat file {};
    ASSERT_EQ(stat((database() + suffix).c_str(), &file), 0) << suffix;
    EXPECT_EQ(file.st_mode & 0777U, 0600U) << suffix;
  }
}

}  // namespace
}  // namespace purser::test
