// .env and deals.db: whose credentials come in, into which account, and that nothing secret is told.
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "import/import_test.h"
#include "spapi/import.h"
#include "support/files.h"
#include "support/forked.h"

namespace purser {
namespace {

namespace fs = std::filesystem;
using spapi::Credentials;
using spapi::Region;

constexpr char kId[] = "amzn1.application-oa2-client.0c7e5b1f9a3d4862";
constexpr char kSecret[] = "amzn1.oa2-cs.v1.q9Zr8Kp3Wq6Yt1Nb5Vc9Xm2Lj7";
constexpr char kToken[] = "Atzr|IwEBIKq7Wz2Jx9VbN4mTr8PlY3hDg6";

class ImportSellers : public ImportTest {
 protected:
  static std::string env_text(const std::string& seller = "A1SELLER", const std::string& token = kToken) {
    return std::string("SP_API_CLIENT_ID=") + kId + "\nSP_API_CLIENT_SECRET=" + kSecret +
           "\nSP_API_REFRESH_TOKEN=" + token + "\nSP_API_SELLER_ID=" + seller + "\n";
  }
  static std::string application_text() {
    return std::string("SP_API_CLIENT_ID=") + kId + "\nSP_API_CLIENT_SECRET=" + kSecret + "\n";
  }
  fs::path env(const std::string& text) { return make(".env", text); }
  static std::string row(const std::string& seller, const std::string& token = kToken,
                         const std::string& updated_at = "2026-01-01T00:00:00") {
    return "('" + seller + "', '" + token + "', '" + updated_at + "')";
  }
  Credentials stored(const std::string& account = "default") { return opened(account); }
  bool is_stored(const std::string& account) {
    return status(account) && status(account)->source == spapi::Source::database;
  }
};

// --- .env ----------------------------------------------------------------------------------------------

TEST_F(ImportSellers, TheCredentialsOfAnEnvFileAreSealed) {
  auto report = import_one({.env_file = env(env_text())});
  EXPECT_EQ(report.imported, 4);
  EXPECT_EQ(report.changes, std::vector<std::string>{"account default: seller A1SELLER, region na"});
  EXPECT_EQ(stored().client_id, kId);
  EXPECT_EQ(stored().client_secret, kSecret);
  EXPECT_EQ(stored().refresh_token, kToken);
  EXPECT_EQ(stored().seller_id, "A1SELLER");
  EXPECT_TRUE(spapi::check_keys(database_, ring_).unopened.empty());
}

TEST_F(ImportSellers, EachFormOfALineIsRead) {
  std::string text =
      std::string("\xEF\xBB\xBF# a comment\r\n\r\nexport SP_API_CLIENT_ID = \"") + kId +
      "\"  # mine\r\n  SP_API_CLIENT_SECRET='" + kSecret + "'\r\n\texport\tSP_API_REFRESH_TOKEN=" + kToken +
      " # since May\r\nSP_API_SELLER_ID=A1SELLER\r\nSP_API_URL=https://sellingpartnerapi-eu.amazon.com";
  auto report = import_one({.env_file = env(text)});
  EXPECT_EQ(report.entries, 5);
  EXPECT_EQ(report.imported, 5);
  EXPECT_EQ(stored().client_id, kId);
  EXPECT_EQ(stored().client_secret, kSecret);
  EXPECT_EQ(stored().refresh_token, kToken);
  EXPECT_EQ(stored().region, Region::eu);
}

TEST_F(ImportSellers, QuotationMarksKeepWhatIsInThem) {
  std::string text = env_text("\"A#1\\\\S\"");
  EXPECT_EQ(import_one({.env_file = env(text)}).imported, 4);
  EXPECT_EQ(stored().seller_id, "A#1\\S");
}

TEST_F(ImportSellers, TheRegionIsTheOptionsThenTheHosts) {
  struct Case {
    const char* line;
    std::optional<Region> option;
    Region region;
  };
  for (const Case& c : {Case{"", {}, Region::na},
                        {"", Region::fe, Region::fe},
                        {"SP_API_URL=https://sandbox.sellingpartnerapi-fe.amazon.com/\n", {}, Region::fe},
                        {"SP_API_URL=https://sellingpartnerapi-eu.amazon.com\n", Region::na, Region::na},
                        {"SP_API_URL=https://example.org\n", {}, Region::na},
                        {"SP_API_URL=https://sellingpartnerapi-\n", {}, Region::na},
                        {"SP_API_REGION=eu\n", {}, Region::eu}}) {
    import_one({.env_file = env(env_text() + c.line)}, {.region = c.option});
    EXPECT_EQ(stored().region, c.region) << c.line;
    sellers_.remove("default");
  }
  auto report = import_one({.env_file = env(env_text() + "SP_API_URL=https://example.org\n")});
  EXPECT_EQ(skipped(report, "unknown_region"), 1);
}

TEST_F(ImportSellers, OfAVariableTwiceTheLastHolds) {
  auto report = import_one({.env_file = env(env_text("A0FIRST") + env_text("A1SELLER"))});
  EXPECT_EQ(report.entries, 8);
  EXPECT_EQ(skipped(report, "repeated"), 4);
  EXPECT_EQ(stored().seller_id, "A1SELLER");
}

TEST_F(ImportSellers, WhatIsNotStoredIsNamedAndNoValueIs) {
  std::string text =
      env_text() +
      "KEEPA_API_KEY=ekeepakeepakeepa\nXAI_TOKEN=exaixaixai\nXAI_API_KEY=exaixaixai2\n"
      "SP_API_AWS_REGION=eus-east-1\nSP_API_AWS_ACCESS_KEY_ID=eAKIA\nSP_API_AWS_SECRET_KEY=eaws\n"
      "SP_API_APP_ID=eapp\nREDIS_URL=redis://u:epass@h\nDATABASE_URL=edeals\n"
      "ESECRETNAME=evalue\npastedsecretEND==\nno assignment esecret\nQ=\"eopen\nEMPTY=\n"
      "SP_API_SELLER_ID=\n";
  auto reports = import({.env_file = env(text)});
  const ImportReport& report = reports.front();
  EXPECT_EQ(report.entries, 19);
  EXPECT_EQ(skipped(report, "stays_in_environment"), 3);
  EXPECT_EQ(skipped(report, "obsolete"), 3);
  EXPECT_EQ(skipped(report, "not_needed"), 3);
  EXPECT_EQ(skipped(report, "not_ours"), 3);
  EXPECT_EQ(skipped(report, "malformed"), 2);
  EXPECT_EQ(skipped(report, "empty"), 1);
  EXPECT_EQ(
      examples(report, "obsolete"),
      "SP_API_AWS_REGION (line 8)\nSP_API_AWS_ACCESS_KEY_ID (line 9)\nSP_API_AWS_SECRET_KEY (line 10)\n");
  EXPECT_EQ(examples(report, "malformed"), "line 16\nline 17\n");
  std::string told = everything(reports);
  for (const char* secret : {"ekeepa", "exai", "eus-", "eAKIA", "eaws", "eapp", "epass", "edeals", "ESECRET",
                             "evalue", "pastedsecret", "esecret", "eopen", kId, kSecret, kToken}) {
    EXPECT_EQ(told.find(secret), std::string::npos) << secret << "\n" << told;
  }
}

TEST_F(ImportSellers, HalfASetIsToldAndNothingOfItIsStored) {
  auto report = import_one({.env_file = env(application_text())});
  EXPECT_EQ(report.imported, 0);
  EXPECT_EQ(examples(report, "incomplete"), "SP_API_CLIENT_ID\nSP_API_CLIENT_SECRET\n");
  auto placeholder = import_one({.env_file = env(env_text("A1SELLER", "your_refresh_token"))});
  EXPECT_EQ(skipped(placeholder, "unusable"), 4);
  EXPECT_FALSE(status());
}

TEST_F(ImportSellers, AnAccountWithOtherValuesIsKept) {
  Credentials mine = credentials();
  sellers_.set("default", mine, ring_);
  auto report = import_one({.env_file = env(env_text())});
  EXPECT_EQ(report.imported, 0);
  EXPECT_EQ(skipped(report, "kept"), 4);
  EXPECT_EQ(stored().refresh_token, mine.refresh_token);
  EXPECT_EQ(import_one({.env_file = env(env_text())}, {.account = "second"}).imported, 4);
  EXPECT_EQ(stored("second").refresh_token, kToken);
}

TEST_F(ImportSellers, TheSecretIsAsOldAsTheFile) {
  clock_.set(std::chrono::floor<Duration>(std::chrono::system_clock::now()));
  auto file = env(env_text());
  fs::last_write_time(file, fs::file_time_type::clock::now() - hours(24 * 100 + 1));
  import_one({.env_file = file});
  EXPECT_EQ(status()->secret_age_days, 100);
}

TEST_F(ImportSellers, WhatIsNoEnvFileIsRefused) {
  for (const std::string& text :
       {std::string("{\"a\": 1}"), std::string("just words\n"), std::string("# nothing\n")}) {
    expect_refused({.env_file = env(text)}, ErrorCode::invalid_import, ".env: has no line NAME=value");
  }
  expect_refused({.env_file = env(std::string("A=b\0c\n", 6))}, ErrorCode::invalid_import, "no UTF-8");
  expect_refused({.env_file = env("A=\xFF\n")}, ErrorCode::invalid_import, "no UTF-8");
}

// --- deals.db ------------------------------------------------------------------------------------------

TEST_F(ImportSellers, TheOnlySellerBecomesTheAccount) {
  auto reports = import(
      {.env_file = env(application_text()), .deals_db = deals(row("A1SELLER", std::string(kToken) + "\r"))});
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0].imported, 2);
  EXPECT_EQ(reports[1].imported, 1);
  EXPECT_EQ(stored().seller_id, "A1SELLER");
  EXPECT_EQ(stored().refresh_token, kToken);
  EXPECT_EQ(stored().client_secret, kSecret);
}

