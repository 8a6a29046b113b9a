// Upgrades of files that the programs of earlier schemas wrote: what they answered, they answer; what they
// hold, they keep, up and down.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "purser/create.h"
#include "purser/health.h"
#include "purser/keepa_status.h"
#include "purser/key_ring.h"
#include "purser/migrate.h"
#include "purser/spapi.h"
#include "purser/spapi_keys.h"
#include "purser/xai_verdicts.h"
#include "support/stored_database.h"

namespace purser {
namespace {

using Texts = std::vector<std::string>;

class Stored : public ::testing::TestWithParam<int> {
 protected:
  Stored() {
    test::restore_stored_database(GetParam(), path_);
    clock_.set(test::kStoredNow);
  }

  DatabaseOptions options() { return {.path = path_, .worker = "test:1", .clock = &clock_}; }
  Database open() { return Database::open(options()); }
  int version() const { return GetParam(); }
  int newest() { return migrate_status(options()).known_version; }

  // What does not pass, in words.
  Texts faults() {
    Texts all;
    for (const Check& check : verify(options()).checks) {
      if (!check.passed) all.push_back(check.name + ": " + check.detail);
    }
    return all;
  }

  // A file that is younger than a table begins with it anew, salt and all; the records are dated.
  Texts rows_but_new_ones() {
    Texts but = {"schema_migration"};
    if (version() < 4) but.emplace_back("spapi_sealing");
    return test::all_rows(path_, but);
  }

