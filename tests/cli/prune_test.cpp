// `purser prune`: what it says, what it refuses, and a kill -9 at every step.
#include "cli/command_line_test.h"
#include "cli/kill_points.h"

namespace purser::test {
namespace {

class PruneCommandTest : public CommandLineTest {
 protected:
  // Rows of a year ago, as a clock of that time would have made them.
  void make_old_rows(int rounds) const {
    init_with(100'000);
    for (int i = 0; i < rounds; ++i) answer({"keepa", "settle", grant("backfiller", 3), "--consumed", "2"});
    answer({"xai", "acquire"});
    answer({"xai", "cache", "put", "--title", "T", "--category", "C", "--season", "S", "--price", "1",
            "--verdict", "true"});
    Finished done = run({.words = {"sqlite3", database(), R"(
      DROP TRIGGER keepa_ledger_append_only;
      UPDATE keepa_ledger SET at_ms = at_ms - 31536000000;
      CREATE TRIGGER keepa_ledger_append_only BEFORE UPDATE ON keepa_ledger
      BEGIN
        SELECT RAISE(ABORT, 'keepa_ledger is append-only');
      END;
      UPDATE keepa_reservation SET created_at_ms = created_at_ms - 31536000000,
        expires_at_ms = expires_at_ms - 31536000000, ended_at_ms = ended_at_ms - 31536000000;
      UPDATE xai_verdict SET stored_at_ms = stored_at_ms - 31536000000;
      PRAGMA foreign_keys = OFF;
      UPDATE xai_quota SET last_reset_date = '2020-01-02', day_ends_at_ms = 1578009600000;
      UPDATE xai_day SET date = '2020-01-02' WHERE calls_today > 0;
      UPDATE xai_unit SET date = '2020-01-02';)"}});
    ASSERT_EQ(done.exit_status, 0) << done.err;
    answer({"xai", "acquire"});
  }
  void expect_whole() const { answer({"keepa", "verify"}); }

  const Words all_ = {"prune", "--ledger-older-than", "25h", "--days-older-than",
                      "2d",    "--cache-older-than",  "30d"};
};

TEST_F(PruneCommandTest, SaysWhatItRemoved) {
  make_old_rows(5);
  Json counted = answer(all_ + Words{"--dry-run"});
  EXPECT_EQ(counted["dry_run"], true);
  Json removed = answer(all_);
  EXPECT_EQ(removed["dry_run"], false);
  EXPECT_EQ(removed["ledger_entries"], 11);
  EXPECT_EQ(removed["reservations"], 5);
  EXPECT_EQ(removed["days"], 1);
  EXPECT_EQ(removed["units"], 1);
  EXPECT_EQ(removed["flights"], 0);
  EXPECT_EQ(removed["usage"], 0);
  EXPECT_EQ(removed["verdicts"], 1);
  for (const char* field : {"ledger_entries", "reservations", "days", "units", "verdicts"}) {
    EXPECT_EQ(removed[field], counted[field]) << field;
  }
  EXPECT_GE(removed["free_bytes"], 0);
  expect_whole();
}

TEST_F(PruneCommandTest, SaysItToPeople) {
  make_old_rows(1);
  Finished counted = run_purser(all_ + Words{"--dry-run"});
  EXPECT_NE(counted.out.find("would remove 3 ledger rows and 1 ended reservation\n"), std::string::npos)
      << counted.out;
  Finished done = run_purser(all_);
  EXPECT_EQ(done.exit_status, 0);
  EXPECT_EQ(done.err, "");
  EXPECT_NE(done.out.find("removed 3 ledger rows and 1 ended reservation\n"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("removed 1 day of xAI's quota, with 1 unit, 0 flights and 0 rows of usage\n"),
            std::string::npos)
      << done.out;
  EXPECT_NE(done.out.find("removed 1 verdict\n"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("the file keeps its size"), std::string::npos) << done.out;
}

TEST_F(PruneCommandTest, RefusesWhatMakesNoSense) {
  init();
  expect_refused({"prune"}, 64, "usage", "--ledger-older-than");
  expect_refused({"prune", "--dry-run"}, 64, "usage", "--ledger-older-than");
  expect_refused({"prune", "--ledger-older-than", "24h"}, 64, "usage",
                 "--ledger-older-than takes at least 25 h");
  expect_refused({"prune", "--days-older-than", "30"}, 64, "usage", "--days-older-than");
  expect_refused({"prune", "--cache-older-than", "0d"}, 64, "usage", "--cache-older-than");
}

TEST_F(PruneCommandTest, AKillAtAnyStepLeavesSumsThatHold) {
  make_old_rows(4);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::copy_file(database() + suffix, database() + "-before" + suffix);
  }
  int kills = for_each_kill_point(
      purser(all_),
      [&] {
        for (const char* suffix : {"", "-wal", "-shm"}) {
          std::filesystem::copy_file(database() + "-before" + suffix, database() + suffix,
                                     std::filesystem::copy_options::overwrite_existing);
        }
      },
      [&](const KillPoint&) {
        expect_whole();
        // Each of its transactions is there or not, and the next run does the rest.
        answer(all_);
        Json left = answer(all_ + Words{"--dry-run"});
        EXPECT_EQ(left["ledger_entries"], 0);
        EXPECT_EQ(left["days"], 0);
        EXPECT_EQ(left["verdicts"], 0);
        expect_whole();
      });
  if (kills == 0) GTEST_SKIP() << "no right to trace a process";
  EXPECT_GT(kills, 5);
}

}  // namespace
}  // namespace purser::test
