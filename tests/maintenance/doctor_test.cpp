// What doctor says: each line right once and wrong once.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/words.h"
#include "keepa/maintenance.h"
#include "maintenance/file/doctor_files.h"
#include "spapi/spapi_test.h"
#include "store/sqlite/inspect.h"
#include "xai/xai_test.h"

namespace purser {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// --- The content -----------------------------------------------------------------------------------

class DoctorTest : public spapi::SpapiTest {
 protected:
  // Of that name: the worst one, and what it says.
  Finding line(const std::string& name) {
    std::optional<Finding> worst;
    for (Finding& finding : doctor(options())) {
      if (finding.name == name && (!worst || finding.level > worst->level)) worst = std::move(finding);
    }
    if (!worst) throw std::runtime_error("no line " + name);
    return *worst;
  }
  Level level(const std::string& name) { return line(name).level; }
  bool says(const std::string& name, const std::string& fragment) {
    Finding found = line(name);
    return (found.text + " " + found.advice).find(fragment) != std::string::npos;
  }
  void observe(std::int64_t left = 100) {
    keepa::Observation observation;
    observation.tokens_left = tokens(left);
    observation.refill_rate = tokens(5);
    ledger_.observe(observation);
  }
  std::string grant() {
    auto outcome = ledger_.acquire({.task = "backfiller", .cost = tokens(7)});
    return std::get<keepa::Granted>(outcome).reservation;
  }
  void tamper(const std::string& script) { shell_.run(script); }

  keepa::Ledger ledger_{database_};
  xai::Quota quota_{database_};
};

TEST_F(DoctorTest, AHealthyDatabaseIsAllRight) {
  observe();
  ledger_.settle(grant(), {});
  static_cast<void>(quota_.acquire());
  spapi::ScratchEnvironment::set("PURSER_KEY_FILE", folder_.file("key").string());
  sellers_.set("default", credentials(), ring_);
  std::vector<std::string> names;
  for (const Finding& finding : doctor(options())) {
    names.push_back(finding.name);
    if (finding.name == "file_system" || finding.name == "space") continue;  // this machine's
    EXPECT_EQ(finding.level, Level::ok) << finding.name << ": " << finding.text;
    EXPECT_FALSE(finding.text.empty()) << finding.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{
                       "engine",      "file_system",   "folder",      "files",         "companions",
                       "space",       "log",           "leftovers",   "programs",      "gate",
                       "database",    "migrations",    "integrity",   "references",    "history",
                       "schema",      "keepa_ledger",  "xai_days",    "spapi_secrets", "keepa_balance",
                       "keepa_holds", "keepa_expired", "keepa_drift", "keepa_queue",   "clock",
                       "xai_day",     "xai_limit",     "xai_credits", "xai_pause",     "xai_assumed",
                       "seller",      "client_secret", "key",         "leases"}));
}

TEST_F(DoctorTest, AFreshDatabaseIsAllRight) {
  for (const Finding& finding : doctor(options())) {
    if (finding.name == "file_system" || finding.name == "space") continue;
    EXPECT_EQ(finding.level, Level::ok) << finding.name << ": " << finding.text;
  }
}

TEST_F(DoctorTest, ChangesNothing) {
  observe();
  grant();
  clock_.advance(hours(30));
  std::string dump = "SELECT group_concat(id || kind) FROM keepa_ledger";
  std::string before = shell_.text(dump);
  auto version = shell_.number("PRAGMA data_version");
  doctor(options());
  EXPECT_EQ(shell_.text(dump), before);
  EXPECT_EQ(shell_.number("PRAGMA data_version"), version);
}

TEST_F(DoctorTest, SumsThatDoNotAddUp) {
  observe();
  tamper("UPDATE keepa_account SET balance_millitokens = 1");
  EXPECT_EQ(level("keepa_ledger"), Level::problem);
  tamper("UPDATE xai_day SET calls_today = 5");
  EXPECT_EQ(level("xai_days"), Level::problem);
  tamper("PRAGMA foreign_keys = OFF; DELETE FROM xai_day");
  EXPECT_EQ(level("references"), Level::problem);
  EXPECT_EQ(level("xai"), Level::problem);  // its row is gone, and the rest is looked at all the same
  EXPECT_EQ(level("leases"), Level::ok);
}