TEST_F(ImportSellers, AnAccountIsAName) {
  auto before = content();
  for (const std::string& account : {std::string(), std::string(201, 'a'), std::string("two\nlines")}) {
    auto bring_in = [&] { import_legacy(options(), {.env_file = env(env_text())}, {.account = account}); };
    EXPECT_PURSER_ERROR(ErrorCode::usage, bring_in()) << account;
  }
  EXPECT_EQ(content(), before);
}

TEST_F(ImportSellers, OfSeveralEachBecomesAnAccountOfItsName) {
  auto reports =
      import({.env_file = env(env_text("A3")), .deals_db = deals(row("A1") + "," + row("A2", "Atzr|other"))});
  EXPECT_EQ(reports[0].imported, 4);
  EXPECT_EQ(reports[1].imported, 2);
  EXPECT_EQ(stored("A1").refresh_token, kToken);
  EXPECT_EQ(stored("A2").refresh_token, "Atzr|other");
  EXPECT_EQ(stored("A3").refresh_token, kToken);
  EXPECT_FALSE(is_stored("default"));
}

TEST_F(ImportSellers, OfTheSameSellerInBothFilesDealsDbHolds) {
  auto reports =
      import({.env_file = env(env_text("A1SELLER", "Atzr|older")), .deals_db = deals(row("A1SELLER"))});
  EXPECT_EQ(skipped(reports[0], "deals_db_first"), 1);
  EXPECT_EQ(reports[0].imported, 3);
  EXPECT_EQ(stored().refresh_token, kToken);
}

