// What the machine, the file system or a name does not allow: each says what it is, and what to do.
#include <sys/stat.h>

#include <algorithm>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

namespace fs = std::filesystem;

class LimitsTest : public CommandLineTest {
 protected:
  // In a mount namespace of its own; nothing where that is not allowed.
  std::optional<Finished> in_own_mounts(const std::string& text) const {
    if (!is_root() || !has_program("unshare")) return std::nullopt;
    Finished done = shell(text, {"unshare", "--mount"});
    if (done.exit_status == 77 || done.err.find("unshare") != std::string::npos) return std::nullopt;
    return done;
  }
  std::string file(const std::string& name) const { return folder_.file(name).string(); }
};

// From a process that may open nothing more than its libraries to one that may open enough.
TEST_F(LimitsTest, OutOfDescriptors) {
  init_with(300);
  for (const std::string& verb :
       {std::string("status"), std::string("keepa acquire --task a --cost 1"), "backup " + file("copy.db"),
        "--db " + file("new.db") + " init", "restore " + file("kept.db") + " --yes"}) {
    if (verb.rfind("restore", 0) == 0) answer({"backup", file("kept.db")});
    int refused = 0, status = -1;
    for (int limit = 4; limit < 40 && status != 0; ++limit) {
      Finished done = shell("ulimit -n " + std::to_string(limit) + "; exec \"$P\" " + verb);
      status = done.exit_status;
      bool not_begun = done.err.find("shared libraries") != std::string::npos;
      if (status == 0 || not_begun) continue;
      ++refused;
      EXPECT_EQ(status, 74) << verb << " " << limit << done.err;
      EXPECT_NE(done.err.find("as many files open as it may"), std::string::npos)
          << verb << " " << limit << done.err;
      EXPECT_FALSE(fs::exists(file("copy.db-unfinished"))) << limit;
      EXPECT_EQ(fs::exists(file("new.db-gate")), fs::exists(file("new.db"))) << limit;
    }
    EXPECT_EQ(status, 0) << verb;
    EXPECT_GT(refused, 0) << verb;
  }
}

TEST_F(LimitsTest, NamesAndPathsThatAreTooLong) {
  init_with(300);
  expect_fault({"--db", file(std::string(205, 'n')), "init"}, 64, "usage", "at most 204 bytes");
  expect_fault({"--db", file(std::string(300, 'n')), "init"}, 64, "usage", "at most 204 bytes");
  expect_fault({"backup", file(std::string(245, 'n'))}, 64, "usage", "at most 244");
  expect_fault({"--db", file(std::string(250, 'n')), "status"}, 64, "usage", "at most 244");
  fs::path deep = folder_.path();
  while (deep.native().size() < 480) deep /= std::string(40, 'd');
  fs::create_directories(deep);
  expect_fault({"--db", (deep / "purser.db").string(), "init"}, 64, "usage", "a whole path of at most 464");
  expect_fault({"backup", (deep / std::string(40, 'n')).string()}, 64, "usage", "none of more than 504");
  expect_fault({"--db", (deep / std::string(40, 'n')).string(), "status"}, 64, "usage",
               "none of more than 504");
  EXPECT_TRUE(fs::is_empty(deep));
  answer({"--db", file(std::string(204, 'n')), "init"});
  Json done = answer({"--db", file(std::string(204, 'n')), "migrate", "down"});
  EXPECT_TRUE(fs::exists(done.value("backup", std::string())));
  EXPECT_EQ(answer({"backup", file(std::string(244, 'n'))})["schema_version"].is_number(), true);
}

TEST_F(LimitsTest, APathThatLeadsNowhere) {
  write_file(file("text"), "a text");
  fs::create_symlink("b", file("a"));
  fs::create_symlink("a", file("b"));
  expect_fault({"--db", file("text/purser.db"), "init"}, 74, "io_error", "and no folder");
  expect_fault({"--db", file("a"), "init"}, 74, "cannot_open", "in a circle");
  expect_fault({"--db", file("a"), "status"}, 74, "cannot_open", "in a circle");
}

TEST_F(LimitsTest, AFileThatIsMountedByItself) {
  init_with(300);
  answer({"backup", file("copy.db")});
  std::string before = content();
  auto done = in_own_mounts(R"(
    mount --bind "$PURSER_DB" "$PURSER_DB" || exit 77
    "$P" restore "$FOLDER/copy.db" --yes; echo "exit $?"; ls "$FOLDER")");
  if (!done) GTEST_SKIP() << "no right to mount a file here";
  EXPECT_NE(done->err.find("mount the"), std::string::npos) << done->err;
  EXPECT_EQ(done->out.find("exit 0"), std::string::npos) << done->out;
  EXPECT_EQ(done->out.find("replaced"), std::string::npos) << done->out;
  EXPECT_EQ(content(), before);
}