TEST_F(DoctorTest, AnOlderSchema) {
  tamper("DROP TABLE spapi_pace; PRAGMA user_version = 5");
  Finding found = line("migrations");
  EXPECT_EQ(found.level, Level::problem);
  EXPECT_EQ(found.advice, "purser migrate up");
  EXPECT_EQ(level("integrity"), Level::ok);
  EXPECT_EQ(level("keepa_ledger"), Level::ok);
}

TEST_F(DoctorTest, ANewerSchema) {
  tamper("PRAGMA user_version = 999");
  EXPECT_EQ(level("migrations"), Level::problem);
  EXPECT_TRUE(says("migrations", "newer purser"));
  EXPECT_EQ(level("integrity"), Level::ok);
}

TEST_F(DoctorTest, AnEditedMigration) {
  tamper(
      "UPDATE schema_migration SET checksum = (SELECT checksum FROM schema_migration WHERE version = 1) "
      "WHERE version = 2");
  EXPECT_EQ(level("migrations"), Level::problem);
  EXPECT_TRUE(says("migrations", "0002_xai"));
}

TEST_F(DoctorTest, ABalanceThatIsUnknownOrOld) {
  observe();
  EXPECT_EQ(level("keepa_balance"), Level::ok);
  clock_.advance(hours(24 * 30));
  EXPECT_EQ(level("keepa_balance"), Level::ok);  // nobody works
  grant();
  EXPECT_EQ(level("keepa_balance"), Level::warning);
  observe();
  EXPECT_EQ(level("keepa_balance"), Level::ok);
  tamper("UPDATE keepa_account SET known = 0");
  EXPECT_EQ(level("keepa_balance"), Level::problem);
}

TEST_F(DoctorTest, ABalanceThatWasForgottenSaysSinceWhen) {
  observe();
  clock_.advance(hours(1));
  Instant at = clock_.now();
  {
    store::Transaction change(database_.connection());
    keepa::forget_promises(change);
    change.commit();
  }
  clock_.advance(hours(3));
  Finding found = line("keepa_balance");
  EXPECT_EQ(found.level, Level::problem);
  EXPECT_NE(found.text.find("unknown since " + rfc3339(at)), std::string::npos) << found.text;
  EXPECT_EQ(found.advice, "purser keepa refresh");
}

TEST_F(DoctorTest, GrantsThatExpireUnsettledAreCountedByTask) {
  observe(300);
  for (int i = 0; i < 9; ++i) ledger_.settle(grant(), {});
  grant();
  clock_.advance(minutes(11));
  observe(300);
  EXPECT_EQ(level("keepa_expired"), Level::ok) << "one killed worker in ten grants";
  grant();
  grant();
  clock_.advance(minutes(11));
  observe(300);
  EXPECT_EQ(level("keepa_expired"), Level::warning);
  EXPECT_TRUE(says("keepa_expired", "3 of 12 grants of backfiller (last worker test:1)"));
  clock_.advance(hours(24));
  EXPECT_EQ(level("keepa_expired"), Level::ok);
}

TEST_F(DoctorTest, TokensThatNoTaskWasGrantedAreToldWithTheirShare) {
  observe(290);
  auto id = grant();
  ledger_.settle(id, {});
  EXPECT_EQ(level("keepa_drift"), Level::ok);
  observe(279);  // a step of the refill less than was believed
  EXPECT_EQ(level("keepa_drift"), Level::ok);
  observe(260);
  EXPECT_EQ(level("keepa_drift"), Level::warning);
  EXPECT_TRUE(says("keepa_drift", "the tasks spent 7, and Keepa's counts differ by -23"));
  clock_.advance(hours(25));
  EXPECT_EQ(level("keepa_drift"), Level::ok);
}

TEST_F(DoctorTest, AQuotaThatIsUsedUpSaysSinceWhenAndForWhat) {
  quota_.set_limit(3);
  EXPECT_EQ(level("xai_limit"), Level::ok);
  static_cast<void>(quota_.acquire("judge"));
  static_cast<void>(quota_.acquire("judge"));
  clock_.advance(minutes(5));
  Instant at = clock_.now();
  static_cast<void>(quota_.acquire("query"));
  clock_.advance(hours(1));
  EXPECT_EQ(level("xai_limit"), Level::warning);
  EXPECT_TRUE(says("xai_limit", "3 of 3 calls of the day are used, the last at " + rfc3339(at) +
                                    " (judge 2, query 1): none is allowed before "));
  clock_.advance(hours(24));
  EXPECT_EQ(level("xai_limit"), Level::ok);
}