TEST_F(ImportSellers, PlaceholdersAndBlanksAreSkippedAndOtherRowsComeIn) {
  auto file =
      deals(row("A1", "manual_placeholder") + "," + row("A2", " \r\n") + "," + row("", "Atzr|x") + "," +
            row("A4") + "," + row(" A4 ", "Atzr|older", "2020-01-01") + "," +
            "('A5', CAST(X'FF' AS TEXT), NULL), ('A6', printf('%.*c', 100000, 'x'), NULL), ('A7', X'00', 5)");
  auto reports = import({.env_file = env(application_text()), .deals_db = file});
  EXPECT_EQ(reports[1].entries, 8);
  EXPECT_EQ(reports[1].imported, 1);
  EXPECT_EQ(skipped(reports[1], "unusable"), 6);
  EXPECT_EQ(skipped(reports[1], "repeated"), 1);
  EXPECT_EQ(stored().refresh_token, kToken);
}

TEST_F(ImportSellers, ATokenInThePlaceOfASellerIdIsNotTold) {
  auto file =
      deals("('" + std::string(kToken) + "', 'A1SELLER', 3), ('" + kToken + "2', '', 2), ('A3', '', 1)");
  auto reports = import({.env_file = env(application_text()), .deals_db = file});
  EXPECT_EQ(examples(reports[1], "unusable"), "row 1\nrow 2\nA3\n");
  EXPECT_EQ(everything(reports).find(kToken), std::string::npos) << everything(reports);
}

