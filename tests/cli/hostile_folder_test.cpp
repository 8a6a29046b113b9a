// Root at work in a folder of somebody who renames, plants and reads whatever he can.
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "cli/command_line_test.h"
#include "support/forked.h"

namespace purser::test {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kSomebody = 65534;
constexpr int kSawIt = 42;

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// He owns the folder; what is made in it is not his.
class Attacker {
 public:
  Attacker(const fs::path& folder, const fs::path& victim) : folder_(folder), victim_(victim) {}

  // Until he is killed, or has read what he must not.
  int run() {
    if (setgroups(0, nullptr) != 0 || setresgid(kSomebody, kSomebody, kSomebody) != 0 ||
        setresuid(kSomebody, kSomebody, kSomebody) != 0)
      return 1;
    umask(0);
    for (;; ++turn_) {
      for (const std::string& name : names()) {
        if (can_read(folder_ / name) || can_read(folder_ / name / "unfinished.db")) return kSawIt;
        if (is_unfinished(name)) play_with(name);
      }
    }
  }

 private:
  static bool is_unfinished(const std::string& name) {
    return ends_with(name, "-unfinished") || ends_with(name, "-restoring");
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all = {"q.db-unfinished", "q.db-restoring"};
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder_, failed))
      all.push_back(entry.path().filename().string());
    return all;
  }
  static bool can_read(const fs::path& path) {
    int file = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) return false;
    std::array<char, 15> begin{};
    bool read_it = read(file, begin.data(), begin.size()) == 15 &&
                   std::equal(begin.begin(), begin.end(), "SQLite format 3");
    close(file);
    return read_it;
  }
  // A link to the victim, a file that all may read, a folder, or nothing in its place.
  void play_with(const std::string& name) const {
    fs::path place = folder_ / name, bait = folder_ / ("bait" + std::to_string(turn_ % 7));
    std::error_code ignored;
    switch (turn_ % 4) {
      case 0: fs::create_symlink(victim_, bait, ignored); break;
      case 1: close(open(bait.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666)); break;
      case 2: mkdir(bait.c_str(), 0777); break;
      default: fs::create_directory_symlink(victim_.parent_path(), bait, ignored);
    }
    ::rename(place.c_str(), (folder_ / ("taken" + std::to_string(turn_ % 5))).c_str());
    ::rename(bait.c_str(), place.c_str());
    if (turn_ % 3 == 0) fs::remove(place, ignored);
  }

  fs::path folder_, victim_;
  unsigned turn_ = 0;
};

class HostileFolder : public CommandLineTest {
 protected:
  void SetUp() override {
    if (!is_root()) GTEST_SKIP() << "only root can work for somebody else";
    init_with(300);
    ASSERT_EQ(chmod(folder_.path().c_str(), 0711), 0);
    fs::create_directory(theirs());
    ASSERT_EQ(chown(theirs().c_str(), kSomebody, kSomebody), 0);
    run({.words = {"sqlite3", victim().string(),
                   "CREATE TABLE precious (a); INSERT INTO precious VALUES (1)"}});
    ASSERT_EQ(chmod(victim().c_str(), 0600), 0);
    ASSERT_EQ(chmod(database().c_str(), 0600), 0);
    victim_before_ = read_file(victim());
  }
  fs::path theirs() const { return folder_.file("theirs"); }
  fs::path victim() const { return folder_.file("victim.db"); }
  std::string copy() const { return folder_.file("copy.db").string(); }
  std::string there() const { return (theirs() / "q.db").string(); }

  // Before each time `prepare` puts the folder in order, as root. What it says is said well, or it succeeds.
  template <typename Prepare>
  void attack(int times, const Words& words, Prepare&& prepare) {
    int succeeded = 0;
    for (int i = 0; i < times; ++i) {
      for (const auto& entry : fs::directory_iterator(theirs())) fs::remove_all(entry.path());
      prepare();
      Forked attacker([&] { return Attacker(theirs(), victim()).run(); });
      Finished done = run_purser(words);
      bool is_answered = done.exit_status == 0 || done.exit_status == 74 || done.exit_status == 78;
      EXPECT_TRUE(is_answered) << done.exit_status << " " << done.signal << done.out << done.err;
      EXPECT_EQ(done.err.find("/proc/self"), std::string::npos) << done.err;
      EXPECT_EQ(done.exit_status == 0, done.err.empty()) << done.err;
      succeeded += done.exit_status == 0 ? 1 : 0;
      ASSERT_EQ(read_file(victim()), victim_before_) << "after " << i << ": " << done.err;
      int ended = 0;
      ASSERT_FALSE(attacker.has_ended(ended)) << "he ended with " << ended << " (42: he read a copy)";
    }
    RecordProperty("succeeded", succeeded);
  }
  void put_database() const {
    for (const char* suffix : {"", "-wal"}) {
      fs::path from = database() + suffix;
      if (fs::exists(from)) fs::copy(from, theirs() / ("q.db" + std::string(suffix)));
    }
    for (const auto& entry : fs::directory_iterator(theirs())) chmod(entry.path().c_str(), 0600);
  }

  std::string victim_before_;
};

constexpr int kTimes = 25;

TEST_F(HostileFolder, ABackupTouchesNoOtherFileAndIsReadByNobody) {
  attack(kTimes, {"backup", there()}, [] {});
}

TEST_F(HostileFolder, AnInitTouchesNoOtherFile) {
  attack(kTimes, {"--db", there(), "init"}, [] {});
}