  test::ScratchFolder folder_;
  test::TestClock clock_;
  std::filesystem::path path_ = folder_.file("purser.db");
};

TEST_P(Stored, IsWholeBeforeAndAfter) {
  EXPECT_EQ(faults(), Texts{});
  EXPECT_PURSER_ERROR(ErrorCode::schema_older, open());
  Migrated done = migrate_up(options(), {});
  EXPECT_EQ(done.from_version, version());
  EXPECT_EQ(done.schema_version, newest());
  EXPECT_EQ(done.steps.size(), static_cast<std::size_t>(newest() - version()));
  EXPECT_EQ(faults(), Texts{});
}

TEST_P(Stored, KeepaAnswersAsBefore) {
  auto ledger_before = test::ForeignTool(path_).texts(
      "SELECT id || kind || at_ms || balance_change_millitokens || '/' || held_change_millitokens || '/' || "
      "balance_millitokens || '/' || held_millitokens || coalesce(task || worker || reservation, '') "
      "FROM keepa_ledger ORDER BY id");
  migrate_up(options());
  Database database = open();
  keepa::Ledger ledger(database);
  keepa::LedgerVerification sums = ledger.verify();
  EXPECT_TRUE(sums.balance_matches && sums.held_matches);
  EXPECT_EQ(sums.entries, static_cast<std::int64_t>(ledger_before.size()));
  // As the old programs said: 221 observed at 09:08, 4.1 a minute since, 190 held.
  keepa::Status status = ledger.status();
  EXPECT_EQ(to_string(status.state.balance), "246");
  EXPECT_EQ(to_string(status.state.held), "190");
  Texts queue;
  for (const keepa::Place& place : status.places) queue.push_back(place.task);
  EXPECT_EQ(queue, (Texts{"backfiller", "upserter"}));
  EXPECT_EQ(status.unknown_tasks, Texts{"Préis|скан"});
  ASSERT_EQ(status.reservations.size(), 2U);
  for (const keepa::Reservation& reservation : status.reservations) {
    EXPECT_TRUE(ledger.settle(reservation.id, {.consumed = reservation.cost}).settled) << reservation.task;
  }
  EXPECT_EQ(to_string(ledger.status().state.balance), "56");
  auto granted = ledger.acquire({.task = "backfiller", .cost = tokens(60)});  // it is its turn
  EXPECT_TRUE(std::holds_alternative<keepa::Granted>(granted));
  EXPECT_EQ(faults(), Texts{});
}

// An idempotency key is good for 24 hours, an upgrade in between or not.
TEST_P(Stored, AGrantIsRepeatedByItsKey) {
  auto id = test::ForeignTool(path_).text("SELECT id FROM keepa_reservation WHERE idempotency_key = 'noon'");
  migrate_up(options());
  Database database = open();
  auto outcome = keepa::Ledger(database).acquire({.task = "upserter",
                                                  .cost = tokens(40),
                                                  .expires_in = std::chrono::hours(1),
                                                  .idempotency_key = "noon"});
  EXPECT_EQ(std::get<keepa::Granted>(outcome).reservation, id);
}

TEST_P(Stored, XaiAnswersAsBefore) {
  migrate_up(options());
  Database database = open();
  xai::Quota quota(database);
  xai::Verdicts verdicts(database);
  const xai::Question eragon{
      .title = "Eragon | Band 1", .category = "Bücher", .season = "winter", .price = {4990}};
  const xai::Question krabat{.title = "Krabat", .season = "winter", .price = {850}};
  if (version() < 2) {  // older than xAI
    EXPECT_EQ(quota.status().calls_today, 0);
    EXPECT_EQ(verdicts.get(eragon), std::nullopt);
    return;
  }
  EXPECT_EQ(quota.status().calls_today, 4);
  EXPECT_EQ(quota.status().bypass_calls, 1);
  EXPECT_EQ(quota.status().daily_limit, 50);
  EXPECT_TRUE(quota.verify());
  EXPECT_EQ(verdicts.get(eragon), false);
  EXPECT_EQ(verdicts.get({"It's \"fine\"", "x", "y", {0}}), true);
  EXPECT_TRUE(std::holds_alternative<xai::InFlight>(verdicts.claim(krabat)));
  EXPECT_EQ(quota.usage_today().total_tokens, version() < 3 ? 0 : 282);
  // The flight that was asked for before the upgrade is answered after it.
  auto flight = test::ForeignTool(path_).text("SELECT fence FROM xai_flight WHERE title = 'Krabat'");
  EXPECT_TRUE(verdicts.answer(flight, true));
  EXPECT_EQ(verdicts.get(krabat), true);
  EXPECT_EQ(faults(), Texts{});
}

TEST_P(Stored, SpapiAnswersAsBefore) {
  migrate_up(options());
  Database database = open();
  auto sellers = spapi::Sellers(database).status();
  auto ring = KeyRing::from_text(test::kStoredKey);
  auto keys = spapi::check_keys(database, ring);
  if (version() < 4) {  // older than SP-API
    EXPECT_TRUE(sellers.empty());
    EXPECT_EQ(keys.stored_key_id, std::nullopt);
    return;
  }
  ASSERT_EQ(sellers.size(), 1U);
  EXPECT_EQ(sellers[0].account, "default");
  EXPECT_EQ(sellers[0].state, spapi::State::needs_authorization);
  EXPECT_EQ(sellers[0].last_error, "invalid_grant");
  EXPECT_EQ(sellers[0].environment, spapi::Environment::sandbox);
  EXPECT_EQ(keys.opened, 3);
  EXPECT_EQ(keys.unopened, Texts{});
}

TEST_P(Stored, KeepsEveryRowUpAndDownAndUp) {
  auto as_stored = test::all_rows(path_);
  ASSERT_GT(as_stored.size(), 20U);
  migrate_up(options());
  auto as_newest = rows_but_new_ones();
  Migrated down = migrate_down(options(), {.target = version()});
  EXPECT_EQ(down.steps.size(), static_cast<std::size_t>(newest() - version()));
  EXPECT_EQ(faults(), Texts{});
  EXPECT_EQ(test::all_rows(path_), as_stored);
  migrate_up(options());
  EXPECT_EQ(faults(), Texts{});
  EXPECT_EQ(rows_but_new_ones(), as_newest);
}

TEST_P(Stored, IsWholeAfterEachSingleStep) {
  for (int target = version() + 1; target <= newest(); ++target) {
    EXPECT_EQ(migrate_up(options(), {.target = target}).steps.size(), 1U);
    EXPECT_EQ(migrate_status(options()).schema_version, target);
    EXPECT_EQ(faults(), Texts{});
  }
  for (int target = newest() - 1; target >= 1; --target) {
    EXPECT_EQ(migrate_down(options(), {}).schema_version, target);
    EXPECT_EQ(faults(), Texts{});
  }
}

INSTANTIATE_TEST_SUITE_P(EveryVersion, Stored, ::testing::Range(1, test::kStoredVersions + 1));

class Upgrade : public test::DatabaseTest {
 protected:
  Upgrade() {
    Database database = open();
    keepa::Ledger(database).observe({.tokens_left = tokens(100), .refill_rate = tokens(5)});
    static_cast<void>(keepa::Ledger(database).acquire({.task = "backfiller", .cost = tokens(20)}));
  }
  static std::string message_of(const std::function<void()>& call) {
    return test::message_of(ErrorCode::migration_failed, call);
  }
  std::filesystem::path path_ = folder_.file("purser.db");
};

// Whatever moves what adds up while it migrates, even where it still adds up, is not stored.
TEST_F(Upgrade, OneThatChangesTheSumsIsRolledBack) {
  struct Case {
    const char* what;
    const char* trigger;
    const char* fragment;
  };
  const Case cases[] = {
      {"a balance", "UPDATE keepa_account SET balance_millitokens = 7000", "balance 7, held 20"},
      {"a row with its sum",
       "UPDATE keepa_account SET balance_millitokens = balance_millitokens + 1000; INSERT INTO keepa_ledger "
       "(account_id, at_ms, kind, balance_change_millitokens, held_change_millitokens, balance_millitokens, "
       "held_millitokens) VALUES (1, 0, 'drift', 1000, 0, 101000, 20000)",
       "3 entries, balance 101, held 20"},
      {"an account",
       "INSERT INTO keepa_account (id, name, known, balance_millitokens, held_millitokens, refill_remainder, "
       "as_of_at_ms, refill_rate_millitokens_per_minute, flow_reduction_millitokens_per_minute) "
       "SELECT 9, 'other', 0, 0, 0, 0, 0, 0, 0",
       "other: 0 entries"},
      {"a day", "UPDATE xai_day SET calls_today = 5", "(wrong)"},
  };
  migrate_down(options(), {});
  for (const Case& c : cases) {
    test::ForeignTool(path_).run(std::string("CREATE TRIGGER moves AFTER INSERT ON schema_migration BEGIN ") +
                                 c.trigger + "; END");
    auto before = test::all_rows(path_);
    for (bool dry_run : {true, false}) {
      auto message = message_of([&] { migrate_up(options(), {.dry_run = dry_run}); });
      EXPECT_NE(message.find(c.fragment), std::string::npos) << c.what << ": " << message;
    }
    EXPECT_EQ(test::all_rows(path_), before) << c.what;
    test::ForeignTool(path_).run("DROP TRIGGER moves");
  }
  EXPECT_EQ(migrate_up(options()).size(), 1U);
}

TEST_F(Upgrade, OneThatFailsLeavesNoBackupOfWhatStayedAsItWas) {
  auto copies = [this] {
    Texts names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      std::string name = entry.path().filename().string();
      if (name.find("-before-schema-") != std::string::npos) names.push_back(name);
    }
    return names;
  };
  int newest = migrate_status(options()).known_version;
  migrate_down(options(), {.target = 6});
  test::ForeignTool(path_).run("CREATE TABLE xai_unit_rebuilt (in_the_way INTEGER)");
  auto message = message_of([&] { migrate_up(options(), {.backup = true}); });
  EXPECT_NE(message.find("already exists"), std::string::npos) << message;
  EXPECT_EQ(copies(), Texts{});
  test::ForeignTool(path_).run("DROP TABLE xai_unit_rebuilt");
  EXPECT_EQ(migrate_up(options(), {.backup = true}).steps.size(), static_cast<std::size_t>(newest - 6));
  EXPECT_EQ(copies().size(), 1U);
}

TEST_F(Upgrade, AStepBackSaysWhatItLosesBesideTables) {
  Migrated down = migrate_down(options(), {.target = 6});
  auto step =
      std::find_if(down.steps.begin(), down.steps.end(), [](const auto& s) { return s.version == 8; });
  ASSERT_NE(step, down.steps.end());
  EXPECT_NE(step->loses.find("which observations each open reservation had seen"), std::string::npos);
  EXPECT_EQ(down.steps.back().loses, "") << down.steps.back().name;
}

// What is open over an upgrade may have missed observations: an older answer has its charge in a later one.
TEST_F(Upgrade, WhatWasOpenIsSettledAsBefore) {
  Database database = open();
  keepa::Ledger ledger(database);
  keepa::Observation stamped{.tokens_left = tokens(90), .server_time = clock_.now()};
  EXPECT_TRUE(ledger.observe(stamped).applied);
  auto id = std::get<keepa::Granted>(ledger.acquire({.task = "backfiller", .cost = tokens(20)})).reservation;
  keepa::Observation own{.tokens_left = tokens(70), .server_time = clock_.now() + std::chrono::seconds(1)};
  stamped.server_time = clock_.now() + std::chrono::seconds(2);
  stamped.tokens_left = tokens(60);
  EXPECT_TRUE(ledger.observe(stamped).applied);
  migrate_down(options(), {.target = 7});
  migrate_up(options());
  Database again = open();
  keepa::SettleOutcome outcome = keepa::Ledger(again).settle(id, {own});
  EXPECT_TRUE(outcome.settled);
  EXPECT_FALSE(outcome.observed.applied);
  EXPECT_EQ(outcome.observed.state.balance, tokens(60));
}

// What only the newest schema knows is gone after a way down, and nothing else: that is what its file says.
TEST_F(Upgrade, DownForgetsPausesRefusalsAndModelsAndKeepsVerdictsUnitsAndSums) {
  {
    clock_.set(Instant{std::chrono::hours(24 * 365 * 56)});
    Database database = open();
    xai::Quota quota(database);
    xai::Verdicts verdicts(database);
    auto book = [](const char* title) { return xai::Question{.title = title, .price = {100}}; };
    auto asked = std::get<xai::Claimed>(verdicts.claim(book("asked")));
    verdicts.answer(asked.flight, true, "grok-4.3", {});
    auto refused = std::get<xai::Claimed>(verdicts.claim(book("refused")));
    verdicts.abandon(refused.flight, {.refused_content = true, .assumed = true});
    quota.pause({.reason = xai::PauseReason::wrong_key, .asker = std::string(32, 'a'), .model = "grok-4.3"});
    clock_.advance(std::chrono::seconds(1));  // the older program tells them apart by that
    quota.set_day(quota.status().date, 2);    // covers both
  }
  Migrated down = migrate_down(options(), {.target = 7});
  EXPECT_EQ(down.schema_version, 7);
  test::ForeignTool tool(path_);
  EXPECT_EQ(tool.texts("SELECT title || verdict FROM xai_verdict"), Texts{"asked1"});
  EXPECT_EQ(tool.texts("SELECT kind || count FROM xai_unit ORDER BY kind, id"),
            (Texts{"call1", "call1", "stated0"}));
  migrate_up(options());
  Database database = open();
  xai::Quota quota(database);
  EXPECT_EQ(quota.status().calls_today, 2);
  EXPECT_EQ(quota.status().pause, std::nullopt);
  EXPECT_EQ(quota.status().assumed, 0);
  EXPECT_TRUE(quota.verify());
  for (const std::string& unit : tool.texts("SELECT id FROM xai_unit WHERE kind = 'call'"))
    EXPECT_FALSE(quota.release(unit).released) << "what was stated covers it as before";
  EXPECT_EQ(xai::Verdicts(database).list()[0].model, std::nullopt);
}

// Otherwise its backup would say that the file is damaged.
TEST_F(Upgrade, AChangedStepIsToldForWhatItIs) {
  migrate_down(options(), {});
  test::ForeignTool(path_).run(
      "UPDATE schema_migration SET checksum = replace(hex(zeroblob(32)), '00', 'ab') WHERE version = 2");
  EXPECT_PURSER_ERROR(ErrorCode::migration_changed, migrate_up(options(), {.backup = true}));
}

TEST_F(Upgrade, ABackupComesFirstWhereThereIsSomethingToDo) {
  EXPECT_EQ(migrate_up(options(), {.backup = true}).backup, std::nullopt);
  EXPECT_EQ(migrate_down(options(), {.backup = true, .dry_run = true}).backup, std::nullopt);
  auto rows = test::all_rows(path_);
  Migrated down = migrate_down(options(), {.target = 2, .backup = true});
  ASSERT_TRUE(down.backup);
  EXPECT_EQ(test::all_rows(*down.backup), rows);
  EXPECT_EQ(down.backup->filename(), "purser.db-before-schema-2-20260101T000000.000Z");
  // One of that name is not replaced, and then nothing is done.
  migrate_up(options());
  EXPECT_PURSER_ERROR(ErrorCode::already_exists, migrate_down(options(), {.target = 2, .backup = true}));
  EXPECT_EQ(migrate_status(options()).pending.size(), 0U);
}

TEST(StoredDatabases, ThereIsOneOfEveryEarlierSchema) {
  test::ScratchFolder folder;
  DatabaseOptions options{.path = folder.file("purser.db")};
  create_database(options);
  EXPECT_EQ(migrate_status(options).known_version, test::kStoredVersions + 1);
}

}  // namespace
}  // namespace purser
