// Which files are not opened at all: those with a second name, and those that somebody else put beside them.
#include "store/files/trusted_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "purser/backup.h"
#include "store/transaction.h"
#include "support/foreign_tool.h"
#include "support/forked.h"
#include "support/own_mounts.h"
#include "support/scratch.h"

namespace purser {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::Forked;

constexpr uid_t kStranger = 65534;
constexpr const char* kCompanions[] = {"-wal", "-shm", "-journal", "-gate"};

class TrustedFiles : public test::DatabaseTest {
 protected:
  TrustedFiles() { open(); }

  fs::path companion(const char* suffix) { return path_.string() + suffix; }
  static std::string message_of(const std::function<void()>& work) {
    return test::message_of(ErrorCode::unsafe_files, work);
  }
  std::string refusal() {
    return message_of([&] { open(); });
  }
  void expect_refused(const std::string& file, const std::string& fragment) {
    std::string words = refusal();
    EXPECT_NE(words.find(file), std::string::npos) << words;
    EXPECT_NE(words.find(fragment), std::string::npos) << words;
  }
  void make(const char* suffix) {
    if (!fs::exists(companion(suffix))) std::ofstream(companion(suffix)) << "";
    chmod(companion(suffix).c_str(), 0600);
  }
  void expect_ours() { EXPECT_NO_PURSER_ERROR(open()); }

  fs::path path_ = folder_.file("purser.db");
};

TEST_F(TrustedFiles, ASecondNameIsRefusedAndNamed) {
  fs::create_hard_link(path_, folder_.file("second"));
  expect_refused(path_, "remove the other name, which is " + folder_.file("second").string());
  fs::create_directory(folder_.file("elsewhere"));
  fs::rename(folder_.file("second"), folder_.file("elsewhere") / "second");
  expect_refused(path_, "-inum");
  fs::remove(folder_.file("elsewhere") / "second");
  expect_ours();
}

TEST_F(TrustedFiles, ASymbolicLinkIsNoSecondName) {
  fs::create_symlink(path_, folder_.file("link.db"));
  auto linked = options();
  linked.path = folder_.file("link.db");
  EXPECT_NO_PURSER_ERROR(Database::open(linked));
}

TEST_F(TrustedFiles, ASecondNameOfAFileBesideItIsRefused) {
  for (const char* suffix : kCompanions) {
    make(suffix);
    fs::create_hard_link(companion(suffix), folder_.file("second"));
    expect_refused(companion(suffix), "hard links");
    fs::remove(folder_.file("second"));
    if (std::string(suffix) == "-journal") fs::remove(companion(suffix));
    expect_ours();
  }
}

// A restore that was killed between its two names has left the old file with both.
TEST_F(TrustedFiles, ARestoreGoesOnWhereAKilledOneLeftTwoNames) {
  backup(options(), folder_.file("copy"));
  fs::create_hard_link(path_, folder_.file("purser.db-replaced-20260101T000000Z"));
  expect_refused(path_, "where a restore was killed, run it again");
  EXPECT_NO_PURSER_ERROR(restore(options(), folder_.file("copy")));
  expect_ours();
}

TEST_F(TrustedFiles, WhatIsNoPlainFileIsRefused) {
  for (const char* suffix : kCompanions) {
    fs::path kept = folder_.file("kept");
    if (fs::exists(companion(suffix))) fs::rename(companion(suffix), kept);
    fs::create_symlink(folder_.file("nothing"), companion(suffix));
    expect_refused(companion(suffix), "no plain file");
    fs::remove(companion(suffix));
    ASSERT_EQ(mkfifo(companion(suffix).c_str(), 0600), 0);
    expect_refused(companion(suffix), "no plain file");
    fs::remove(companion(suffix));
    fs::create_directory(companion(suffix));
    expect_refused(companion(suffix), "no plain file");
    fs::remove(companion(suffix));
    if (fs::exists(kept)) fs::rename(kept, companion(suffix));
    expect_ours();
  }
}

TEST_F(TrustedFiles, WhatMoreMayWriteThanTheDatabaseIsRefused) {
  for (const char* suffix : kCompanions) {
    make(suffix);
    for (mode_t mode : {0620U, 0602U, 0666U}) {
      chmod(companion(suffix).c_str(), mode);
      expect_refused(companion(suffix), "chmod go-w");
    }
    chmod(companion(suffix).c_str(), 0600);
    if (std::string(suffix) == "-journal") fs::remove(companion(suffix));
    expect_ours();
  }
  // A foreign shell made it by its umask.
  chmod(companion("-wal").c_str(), 0644);
  expect_ours();
}

TEST_F(TrustedFiles, AStrangersFileIsRefusedAndRootsIsNot) {
  if (geteuid() != 0) GTEST_SKIP() << "only root gives a file away";
  for (const char* suffix : kCompanions) {
    make(suffix);
    ASSERT_EQ(chown(companion(suffix).c_str(), kStranger, 0), 0);
    expect_refused(companion(suffix), "has not made it");
    ASSERT_EQ(chown(companion(suffix).c_str(), 0, 0), 0);
    if (std::string(suffix) == "-journal") fs::remove(companion(suffix));
    expect_ours();
  }
  ASSERT_EQ(chown(path_.c_str(), kStranger, 0), 0);
  expect_ours();  // root works for its owner
}

TEST_F(TrustedFiles, AStrangersLogIsNotTakenUpByARestore) {
  backup(options(), folder_.file("copy"));
  std::ofstream(folder_.file("copy-wal")) << "whatever";
  chmod(folder_.file("copy-wal").c_str(), 0666);
  auto words = message_of([&] { restore(options(), folder_.file("copy")); });
  EXPECT_NE(words.find("copy-wal"), std::string::npos) << words;
  fs::remove(folder_.file("copy-wal"));
  EXPECT_NO_PURSER_ERROR(restore(options(), folder_.file("copy")));
}

TEST_F(TrustedFiles, AFileThatIsMountedByItselfIsRefusedAndAFolderIsNot) {
  if (!test::may_mount()) GTEST_SKIP() << "only root can mount";
  Forked child([&] {
    test::begin_own_mounts();
    fs::path other = folder_.file("other");
    fs::create_directory(other);
    std::ofstream(other / "purser.db") << "";
    test::bind(path_, other / "purser.db");
    auto mounted = options();
    mounted.path = other / "purser.db";
    auto words = message_of([&] { Database::open(mounted); });
    if (words.find("mount the folder") == std::string::npos) return 1;
    if (error_of([&] { restore(mounted, folder_.file("none")); }) == std::nullopt) return 2;
    fs::path whole = folder_.file("whole");
    fs::create_directory(whole);
    test::bind(folder_.path(), whole);
    mounted.path = whole / "purser.db";
    if (error_of([&] { Database::open(mounted); }) != std::nullopt) return 3;
    // Its log mounted over, under a database that is not.
    test::bind(companion("-wal"), companion("-wal"));
    return error_of([&] { open(); }) == ErrorCode::unsafe_files ? 0 : 4;
  });
  EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace purser