TEST_F(LimitsTest, AFolderThatIsMountedIsNoHindrance) {
  init_with(300);
  auto done = in_own_mounts(R"(
    mkdir "$FOLDER/mounted" && mount --bind "$FOLDER" "$FOLDER/mounted" || exit 77
    export PURSER_DB="$FOLDER/mounted/purser.db"
    "$P" backup "$FOLDER/mounted/copy.db" && "$P" restore "$FOLDER/mounted/copy.db" --yes && "$P" migrate verify)");
  if (!done) GTEST_SKIP() << "no right to mount a folder here";
  EXPECT_EQ(done->exit_status, 0) << done->err;
}

TEST_F(LimitsTest, AReadOnlyMountIsNamed) {
  init_with(300);
  auto done = in_own_mounts(R"(
    mkdir "$FOLDER/medium" && mount -t tmpfs none "$FOLDER/medium" && mount -o remount,ro "$FOLDER/medium" || exit 77
    "$P" backup "$FOLDER/medium/copy.db"; echo "exit $?"; "$P" --db "$FOLDER/medium/p.db" init; echo "exit $?"
    "$P" key generate --file "$FOLDER/medium/key"; echo "exit $?")");
  if (!done) GTEST_SKIP() << "no right to mount a file system here";
  EXPECT_EQ(done->out, "exit 74\nexit 74\nexit 74\n");
  for (const std::string& line : lines(done->err)) {
    EXPECT_NE(line.find("Read-only file system: mount it for writing"), std::string::npos) << line;
  }
}

TEST_F(LimitsTest, AContainersOwnFileSystemIsNoPlaceForADatabase) {
  auto done = in_own_mounts(R"(
    mkdir "$FOLDER/layers" && mount -t tmpfs none "$FOLDER/layers" && cd "$FOLDER/layers" &&
    mkdir lower upper work "$FOLDER/all" &&
    mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none "$FOLDER/all" || exit 77
    export PURSER_DB="$FOLDER/all/purser.db"
    "$P" init > /dev/null && "$P" backup "$FOLDER/all/copy.db" > /dev/null &&
    "$P" restore "$FOLDER/all/copy.db" --yes > /dev/null || exit 1
    "$P" doctor)");
  if (!done) GTEST_SKIP() << "no right to mount a file system here";
  EXPECT_NE(done->out.find("goes with the container"), std::string::npos) << done->out << done->err;
  EXPECT_NE(done->out.find("mount a folder or a volume"), std::string::npos) << done->out;
}

// Modes that stay as they were, as on FAT: nothing is made that others could read.
TEST_F(LimitsTest, AFileSystemThatKeepsNoPermissions) {
  if (!has_program("strace")) GTEST_SKIP() << "no strace to refuse with";
  init_with(300);
  Finished done = shell(R"(umask 777
    strace -qq -f -o /dev/null -e trace=chmod,fchmod,fchmodat -e inject=chmod,fchmod,fchmodat:error=EPERM \
      "$P" backup "$FOLDER/copy.db")");
  if (done.err.find("ptrace") != std::string::npos) GTEST_SKIP() << "no right to trace a process";
  EXPECT_EQ(done.exit_status, 74) << done.err;
  EXPECT_NE(done.err.find("keeps no permissions"), std::string::npos) << done.err;
  EXPECT_FALSE(fs::exists(file("copy.db")) || fs::exists(file("copy.db-unfinished")));
}

// Where a file is private from the first, as on a FAT that is mounted for its user alone, no mode is set.
TEST_F(LimitsTest, AFileSystemThatRefusesToChangeModes) {
  if (!has_program("strace")) GTEST_SKIP() << "no strace to refuse with";
  init_with(300);
  Finished done = shell(R"(refuse() { strace -qq -f -o /dev/null -e trace=chmod,fchmod,fchmodat \
      -e inject=chmod,fchmod,fchmodat:error=EPERM "$P" "$@"; }
    refuse backup "$FOLDER/copy.db" && refuse restore "$FOLDER/copy.db" --yes && refuse migrate down &&
    refuse migrate up && refuse --db "$FOLDER/new.db" init && refuse key generate --file "$FOLDER/key")");
  if (done.err.find("ptrace") != std::string::npos) GTEST_SKIP() << "no right to trace a process";
  EXPECT_EQ(done.exit_status, 0) << done.err;
}

}  // namespace
}  // namespace purser::test