TEST_F(DoctorTest, HoldsThatNobodyEnded) {
  observe();
  grant();
  EXPECT_EQ(level("keepa_holds"), Level::ok);
  EXPECT_TRUE(says("keepa_holds", "1 open"));
  clock_.advance(minutes(11));
  EXPECT_EQ(level("keepa_holds"), Level::warning);
  EXPECT_TRUE(says("keepa_holds", "1 overdue"));
}

TEST_F(DoctorTest, Places) {
  observe(10);
  static_cast<void>(ledger_.acquire({.task = "backfiller", .cost = tokens(7)}));
  EXPECT_TRUE(says("keepa_queue", "1 waiting"));
  clock_.advance(hours(5));
  EXPECT_TRUE(says("keepa_queue", "0 waiting, 1 gave up"));
}

TEST_F(DoctorTest, AClockBeforeTheLastEntry) {
  observe();
  clock_.jump(-seconds(30));
  EXPECT_EQ(level("clock"), Level::ok);
  clock_.jump(-hours(2));
  EXPECT_EQ(level("clock"), Level::problem);
}

TEST_F(DoctorTest, AQuotaOfTheFuture) {
  static_cast<void>(quota_.acquire());
  EXPECT_EQ(level("xai_day"), Level::ok);
  clock_.jump(hours(24));
  static_cast<void>(quota_.acquire());
  clock_.jump(-hours(24));
  EXPECT_EQ(level("xai_day"), Level::warning);
  clock_.jump(hours(24 * 40));
  static_cast<void>(quota_.acquire());
  clock_.jump(-hours(24 * 40));
  EXPECT_EQ(level("xai_day"), Level::problem);
  EXPECT_TRUE(says("xai_day", "purser xai set-day 2026-01-01"));
  tamper("UPDATE xai_quota SET time_zone = 'Mars/Base'");
  EXPECT_EQ(level("xai_day"), Level::problem);
}

TEST_F(DoctorTest, CreditsThatAreUsedUp) {
  quota_.stop_for_today();
  EXPECT_EQ(level("xai_credits"), Level::problem);
  clock_.advance(hours(24));
  EXPECT_EQ(level("xai_credits"), Level::ok);
}

TEST_F(DoctorTest, APauseOfXaiSaysWhyAndWhatToDo) {
  auto pause = [&](xai::PauseReason reason) {
    quota_.pause({.reason = reason, .asker = std::string(32, 'a'), .model = "grok-4.3"});
  };
  pause(xai::PauseReason::rate_limited);
  EXPECT_EQ(level("xai_pause"), Level::warning);
  EXPECT_TRUE(says("xai_pause", "purser xai resume"));
  quota_.resume();
  EXPECT_EQ(level("xai_pause"), Level::ok);
  pause(xai::PauseReason::wrong_key);
  EXPECT_EQ(level("xai_pause"), Level::problem);
  EXPECT_TRUE(says("xai_pause", "XAI_API_KEY"));
  clock_.advance(hours(1));
  EXPECT_EQ(level("xai_pause"), Level::warning);
  EXPECT_TRUE(says("xai_pause", "nobody is answered since"));
  quota_.record_answer(std::string(32, 'a'));
  EXPECT_EQ(level("xai_pause"), Level::ok);
}

TEST_F(DoctorTest, APauseOfOneModelWhileAnotherIsAnsweredIsAWarning) {
  quota_.pause(
      {.reason = xai::PauseReason::unknown_model, .asker = std::string(32, 'a'), .model = "grok-old"});
  quota_.record_answer(std::string(32, 'b'));
  EXPECT_EQ(level("xai_pause"), Level::warning);
  EXPECT_TRUE(says("xai_pause", "grok-old"));
  EXPECT_TRUE(says("xai_pause", "others, with another, are answered"));
  clock_.advance(hours(1));
  EXPECT_EQ(level("xai_pause"), Level::ok);
}

TEST_F(DoctorTest, VerdictsThatWereOnlyAssumed) {
  quota_.set_limit(0);
  xai::Verdicts verdicts(database_);
  static_cast<void>(verdicts.claim({.title = "a"}, {.assumes = true}));
  EXPECT_EQ(level("xai_assumed"), Level::warning);
  EXPECT_TRUE(says("xai_assumed", "--no-fallback"));
  clock_.advance(hours(24));
  EXPECT_EQ(level("xai_assumed"), Level::ok);
}

