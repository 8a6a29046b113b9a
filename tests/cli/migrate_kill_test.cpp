// kill -9 of a migrator at every call that changes a file: the database is the one before or the one after.
#include <filesystem>

#include "cli/kill_points.h"

namespace purser::test {
namespace {

class MigrateKilled : public CommandLineTest {
 protected:
  // A database of schema `from`, kept to be begun with again and again.
  void make(int from) {
    init_with(300);
    grant("backfiller", 20);
    answer({"xai", "acquire"});
    answer({"xai", "claim", "--title", "Momo", "--category", "", "--season", "", "--price", "9.90"});
    newest_ = answer({"migrate", "status"}).value("known_version", 0);
    if (from != kNewest) answer({"migrate", "down", "--no-backup", "--to", std::to_string(from)});
    Finished copied = run({.words = {"sqlite3", database(), "VACUUM INTO '" + kept() + "'"}});
    ASSERT_EQ(copied.exit_status, 0) << copied.err;
    begin_anew();
    before_ = content();
  }

  void begin_anew() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (entry.path().filename().string().rfind("purser.db", 0) == 0)
        std::filesystem::remove_all(entry.path());
    }
    std::filesystem::copy_file(kept(), database());
    Finished done = run({.words = {"sqlite3", database(), "PRAGMA journal_mode = WAL"}});
    ASSERT_EQ(done.out, "wal\n") << done.err;
  }

  int schema() const { return answer({"migrate", "status"}).value("schema_version", 0); }

  void expect_before_or_after(int from, int to) {
    int now = schema();
    EXPECT_TRUE(now == from || now == to) << now;
    EXPECT_EQ(answer({"migrate", "verify"})["passed"], true);
    if (now == from) {
      EXPECT_EQ(content(), before_);
    }
    ++(now == from ? before_count_ : after_count_);
    expect_whole_copies();
    // And the next one does the rest.
    answer({"migrate", from < to ? "up" : "down", "--no-backup", "--to", std::to_string(to)});
    EXPECT_EQ(answer({"migrate", "verify"})["passed"], true);
    EXPECT_EQ(schema(), to);
  }

  // A backup has its name only when it is complete.
  void expect_whole_copies() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      std::string name = entry.path().filename().string();
      if (name.find("-before-schema-") == std::string::npos) continue;
      if (name.find("-unfinished") != std::string::npos) continue;
      Finished copy =
          run({.words = {"sqlite3", "-readonly", entry.path().string(), "PRAGMA user_version", ".dump"}});
      EXPECT_EQ(copy.out, before_) << name;
    }
  }

  static constexpr int kNewest = 0;

  void kill_everywhere(const Words& words, int from, int to) {
    make(from);
    if (from == kNewest) from = newest_;
    if (to == kNewest) to = newest_;
    int kills = for_each_kill_point(
        purser(words), [&] { begin_anew(); }, [&](const KillPoint&) { expect_before_or_after(from, to); });
    if (kills == 0) GTEST_SKIP() << "no strace, or no right to trace a process";
    EXPECT_GT(before_count_, 10);
    EXPECT_GT(after_count_, 0) << "none came between the commit and the end";
  }

  std::string kept() const { return folder_.file("kept.db").string(); }

  int newest_ = 0;
  std::string before_;
  int before_count_ = 0, after_count_ = 0;
};

TEST_F(MigrateKilled, UpIsBeforeOrAfter) { kill_everywhere({"migrate", "up", "--no-backup"}, 4, kNewest); }

TEST_F(MigrateKilled, DownIsBeforeOrAfter) {
  kill_everywhere({"migrate", "down", "--no-backup", "--to", "3"}, kNewest, 3);
}

TEST_F(MigrateKilled, UpWithABackupIsBeforeOrAfterAndTheCopyIsWhole) {
  kill_everywhere({"migrate", "up"}, 6, kNewest);
}

}  // namespace
}  // namespace purser::test