TEST_F(ImportSellers, WithoutAClientIdTheyAreOfNoUse) {
  expect_refused({.deals_db = deals(row("A1SELLER"))}, ErrorCode::no_credentials, "--env-file");
  environment_.set("SP_API_CLIENT_ID", kId);
  environment_.set("SP_API_CLIENT_SECRET", kSecret);
  EXPECT_EQ(import_one({.deals_db = folder_.file("deals.db")}).imported, 1);
  EXPECT_EQ(stored().client_id, kId);
}

TEST_F(ImportSellers, NothingToStoreNeedsNoClientId) {
  EXPECT_EQ(import_one({.deals_db = deals("")}).entries, 0);
  EXPECT_EQ(skipped(import_one({.deals_db = deals(row("A1", "manual_placeholder"))}), "unusable"), 1);
}

TEST_F(ImportSellers, AViewThatNeverEndsIsRefused) {
  auto file = deals("",
                    "DROP TABLE user_credentials; CREATE VIEW user_credentials AS "
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                    "SELECT i AS user_id, 'Atzr|' || i AS refresh_token, i AS updated_at FROM n");
  expect_refused({.deals_db = file}, ErrorCode::invalid_import, "does not end");
}

TEST_F(ImportSellers, WhatIsNoDealsDbIsRefused) {
  ImportFiles files{.env_file = env(application_text())};
  files.deals_db = make("text", std::string(5000, 'x'));
  expect_refused(files, ErrorCode::invalid_import, "text");
  files.deals_db = folder_.file("other.db");
  { test::ForeignTool(folder_.file("other.db")).run("CREATE TABLE deals (id INTEGER)"); }
  expect_refused(files, ErrorCode::invalid_import, "no such table");
  files.deals_db = deals(row("A1SELLER"));
  fs::resize_file(folder_.file("deals.db"), 4500);
  expect_refused(files, ErrorCode::invalid_import, "deals.db");
}

// --- deals.db is somebody else's -------------------------------------------------------------------------

