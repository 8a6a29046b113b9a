// kill -9 of a backup and of a restore at every call that changes a file.
#include "cli/kill_points.h"

namespace purser::test {
namespace {

namespace fs = std::filesystem;

class CopyKilled : public CommandLineTest {
 protected:
  // A database with a log that nobody took up, and a backup of an earlier state.
  void SetUp() override {
    init_with(300);
    answer({"backup", copy()});
    grant("backfiller", 20);
    answer({"xai", "acquire"});
    before_ = content();
    fs::create_directory(kept());
    for (const char* suffix : {"", "-wal"})
      fs::copy(database() + suffix, kept() / ("purser.db" + std::string(suffix)));
  }

  std::string copy() const { return folder_.file("copy.db").string(); }
  fs::path kept() const { return folder_.file("kept"); }

  void begin_anew() const {
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      std::string name = entry.path().filename().string();
      if (name.rfind("purser.db", 0) == 0 || name.rfind("made.db", 0) == 0) fs::remove_all(entry.path());
    }
    for (const auto& entry : fs::directory_iterator(kept()))
      fs::copy(entry.path(), folder_.path() / entry.path().filename());
  }

  static std::string content_of(const std::string& path) {
    return run({.words = {"sqlite3", "-readonly", path, "PRAGMA user_version", ".dump"}}).out;
  }
  Words files_named(const std::string& part) const {
    Words all;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.path().string().find(part) != std::string::npos) all.push_back(entry.path().string());
    }
    return all;
  }

  std::string before_;
  int before_count_ = 0, after_count_ = 0;
};

TEST_F(CopyKilled, ABackupIsThereWholeOrNotAtAll) {
  std::string made = folder_.file("made.db").string();
  int kills = for_each_kill_point(
      purser({"backup", made}), [&] { begin_anew(); },
      [&](const KillPoint&) {
        EXPECT_EQ(content(), before_);
        ++(fs::exists(made) ? after_count_ : before_count_);
        if (fs::exists(made)) {
          EXPECT_EQ(content_of(made), before_);
          for (const std::string& file : files_named("made.db")) fs::remove_all(file);
        }
        answer({"backup", made});  // in spite of what was left
        EXPECT_EQ(content_of(made), before_);
        EXPECT_EQ(files_named("-unfinished"), Words{});
      });
  if (kills == 0) GTEST_SKIP() << "no strace, or no right to trace a process";
  EXPECT_GT(before_count_, 10);
  EXPECT_GT(after_count_, 0);
}

TEST_F(CopyKilled, ARestoreIsBeforeOrAfter) {
  int kills = for_each_kill_point(
      purser({"restore", copy(), "--yes"}), [&] { begin_anew(); },
      [&](const KillPoint&) {
        // With the second name of what is kept, nobody but the next restore opens it.
        bool has_two_names = std::filesystem::hard_link_count(database()) > 1;
        if (has_two_names) expect_fault({"keepa", "status"}, 78, "unsafe_files", "run it again instead");
        bool after = !has_two_names && !answer({"keepa", "status"}).value("known", false);
        ++(after ? after_count_ : before_count_);
        if (after) {
          Words names = files_named("-replaced-");
          ASSERT_EQ(names.size(), 1U);
          EXPECT_EQ(content_of(names.front()), before_);
        } else {
          EXPECT_EQ(content(), before_);
        }
        if (!has_two_names) {
          EXPECT_EQ(answer({"migrate", "verify"})["passed"], true);
        }
        EXPECT_EQ(answer({"restore", copy(), "--yes"})["calls_today"], 1);
        EXPECT_EQ(files_named("-restoring"), Words{});
        EXPECT_EQ(answer({"migrate", "verify"})["passed"], true);
      });
  if (kills == 0) GTEST_SKIP() << "no strace, or no right to trace a process";
  EXPECT_GT(before_count_, 10);
  EXPECT_GT(after_count_, 0);
}

}  // namespace
}  // namespace purser::test