TEST_F(DoctorTest, TheAgeOfAClientSecret) {
  sellers_.set("default", credentials(), ring_);
  spapi::ScratchEnvironment::set("PURSER_KEY_FILE", folder_.file("key").string());
  const std::vector<std::pair<int, Level>> ages = {{0, Level::ok},        {89, Level::ok},
                                                   {90, Level::warning},  {150, Level::warning},
                                                   {173, Level::problem}, {180, Level::problem}};
  Instant made = clock_.now();
  for (const auto& [days, expected] : ages) {
    clock_.set(made + hours(24) * days);
    EXPECT_EQ(level("client_secret"), expected) << days;
  }
  EXPECT_TRUE(says("client_secret", "Amazon refuses it"));
}

TEST_F(DoctorTest, ASellerWhoMustAct) {
  sellers_.set("default", credentials(), ring_);
  EXPECT_EQ(level("seller"), Level::ok);
  fail(subject(), spapi::State::needs_authorization);
  EXPECT_EQ(level("seller"), Level::problem);
  tamper("UPDATE spapi_access SET state = 'misconfigured'");
  EXPECT_EQ(level("seller"), Level::problem);
  tamper("UPDATE spapi_access SET state = 'ok', environment = 'sandbox'");
  EXPECT_EQ(level("seller"), Level::problem);
  tamper("UPDATE spapi_access SET environment = 'neither'");
  EXPECT_EQ(level("seller"), Level::problem);
}

TEST_F(DoctorTest, TheKey) {
  EXPECT_EQ(level("key"), Level::ok);
  EXPECT_TRUE(says("key", "no secrets are stored yet"));
  spapi::ScratchEnvironment::set("PURSER_KEY_FILE", folder_.file("key").string());
  EXPECT_EQ(level("key"), Level::ok);
  EXPECT_TRUE(says("key", "is there; no secrets are stored yet"));
  spapi::ScratchEnvironment::set("PURSER_KEY_FILE", folder_.file("nowhere").string());
  EXPECT_EQ(level("key"), Level::problem);
  EXPECT_TRUE(says("key", "there is no key file"));
  spapi::ScratchEnvironment::set("PURSER_KEY_FILE", "");
  sellers_.set("default", credentials(), ring_);
  EXPECT_EQ(level("key"), Level::warning);
  spapi::ScratchEnvironment::set("PURSER_KEY_FILE", folder_.file("key").string());
  EXPECT_EQ(level("key"), Level::ok);
  chmod(folder_.file("key").c_str(), 0644);
  EXPECT_EQ(level("key"), Level::problem);
  EXPECT_TRUE(says("key", "chmod 600"));
  chmod(folder_.file("key").c_str(), 0600);
  new_ring("other");
  spapi::ScratchEnvironment::set("PURSER_KEY_FILE", folder_.file("other").string());
  EXPECT_EQ(level("key"), Level::problem);
  EXPECT_TRUE(says("key", "set PURSER_KEY_FILE to the file with key " + ring_.current()));
  spapi::ScratchEnvironment::set("PURSER_KEY_FILE", folder_.file("nowhere").string());
  EXPECT_EQ(level("key"), Level::problem);
  EXPECT_TRUE(says("key", "put there your copy of key " + ring_.current() + "; only if it is lost"));
}

TEST_F(DoctorTest, ASecretUnderAnotherKey) {
  sellers_.set("default", credentials(), ring_);
  tamper("UPDATE spapi_credential SET key_id = '0123456789abcdef'");
  EXPECT_EQ(level("spapi_secrets"), Level::problem);
  EXPECT_TRUE(says("spapi_secrets", "purser key rotate"));
}

TEST_F(DoctorTest, LeasesThatNobodyEnded) {
  xai::Verdicts verdicts(database_);
  static_cast<void>(verdicts.claim({"Eragon", "Books", "Sep", {4990}}, seconds(60)));
  EXPECT_EQ(level("leases"), Level::ok);
  clock_.advance(hours(3));
  EXPECT_EQ(level("leases"), Level::warning);
  EXPECT_TRUE(says("leases", "of test:1, 2 h ago"));
}

// --- The files, as they stand ------------------------------------------------------------------------