class ForeignFile : public ImportSellers {
 protected:
  ForeignFile() {
    fs::create_directory(folder_.file("theirs"));
    file_ = folder_.file("theirs/deals ?#%.db");
    test::ForeignTool tool(file_);
    tool.run(
        "CREATE TABLE user_credentials (user_id TEXT PRIMARY KEY, refresh_token TEXT NOT NULL, updated_at "
        "TIMESTAMP)");
    tool.run("INSERT INTO user_credentials VALUES " + row("A1SELLER", "Atzr|first"));
  }
  using Files = std::map<std::string, std::string>;
  Files all() {
    Files files;
    for (const auto& entry : fs::directory_iterator(folder_.file("theirs"))) {
      bool is_index = entry.path().string().rfind("-shm") != std::string::npos;
      files[entry.path().filename().string()] = is_index ? "" : test::read_file(entry.path());
    }
    return files;
  }
  void expect_token(const std::string& token) {
    auto before = all();
    auto reports = import_legacy(options(), {.env_file = env(application_text()), .deals_db = file_});
    EXPECT_EQ(reports[1].imported, 1);
    EXPECT_EQ(stored().refresh_token, token);
    EXPECT_EQ(all(), before);
  }
  // As a crash leaves it: what changed stands in the log alone.
  void crash_with_a_log() {
    test::Forked child([&] {
      test::ForeignTool tool(file_);
      tool.run("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
      tool.run("UPDATE user_credentials SET refresh_token = 'Atzr|second'");
      _exit(0);
      return 0;
    });
    ASSERT_EQ(child.wait(), 0);
    ASSERT_TRUE(fs::exists(file_.string() + "-wal"));
  }
  fs::path file_;
};

TEST_F(ForeignFile, AtRestItIsReadWithoutATrace) {
  expect_token("Atzr|first");
  EXPECT_EQ(all().size(), 1U);
}

TEST_F(ForeignFile, InWalModeWithoutALogToo) {
  test::ForeignTool(file_).run("PRAGMA journal_mode = WAL");
  ASSERT_EQ(all().size(), 1U);
  expect_token("Atzr|first");
  EXPECT_EQ(all().size(), 1U);
}

TEST_F(ForeignFile, BesideAProgramThatHasItOpen) {
  test::ForeignTool live(file_);
  live.run("PRAGMA journal_mode = WAL; UPDATE user_credentials SET refresh_token = 'Atzr|second'");
  ASSERT_EQ(all().size(), 3U);
  live.run("BEGIN IMMEDIATE; UPDATE user_credentials SET refresh_token = 'Atzr|not committed'");
  expect_token("Atzr|second");
  live.run("COMMIT");
  EXPECT_EQ(live.text("PRAGMA integrity_check"), "ok");
}

TEST_F(ForeignFile, AfterACrashWithLogAndIndex) {
  crash_with_a_log();
  expect_token("Atzr|second");
}

TEST_F(ForeignFile, ACopyWithItsLogAlone) {
  crash_with_a_log();
  fs::remove(file_.string() + "-shm");
  expect_token("Atzr|second");
  EXPECT_EQ(all().size(), 2U);
}

// Their tokens would stand in it for whoever reads the disk later.
TEST_F(ForeignFile, ManySellersAreSortedWithoutATemporaryFile) {
  {
    test::ForeignTool tool(file_);
    tool.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000) INSERT INTO "
        "user_credentials SELECT 'A' || i, 'Atzr|' || hex(randomblob(400)), random() FROM n");
  }
  test::Forked child([&] {
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit none {};
    if (setrlimit(RLIMIT_FSIZE, &none) != 0) return 2;
    return spapi::read_legacy_sellers(file_).size() == 9001 ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(ForeignFile, AnUnfinishedChangeIsRefused) {
  test::Forked child([&] {
    test::ForeignTool tool(file_);
    tool.run(
        "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; CREATE TABLE more (x); WITH RECURSIVE n(i) AS "
        "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO more SELECT "
        "hex(randomblob(400)) "
        "FROM n");
    _exit(0);
    return 0;
  });
  ASSERT_EQ(child.wait(), 0);
  ASSERT_TRUE(fs::exists(file_.string() + "-journal"));
  auto before = all();
  expect_refused({.env_file = env(application_text()), .deals_db = file_}, ErrorCode::io_error,
                 "in the middle of a change");
  EXPECT_EQ(all(), before);
}

TEST_F(ForeignFile, OneThatIsLockedIsBusy) {
  test::ForeignTool live(file_);
  live.run("BEGIN EXCLUSIVE");
  expect_refused({.env_file = env(application_text()), .deals_db = file_}, ErrorCode::busy, "deals");
}

}  // namespace
}  // namespace purser
