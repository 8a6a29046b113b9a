// import behind the real program: its report, its refusals, nothing secret in either, and kill -9 at every
// step.
#include "cli/kill_points.h"
#include "cli/spapi_command_test.h"

namespace purser::test {
namespace {

namespace fs = std::filesystem;

class ImportCommand : public SpapiCommandTest {
 protected:
  std::string made(const std::string& name, const std::string& text) const {
    write_file(folder_.file(name), text);
    return folder_.file(name).string();
  }
  static std::string env_text() {
    return "SP_API_CLIENT_ID=\"" + client_id() + "\"\r\nexport SP_API_CLIENT_SECRET='" + client_secret() +
           "'\r\nKEEPA_API_KEY=" + std::string(kClientSecretTail) + "\r\nnonsense " +
           std::string(kRefreshTokenTail) + "\r\n";
  }
  std::string deals() const {
    std::string file = folder_.file("deals.db").string();
    Finished done =
        run({.words = {"sqlite3", file,
                       "CREATE TABLE user_credentials (user_id TEXT PRIMARY KEY, refresh_token TEXT NOT "
                       "NULL, updated_at TIMESTAMP); INSERT INTO user_credentials VALUES ('A1SELLER', '" +
                           refresh_token() + "', '2026-02-01')"}});
    EXPECT_EQ(done.exit_status, 0) << done.err;
    return file;
  }
  // A file of each kind.
  Words all_files() const {
    std::string today = answer({"xai", "acquire"})["date"];
    return {
        "import",
        "--xai-state",
        made("state.json", R"({"last_reset_date": ")" + today + R"(", "calls_today": 21})"),
        "--xai-cache",
        made("cache.json", R"({"reasonableness:a|Books|Sep|9.99": "True", "seasonality:a|b|c": "Christmas",
                                   "reasonableness:a | b|Books|Sep|9.99|Paperback|Current Rank: 5": "False"})"),
        "--settings",
        made("settings.json", R"({"max_xai_calls_per_day": 77, "tax_exempt": false})"),
        "--env-file",
        made("env", env_text()),
        "--deals-db",
        deals()};
  }
  std::string number(const std::string& query) const {
    Finished done = run({.words = {"sqlite3", "-readonly", database(), query}});
    EXPECT_EQ(done.exit_status, 0) << done.err;
    return done.out;
  }
};

TEST_F(ImportCommand, ReportsEachFile) {
  Words words = all_files();
  std::string before = content();
  Json dry = answer(words + Words{"--dry-run"});
  EXPECT_EQ(content(), before);
  Json done = answer(words);
  EXPECT_EQ(dry["dry_run"], true);
  EXPECT_EQ(done["dry_run"], false);
  EXPECT_EQ(dry["files"], done["files"]);
  ASSERT_EQ(done["files"].size(), 5U);
  Words sources;
  for (const Json& file : done["files"]) {
    sources.push_back(file["source"]);
    EXPECT_EQ(file["entries"],
              file["imported"].get<int>() + file["already_there"].get<int>() + file["skipped"].get<int>());
  }
  EXPECT_EQ(sources, (Words{"xai_state", "xai_cache", "settings", "env_file", "deals_db"}));
  const Json& cache = done["files"][1];
  EXPECT_EQ(cache["file"], words[4]);
  EXPECT_EQ(cache["imported"], 2);
  EXPECT_EQ(cache["facts"]["keys_with_rank"], 1);
  EXPECT_EQ(cache["reasons"][0]["reason"], "seasonality");
  EXPECT_EQ(cache["reasons"][0]["count"], 1);
  EXPECT_EQ(cache["reasons"][0]["examples"], Json{"seasonality:a|b|c"});
  EXPECT_EQ(answer({"xai", "status"})["calls_today"], 21);
  EXPECT_EQ(answer({"xai", "status"})["daily_limit"], 77);
  EXPECT_EQ(status()["seller_id"], "A1SELLER");
  EXPECT_EQ(answer({"key", "check"})["opened"], 3);
  std::string after = content();
  for (const Json& file : answer(words)["files"]) EXPECT_EQ(file["imported"], 0);
  EXPECT_EQ(content(), after);
}

TEST_F(ImportCommand, SaysItInWords) {
  Words words = all_files();
  std::string text = run_purser(words + Words{"--dry-run"}).out;
  for (const char* fragment :
       {"xai_cache (", "3 entries: 2 came in, 0 there already, 1 skipped",
        "verdicts 2, plain_keys 1, keys_with_rank 1", "daily limit of xAI: 77, was 1000",
        "account default: seller A1SELLER, region na", "skipped 1 (stays_in_environment)",
        "KEEPA_API_KEY (line 3)", "a dry run: nothing was stored"}) {
    expect_in(text, fragment);
  }
  expect_in(run_purser(words).out, "\nstored\n");
}

TEST_F(ImportCommand, TellsAndLeavesNoSecret) {
  Words words = all_files();
  std::string told;
  for (const Words& more : {Words{"--dry-run"}, Words{"--json"}, Words{}}) {
    Finished done = run_purser(words + more);
    EXPECT_EQ(done.exit_status, 0) << done.err;
    told += done.out + done.err;
  }
  expect_no_secret(told + content());
  for (const char* suffix : {"", "-wal"}) expect_no_secret(read_file(database() + suffix));
  EXPECT_FALSE(fs::exists(folder_.file("deals.db-wal")));
  EXPECT_FALSE(fs::exists(folder_.file("deals.db-shm")));
}

TEST_F(ImportCommand, RefusesWithoutChangingAnything) {
  std::string good = made("good.json", R"({"max_xai_calls_per_day": 77})");
  expect_refused({"import"}, 64, "usage", "at least one file");
  expect_refused({"import", "--dry-run"}, 64, "usage", "at least one file");
  expect_refused({"import", "--settings", ""}, 64, "usage", "--settings");
  expect_refused({"import", "--settings", good, "--xai-cache", folder_.file("none").string()}, 74, "io_error",
                 "cannot read");
  for (const char* option : {"--xai-state", "--xai-cache", "--settings", "--env-file", "--deals-db"}) {
    expect_refused({"import", option, folder_.path().string()}, 65, "invalid_import", "is a folder");
    expect_refused({"import", option, made("empty", "")}, 65, "invalid_import", "is empty");
    expect_refused({"import", option, made("cut", "{\"a\": \"b")}, 65, "invalid_import", "cut: ");
    expect_refused({"import", option, database()}, 65, "invalid_import", "own database");
  }
  std::string tomorrow = made("state.json", R"({"last_reset_date": "9999-12-31", "calls_today": 0})");
  expect_refused({"import", "--settings", good, "--xai-state", tomorrow}, 65, "invalid_import",
                 "still to come");
  expect_refused({"import", "--settings", good, "--deals-db", deals()}, 78, "no_credentials", "--env-file");
  environment_["PURSER_KEY_FILE"] = std::nullopt;
  expect_refused({"import", "--settings", good, "--env-file", made("env", env_text()), "--deals-db",
                  folder_.file("deals.db")},
                 78, "no_master_key", "purser key generate");
}

TEST_F(ImportCommand, WhatMayNotBeReadIsToldSo) {
  if (!is_root()) GTEST_SKIP() << "needs root, to be somebody else";
  std::string file = made("secret.json", R"({"max_xai_calls_per_day": 77})");
  ASSERT_EQ(chmod(file.c_str(), 0600), 0);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  expect_fault(as_nobody(purser({"import", "--settings", file})), 74, "io_error", "cannot read");
}

// Only who may write the file can read a log without its index.
TEST_F(ImportCommand, ALogWithoutItsIndexIsForItsOwner) {
  if (!is_root()) GTEST_SKIP() << "needs root, to be somebody else";
  std::string file = folder_.file("copied.db").string();
  Finished made = run({.words = {"sqlite3", file, ".dbconfig no_ckpt_on_close on",
                                 "PRAGMA journal_mode = WAL; CREATE TABLE user_credentials (user_id, "
                                 "refresh_token, updated_at)"}});
  ASSERT_TRUE(fs::exists(file + "-wal")) << made.err;
  fs::remove(file + "-shm");
  for (const std::string& name : {file, file + "-wal", folder_.path().string()}) {
    ASSERT_EQ(chmod(name.c_str(), 0755), 0);
  }
  expect_fault(as_nobody(purser({"import", "--deals-db", file})), 74, "io_error", "as its owner");
}

// --- kill -9 -------------------------------------------------------------------------------------------

TEST_F(ImportCommand, KilledAtEveryStepAllCameInOrNothing) {
  Words words = all_files();
  run({.words = {"sqlite3", database(), "PRAGMA wal_checkpoint(TRUNCATE)"}});
  std::string saved = folder_.file("saved.db").string();
  fs::copy_file(database(), saved);
  const std::string figures =
      "SELECT (SELECT count(*) FROM xai_verdict) || ' ' || (SELECT max(calls_today) FROM xai_day) || ' ' || "
      "(SELECT "
      "daily_limit FROM xai_quota) || ' ' || (SELECT count(*) FROM spapi_credential)";
  int before = 0, after = 0;
  int kills = for_each_kill_point(
      purser(words),
      [&] {
        for (const char* suffix : {"-wal", "-shm"}) fs::remove(database() + suffix);
        fs::copy_file(saved, database(), fs::copy_options::overwrite_existing);
      },
      [&](const KillPoint&) {
        std::string found = number(figures);
        EXPECT_TRUE(found == "0 1 1000 0\n" || found == "2 21 77 1\n") << found;
        ++(found == "0 1 1000 0\n" ? before : after);
        EXPECT_EQ(number("PRAGMA integrity_check"), "ok\n");
        answer(words);
        EXPECT_EQ(number(figures), "2 21 77 1\n");
      });
  if (kills == 0) GTEST_SKIP() << "no right to trace a process";
  EXPECT_GT(before, 0);
  EXPECT_GT(after, 0);
}

}  // namespace
}  // namespace purser::test