TEST_F(DoctorTest, ModesOfTheFiles) {
  auto path = options().path.string();
  EXPECT_EQ(level("files"), Level::ok);
  for (const char* suffix : {"", "-wal", "-shm", "-gate"}) {
    chmod((path + suffix).c_str(), 0604);
    EXPECT_EQ(level("files"), Level::problem) << suffix;
    chmod((path + suffix).c_str(), 0620);
    EXPECT_EQ(level("files"), Level::problem) << suffix;
    chmod((path + suffix).c_str(), 0600);
  }
  for (mode_t mode : {0640U, 0660U, 0604U}) {
    chmod((path + "-gate").c_str(), mode);
    EXPECT_EQ(line("files").advice, "chmod 600 " + path + "-gate");
  }
  chmod(path.c_str(), 0604);
  EXPECT_EQ(line("files").advice, "chmod o= " + path + "*; chmod 600 " + path + "-gate");
  // SQLite gave an empty -wal the mode of the database.
  for (const char* suffix : {"", "-wal", "-shm", "-gate"}) chmod((path + suffix).c_str(), 0600);
  chmod(path.c_str(), 0640);
  EXPECT_EQ(level("files"), Level::warning);  // the group cannot read -wal; and doctor leaves it so
  EXPECT_EQ(level("files"), Level::warning);
  chmod((path + "-wal").c_str(), 0640);
  chmod((path + "-shm").c_str(), 0640);
  EXPECT_EQ(level("files"), Level::ok);
  EXPECT_EQ(link(path.c_str(), folder_.file("second").c_str()), 0);
  EXPECT_EQ(level("files"), Level::problem);
}

TEST_F(DoctorTest, AFolderOfOthers) {
  chmod(folder_.path().c_str(), 0777);
  EXPECT_EQ(level("folder"), Level::problem);
  chmod(folder_.path().c_str(), 01777);
  EXPECT_EQ(level("folder"), Level::warning);
  chmod(folder_.path().c_str(), 0700);
  EXPECT_EQ(level("folder"), Level::ok);
}

TEST_F(DoctorTest, WhatKilledWorkLeft) {
  for (const char* name : {"purser.db-unfinished", "purser.db-restoring", "purser.db-old-unfinished"}) {
    std::ofstream(folder_.file(name)) << "x";
    EXPECT_EQ(level("leftovers"), Level::warning);
    EXPECT_TRUE(says("leftovers", name));
    std::filesystem::remove(folder_.file(name));
  }
  EXPECT_EQ(level("leftovers"), Level::ok);
}

class DoctorWithoutWorkers : public test::DatabaseTest {
 protected:
  std::vector<Finding> not_ok() {
    std::vector<Finding> all;
    for (Finding& finding : doctor(options())) {
      if (finding.name == "file_system" || finding.name == "space" || finding.level == Level::ok) continue;
      all.push_back(std::move(finding));
    }
    return all;
  }
  std::string names_of_not_ok() {
    std::string names;
    for (const Finding& finding : not_ok()) names += (names.empty() ? "" : " ") + finding.name;
    return names;
  }
};

TEST_F(DoctorWithoutWorkers, ALogThatAForeignShellRemoved) {
  open();
  std::filesystem::remove(folder_.file("purser.db-wal"));
  std::filesystem::remove(folder_.file("purser.db-shm"));
  EXPECT_EQ(names_of_not_ok(), "");
  std::filesystem::remove(folder_.file("purser.db-wal"));
  std::filesystem::remove(folder_.file("purser.db-shm"));
  chmod(options().path.c_str(), 0640);
  EXPECT_EQ(names_of_not_ok(), "companions");
}

TEST_F(DoctorWithoutWorkers, AFileThatCannotBeOpened) {
  open();
  const auto path = options().path;
  const std::vector<std::string> contents = {"", "short", std::string(5000, 'x')};
  for (const std::string& content : contents) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    auto found = not_ok();
    ASSERT_FALSE(found.empty()) << content.size();
    EXPECT_EQ(found.back().name, "database");
    EXPECT_EQ(found.back().level, Level::problem);
    EXPECT_FALSE(found.back().advice.empty());
  }
  std::filesystem::remove(path);
  EXPECT_PURSER_ERROR(ErrorCode::no_database, doctor(options()));
}