TEST_F(HostileFolder, ARestoreTouchesNoOtherFileAndIsReadByNobody) {
  answer({"backup", copy()});
  attack(kTimes, {"--db", there(), "restore", copy(), "--yes"}, [&] { put_database(); });
}

TEST_F(HostileFolder, AMigrationTouchesNoOtherFileAndItsBackupIsReadByNobody) {
  attack(kTimes, {"--db", there(), "migrate", "down"}, [&] { put_database(); });
}

// The kernel's own rule, also where the kernel has it switched off.
class StickyFolder : public HostileFolder {
 protected:
  void SetUp() override {
    HostileFolder::SetUp();
    if (!is_root()) return;
    ASSERT_EQ(chown(theirs().c_str(), 0, 0), 0);
    ASSERT_EQ(chmod(theirs().c_str(), 01777), 0);
  }
  void plant_link(const std::string& name, const fs::path& target) const {
    fs::create_symlink(target, theirs() / name);
    ASSERT_EQ(lchown((theirs() / name).c_str(), kSomebody, kSomebody), 0);
  }
  void plant_file(const std::string& name) const {
    write_file(theirs() / name, "");
    ASSERT_EQ(chown((theirs() / name).c_str(), kSomebody, kSomebody), 0);
  }
  std::set<std::string> names() const { return names_in(theirs()); }
};

TEST_F(StickyFolder, SomebodysLinkIsNotFollowed) {
  fs::create_directory(folder_.file("roots"));
  plant_link("q.db", folder_.file("roots/new.db"));
  plant_link("folder", folder_.file("roots"));
  plant_link("key", folder_.file("roots/key"));
  std::string link = (theirs() / "q.db").string();
  expect_fault({"--db", link, "init"}, 74, "cannot_open", "is a link of nobody's");
  expect_fault({"--db", link, "status"}, 74, "cannot_open", "name the file that is meant");
  expect_fault({"--db", (theirs() / "folder/q.db").string(), "init"}, 74, "cannot_open",
               "is a link of nobody's");
  expect_fault({"backup", (theirs() / "folder/copy.db").string()}, 74, "cannot_open",
               "is a link of nobody's");
  expect_fault({"restore", link, "--yes"}, 74, "cannot_open", "is a link of nobody's");
  expect_fault({"key", "generate", "--file", (theirs() / "folder/key").string()}, 74, "cannot_open",
               "is a link of nobody's");
  expect_fault({"import", "--settings", link}, 74, "cannot_open", "is a link of nobody's");
  environment_["PURSER_KEY_FILE"] = (theirs() / "key").string();
  write_file(folder_.file("roots/key"), "no key");
  expect_fault({"key", "check"}, 74, "cannot_open", "is a link of nobody's");
  fs::remove(folder_.file("roots/key"));
  EXPECT_TRUE(fs::is_empty(folder_.file("roots")));
}

TEST_F(StickyFolder, OnesOwnLinkAndThatOfTheFoldersOwnerAreFollowed) {
  fs::create_symlink(database(), theirs() / "mine.db");
  EXPECT_EQ(answer({"--db", (theirs() / "mine.db").string(), "keepa", "status"})["known"], true);
  ASSERT_EQ(chown(theirs().c_str(), kSomebody, kSomebody), 0);
  plant_link("theirs.db", database());
  EXPECT_EQ(answer({"--db", (theirs() / "theirs.db").string(), "keepa", "status"})["known"], true);
}

// Who is not root cannot remove what another has put there: he is told whose it is, and nothing of his stays.
TEST_F(StickyFolder, WhatSomebodyPlantedIsNamedWithWhatToDo) {
  if (!has_program("setpriv")) GTEST_SKIP() << "no `setpriv` to become somebody with";
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  for (const std::string kind : {"file", "folder", "link"}) {
    fs::path place = theirs() / "q.db-unfinished";
    if (kind == "file") write_file(place, "");
    if (kind == "folder") fs::create_directory(place);
    if (kind == "link") fs::create_symlink(victim(), place);
    auto before = names();
    expect_fault(as_nobody(purser({"--db", (theirs() / "q.db").string(), "init"})), 74, "read_only",
                 "it belongs to root, you are nobody");
    EXPECT_EQ(names(), before) << kind;
    fs::remove_all(place);
  }
}

TEST_F(StickyFolder, AnInitThatFailsLeavesNoGateBehind) {
  fs::create_directories(theirs() / "q.db-unfinished/with/something");
  expect_fault({"--db", (theirs() / "q.db").string(), "init"}, 74, "io_error", "none of purser's");
  EXPECT_EQ(names(), std::set<std::string>{"q.db-unfinished"});
  std::string text =
      "a text that is no database, but longer than the hundred bytes of a header of one, to be sure";
  write_file(theirs() / "text.db", text + text + text + text + text + text);
  expect_fault({"--db", (theirs() / "text.db").string(), "init"}, 74, "not_a_database", "SQLite database");
  EXPECT_EQ(names(), (std::set<std::string>{"q.db-unfinished", "text.db"}));
  answer({"backup", copy()});
  expect_fault({"--db", (theirs() / "q.db").string(), "restore", victim().string(), "--yes"}, 65,
               "invalid_backup", "not one of purser's");
  EXPECT_EQ(names(), (std::set<std::string>{"q.db-unfinished", "text.db"}));
}

}  // namespace
}  // namespace purser::test