// Who misspells --db must not be told to change the modes of what he hit.
TEST_F(DoctorWithoutWorkers, OfAnotherFileNothingButThatIsSaid) {
  open();
  const auto path = options().path;
  std::filesystem::remove(path);
  auto expect_only = [&](const char* what) {
    chmod(path.c_str(), 0777);
    auto found = doctor(options());
    ASSERT_EQ(found.size(), 1U) << what;
    EXPECT_EQ(found.front().name, "database") << what;
    EXPECT_EQ(found.front().level, Level::problem) << what;
    EXPECT_NE(found.front().advice.find("name the right file"), std::string::npos) << what;
  };
  test::ForeignTool(path).run("CREATE TABLE theirs (x)");
  expect_only("another program's database");
  std::ofstream(path, std::ios::binary | std::ios::trunc) << std::string(5000, 'x');
  expect_only("no database");
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  expect_only("a folder");
}

// What mends it stands in the message; a backup is not needed.
TEST_F(DoctorWithoutWorkers, AJournalModeThatSomebodyChanged) {
  open();
  test::ForeignTool(options().path).run("PRAGMA journal_mode = DELETE");
  Finding found = not_ok().back();
  EXPECT_EQ(found.name, "database");
  EXPECT_NE(found.text.find("PRAGMA journal_mode=wal"), std::string::npos) << found.text;
  EXPECT_NE(found.advice.find("do what stands here"), std::string::npos) << found.advice;
}

// SQLite would play it back, which is no look.
TEST_F(DoctorWithoutWorkers, ARollbackJournalIsNotPlayedBack) {
  open();
  std::ofstream(folder_.file("purser.db-journal")) << "x";
  EXPECT_EQ(names_of_not_ok(), "leftovers database");
  EXPECT_EQ(not_ok().back().level, Level::problem);
  EXPECT_TRUE(std::filesystem::exists(folder_.file("purser.db-journal")));
}

TEST_F(DoctorWithoutWorkers, ADamagedPage) {
  std::int64_t page = 0;  // of a table that doctor itself does not read
  {
    test::ForeignTool tool(options().path);
    tool.run("PRAGMA wal_checkpoint(TRUNCATE)");
    page = tool.number("SELECT rootpage FROM sqlite_schema WHERE name = 'keepa_unknown_task'");
  }
  std::filesystem::remove(folder_.file("purser.db-wal"));
  std::filesystem::remove(folder_.file("purser.db-shm"));
  {
    std::fstream file(options().path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp((page - 1) * 2048);
    file << std::string(2048, 'x');
  }
  open();
  auto found = not_ok();
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front().name, "integrity");
  EXPECT_EQ(found.front().level, Level::problem);
  EXPECT_NE(found.front().advice.find("purser restore BACKUP --yes"), std::string::npos);
}

// --- As functions of facts ---------------------------------------------------------------------------

TEST(DoctorOfFacts, TheEngine) {
  const std::vector<std::pair<int, bool>> versions = {
      {3006023, false}, {3007000, true},  {3040001, true},  {3044005, true}, {3044006, false},
      {3045000, true},  {3050006, true},  {3050007, false}, {3051000, true}, {3051002, true},
      {3051003, false}, {3052000, false}, {4000000, false}};
  for (const auto& [version, has] : versions) EXPECT_EQ(store::has_wal_reset_bug(version), has) << version;
  EXPECT_NE(maintenance::engine_finding("3.40.1", true).text.find("write gate"), std::string::npos);
  EXPECT_EQ(maintenance::engine_finding("3.51.3", false).level, Level::ok);
}

TEST(DoctorOfFacts, TheFileSystem) {
  store::FileSystemFacts facts;
  facts.name = "ext4";
  EXPECT_EQ(maintenance::file_system_finding(facts).level, Level::ok);
  facts.is_memory = true;
  EXPECT_EQ(maintenance::file_system_finding(facts).level, Level::warning);
  facts.is_fuse = true;
  EXPECT_EQ(maintenance::file_system_finding(facts).level, Level::warning);
  facts.is_read_only = true;
  EXPECT_EQ(maintenance::file_system_finding(facts).level, Level::problem);
  facts = {};
  facts.is_network = true;
  EXPECT_EQ(maintenance::file_system_finding(facts).level, Level::problem);
  facts = {};
  facts.is_overlay = true;
  EXPECT_EQ(maintenance::file_system_finding(facts).level, Level::warning);
}

TEST(DoctorOfFacts, Space) {
  constexpr std::int64_t kMegabyte = 1'000'000, kGigabyte = 1'000'000'000;
  EXPECT_EQ(maintenance::space_finding(2 * kGigabyte, kMegabyte).level, Level::ok);
  EXPECT_EQ(maintenance::space_finding(999 * kMegabyte, kMegabyte).level, Level::warning);
  EXPECT_EQ(maintenance::space_finding(2 * kGigabyte, kGigabyte).level, Level::warning);
  EXPECT_EQ(maintenance::space_finding(49 * kMegabyte, kMegabyte).level, Level::problem);
}

TEST(DoctorOfFacts, TheLog) {
  EXPECT_EQ(maintenance::log_finding(16'777'216, {}).level, Level::ok);
  EXPECT_EQ(maintenance::log_finding(100'000'000, {}).level, Level::warning);
  Finding pinned = maintenance::log_finding(100'000'000, {{123, "sqlite3", store::Activity::sleeps}});
  EXPECT_NE(pinned.text.find("sqlite3 (pid 123)"), std::string::npos);
}

TEST(DoctorOfFacts, TheGate) {
  using End = store::WayIn::End;
  EXPECT_EQ(maintenance::gate_finding({End::open, {}}).level, Level::ok);
  EXPECT_EQ(maintenance::gate_finding({End::no_gate, {}}).level, Level::ok);
  EXPECT_EQ(maintenance::gate_finding({End::unseen, {}}).level, Level::ok);
  Finding held = maintenance::gate_finding({End::gate_is_held, {{12, "python3", store::Activity::stopped}}});
  EXPECT_EQ(held.level, Level::problem);
  EXPECT_EQ(held.text, "the gate is held by python3 (pid 12), which is stopped: nobody can write");
  EXPECT_EQ(held.advice, "`kill -CONT 12` lets it go on");
  held = maintenance::gate_finding({End::lock_is_held, {}});
  EXPECT_EQ(held.level, Level::problem);
  EXPECT_NE(held.text.find("SQLite's write lock"), std::string::npos);
  EXPECT_NE(held.advice.find("containers"), std::string::npos);
  EXPECT_EQ(maintenance::gate_finding({End::unseen, {{12, "python3", store::Activity::frozen}}}).level,
            Level::problem);
}

TEST(DoctorOfFacts, ThePrograms) {
  EXPECT_EQ(maintenance::programs_finding({}).level, Level::ok);
  std::vector<store::Program> programs = {{{12, "python3", store::Activity::sleeps}, 0, false}};
  EXPECT_EQ(maintenance::programs_finding(programs).text, "open in python3 (pid 12, root)");
  programs.push_back({{13, "worker", store::Activity::sleeps}, 0, true});
  Finding old = maintenance::programs_finding(programs);
  EXPECT_EQ(old.level, Level::warning);
  EXPECT_NE(old.text.find("of these worker (pid 13) still run"), std::string::npos) << old.text;
  for (pid_t pid = 100; pid < 150; ++pid) programs.push_back({{pid, "worker"}, 0, false});
  EXPECT_NE(maintenance::programs_finding(programs).text.find(" and 32 more"), std::string::npos);
}

TEST(DoctorOfFacts, Owners) {
  maintenance::Files files;
  files.path = "/var/lib/purser/purser.db";
  files.database = store::FileFacts{0600, 1000, 1000, 1, 4096};
  EXPECT_EQ(maintenance::files_finding(files, 1000).level, Level::ok);
  EXPECT_EQ(maintenance::files_finding(files, 0).level, Level::ok);
  EXPECT_EQ(maintenance::files_finding(files, 1001).level, Level::warning);
  files.database->owner = 0;
  EXPECT_EQ(maintenance::files_finding(files, 0).text, "4 kB, mode 0600, root");
  files.database->owner = 1000;
  files.log = store::FileFacts{0600, 0, 0, 1, 0};
  EXPECT_EQ(maintenance::files_finding(files, 1000).level, Level::problem);
}

TEST(DoctorOfFacts, Words) {
  EXPECT_EQ(bytes_in_words(999), "999 bytes");
  EXPECT_EQ(bytes_in_words(1000), "1 kB");
  EXPECT_EQ(bytes_in_words(2'999'999'999), "2 GB");
  EXPECT_EQ(in_words(-seconds(5)), "0 s");
  EXPECT_EQ(in_words(seconds(119)), "119 s");
  EXPECT_EQ(in_words(minutes(119)), "119 min");
  EXPECT_EQ(in_words(hours(47)), "47 h");
  EXPECT_EQ(in_words(hours(49)), "2 days");
}

}  // namespace
}  // namespace purser
