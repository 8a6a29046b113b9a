// The schema as people read it is the schema as it is built, and it makes impossible states impossible.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>

#include "keepa/sql.h"
#include "store/schema/embedded_sql.h"
#include "support/foreign_tool.h"
#include "support/scratch.h"
#include "xai/sql.h"

namespace purser {
namespace {

using test::ForeignTool;

constexpr int kConstraint = 19;  // SQLITE_CONSTRAINT

std::string source(const std::string& name) {
  std::ifstream file(std::string(PURSER_SOURCE) + "/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Without comments and white space, and without the quotes that ALTER TABLE ... RENAME leaves.
std::string bare(const std::string& sql) {
  std::string without = std::regex_replace(sql, std::regex("--[^\n]*"), "");
  return std::regex_replace(without, std::regex("[\\s\"]+"), "");
}

std::map<std::string, std::string> objects_of(ForeignTool& database) {
  std::map<std::string, std::string> all;
  for (const std::string& name : database.texts("SELECT type || ' ' || name FROM sqlite_schema")) {
    all[name] = bare(database.text(
        "SELECT coalesce(sql, '') FROM sqlite_schema WHERE type || ' ' || name = '" + name + "'"));
  }
  return all;
}

class Schema : public test::DatabaseTest {
 protected:
  ForeignTool file_{folder_.file("purser.db")};
};

TEST_F(Schema, WhatPeopleReadIsWhatIsBuilt) {
  ForeignTool read;
  read.run(source("schema/schema.sql"));
  read.run(source("schema/views.sql"));
  auto as_read = objects_of(read);
  auto as_built = objects_of(file_);
  for (const auto& [name, sql] : as_built) EXPECT_EQ(as_read[name], sql) << name;
  for (const auto& [name, sql] : as_read)
    EXPECT_EQ(as_built.count(name), 1U) << name << " is built by no migration";
}

TEST_F(Schema, TheFirstRowsAreWhatPeopleRead) {
  ForeignTool read;
  read.run(source("schema/schema.sql"));
  for (const char* rows :
       {"SELECT name || ':' || coalesce(threshold_millitokens, '') || ':' || coalesce(margin_millitokens, '')"
        " || ':' || coalesce(buffer_millitokens, '') || ':' || patience_ms FROM keepa_policy ORDER BY 1",
        "SELECT id || name || known FROM keepa_account ORDER BY 1"}) {
    EXPECT_EQ(file_.texts(rows), read.texts(rows));
    EXPECT_FALSE(file_.texts(rows).empty());
  }
}

TEST_F(Schema, EveryTableIsStrict) {
  EXPECT_GT(file_.number(
                "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict"),
            5);
  EXPECT_EQ(
      file_.texts("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict"
                  " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"),
      std::vector<std::string>{});
}

TEST_F(Schema, EveryViewCanBeRead) {
  auto views = file_.texts("SELECT name FROM sqlite_schema WHERE type = 'view'");
  EXPECT_GE(views.size(), 5U);
  for (const std::string& view : views) EXPECT_EQ(file_.result_of("SELECT * FROM " + view), 0) << view;
}

TEST_F(Schema, EveryViewIsForOperatorsAndSaysSoInItsName) {
  EXPECT_EQ(file_.texts(
                "SELECT name FROM sqlite_schema WHERE type = 'view' AND name NOT LIKE 'ops\\_%' ESCAPE '\\'"),
            std::vector<std::string>{});
}

// --- What a grant costs -------------------------------------------------------------------------------

// `IN (three or more)` and a sort make SQLite build a table for each statement that runs: a quarter of what a
// grant costs.
TEST_F(Schema, AGrantBuildsNoTableOfItsOwn) {
  namespace sql = keepa::sql;
  for (const char* statement :
       {sql::kLoadAccount, sql::kDueHolds, sql::kLoadPolicy, sql::kPlaces, sql::kInsertReservation,
        sql::kFindReservation, sql::kEndReservation, sql::kAppend, sql::kStoreAccount, sql::kInsertPlace,
        sql::kRefreshPlace, sql::kDeletePlace}) {
    auto steps = file_.explained(statement);
    EXPECT_GT(steps.size(), 5U) << statement;
    for (const char* table : {"OpenEphemeral", "OpenAutoindex", "SorterOpen"}) {
      EXPECT_EQ(std::count(steps.begin(), steps.end(), table), 0) << table << " in " << statement;
    }
  }
}

TEST_F(Schema, AUnitOfXaiBuildsNoTableOfItsOwn) {
  namespace sql = xai::sql;
  for (const char* statement : {sql::kInsertUnit, sql::kReleaseUnit, sql::kCountUnits, sql::kInsertFlight,
                                sql::kEndFlight, sql::kFindHit, sql::kFindVerdict, sql::kInsertVerdict}) {
    auto steps = file_.explained(statement);
    EXPECT_GT(steps.size(), 5U) << statement;
    EXPECT_EQ(std::count(steps.begin(), steps.end(), "OpenEphemeral"), 0) << statement;
  }
}

// --- Impossible rows -----------------------------------------------------------------------------------

using Row = std::map<std::string, std::string>;  // column to SQL

Row with(Row row, const Row& changes) {
  for (const auto& [column, value] : changes) row[column] = value;
  return row;
}

std::string insert(const std::string& table, const Row& row) {
  std::string columns;
  std::string values;
  for (const auto& [column, value] : row) {
    columns += (columns.empty() ? "" : ", ") + column;
    values += (values.empty() ? "" : ", ") + value;
  }
  return "INSERT INTO " + table + " (" + columns + ") VALUES (" + values + ")";
}

struct Impossible {
  const char* table;
  Row possible;              // goes in, so that what is refused below is refused for its change
  std::vector<Row> changes;  // each makes it impossible
};

std::string quoted(std::string text) {
  text.insert(text.begin(), '\'');
  text.push_back('\'');
  return text;
}

const Row kPolicy = {
    {"name", "'mine'"}, {"threshold_millitokens", "1"}, {"margin_millitokens", "1"}, {"patience_ms", "1"}};
const Row kAccount = {{"name", "'second'"},
                      {"known", "1"},
                      {"balance_millitokens", "-5"},
                      {"held_millitokens", "0"},
                      {"refill_remainder", "0"},
                      {"as_of_at_ms", "100"},
                      {"refill_rate_millitokens_per_minute", "5000"},
                      {"flow_reduction_millitokens_per_minute", "0"},
                      {"next_tick_at_ms", "101"},
                      {"observed_at_ms", "100"},
                      {"observed_balance_millitokens", "-5"}};
const Row kReservation = {{"id", "'0123456789abcdef0123456789abcdef'"},
                          {"account_id", "1"},
                          {"task", "'t'"},
                          {"worker", "'w'"},
                          {"cost_millitokens", "0"},
                          {"created_at_ms", "0"},
                          {"expires_at_ms", "1"},
                          {"lifetime_ms", "1"}};
const Row kPlace = {{"account_id", "1"},    {"task", "'t'"},           {"worker", "'w'"},
                    {"reason", "'queued'"}, {"cost_millitokens", "1"}, {"since_at_ms", "0"},
                    {"asked_at_ms", "0"},   {"live_ms", "0"},          {"target_millitokens", "-5"}};
Row entry(const std::string& kind, int balance_change, int held_change) {
  return {{"account_id", "1"},
          {"at_ms", "0"},
          {"kind", quoted(kind)},
          {"balance_change_millitokens", std::to_string(balance_change)},
          {"held_change_millitokens", std::to_string(held_change)},
          {"balance_millitokens", "0"},
          {"held_millitokens", "0"}};
}
Row ended_entry(const std::string& kind, int balance_change, int held_change) {
  return with(entry(kind, balance_change, held_change), {{"reservation", "'r'"}});
}

const std::string kTooLong = quoted(std::string(201, 'x'));
const std::string kTooLongForAccess = quoted(std::string(251, 'x'));

const Row kCredential = {{"account", "'a'"},
                         {"seller_id", "'s'"},
                         {"region", "'na'"},
                         {"client_id_sealed", "X'01'"},
                         {"client_secret_sealed", "X'01'"},
                         {"refresh_token_sealed", "X'01'"},
                         {"key_id", "'0123456789abcdef'"},
                         {"version", "1"},
                         {"changed_at_ms", "0"},
                         {"secret_made_at_ms", "0"}};
const Row kAccess = {{"name", "'database a'"},
                     {"source", "'database'"},
                     {"credential_version", "0"},
                     {"token_sealed", "X'01'"},
                     {"token_id", "'0123456789abcdef0123456789abcdef'"},
                     {"key_id", "'0123456789abcdef'"},
                     {"expires_at_ms", "1"},
                     {"state", "'ok'"},
                     {"failures", "0"},
                     {"environment", "'unknown'"}};

Row unit(const std::string& kind, const std::string& count, const std::string& released_at) {
  return {{"id", "'00000000000000000000000000000000'"},
          {"date", "'1970-01-01'"},
          {"kind", "'" + kind + "'"},
          {"count", count},
          {"worker", "'w'"},
          {"at_ms", "0"},
          {"released_at_ms", released_at}};
}

std::vector<Impossible> impossible_rows() {
  return {
      {"schema_migration",
       {{"version", "999"},
        {"name", "'n'"},
        {"checksum", quoted(std::string(64, '0'))},
        {"applied_at_ms", "0"}},
       {{{"version", "0"}},
        {{"version", "-1"}},
        {{"version", "1"}},
        {{"checksum", "'short'"}},
        {{"name", "NULL"}},
        {{"applied_at_ms", "'today'"}}}},
      {"keepa_policy",
       kPolicy,
       {{{"name", "''"}},
        {{"name", kTooLong}},
        {{"name", "NULL"}},
        {{"name", "'standard'"}},
        {{"threshold_millitokens", "-1"}},
        {{"threshold_millitokens", "1000000001"}},
        {{"threshold_millitokens", "1.5"}},
        {{"threshold_millitokens", "NULL"}},
        {{"margin_millitokens", "NULL"}},
        {{"margin_millitokens", "-1"}},
        {{"margin_millitokens", "1000000001"}},
        {{"buffer_millitokens", "1"}},
        {{"max_deficit_millitokens", "-1"}},
        {{"max_deficit_millitokens", "1000000001"}},
        {{"patience_ms", "-1"}},
        {{"patience_ms", "2592000001"}},
        {{"patience_ms", "NULL"}},
        {{"threshold_millitokens", "NULL"}, {"margin_millitokens", "NULL"}}}},
      {"keepa_policy",
       {{"name", "'mine'"}, {"buffer_millitokens", "1"}, {"patience_ms", "1"}},
       {{{"buffer_millitokens", "-1"}},
        {{"buffer_millitokens", "1000000001"}},
        {{"max_deficit_millitokens", "1"}}}},
      {"keepa_account",
       kAccount,
       {{{"name", "'default'"}},
        {{"name", "''"}},
        {{"name", kTooLong}},
        {{"known", "2"}},
        {{"held_millitokens", "-1"}},
        {{"balance_millitokens", "0.5"}},
        {{"balance_millitokens", "NULL"}},
        {{"refill_remainder", "-1"}},
        {{"refill_remainder", "1"}},
        {{"refill_remainder", "60000"}, {"next_tick_at_ms", "NULL"}},
        {{"refill_rate_millitokens_per_minute", "-1"}},
        {{"flow_reduction_millitokens_per_minute", "-1"}},
        {{"next_tick_at_ms", "100"}},
        {{"next_tick_at_ms", "99"}},
        {{"observed_at_ms", "NULL"}},
        {{"observed_balance_millitokens", "NULL"}}}},
      {"keepa_reservation",
       kReservation,
       {{{"id", "'0123456789ABCDEF0123456789ABCDEF'"}},
        {{"id", "'0123456789abcdef0123456789abcde'"}},
        {{"id", "'0123456789abcdef0123456789abcdef0'"}},
        {{"id", "NULL"}},
        {{"account_id", "99"}},
        {{"task", "NULL"}},
        {{"cost_millitokens", "-1"}},
        {{"cost_millitokens", "1000000001"}},
        {{"lifetime_ms", "0"}},
        {{"lifetime_ms", "3600001"}},
        {{"ended_at_ms", "5"}},
        {{"ending", "'settle'"}},
        {{"ended_at_ms", "5"}, {"ending", "'lost'"}},
        {{"consumed_millitokens", "5"}},
        {{"ended_at_ms", "5"}, {"ending", "'settle'"}, {"consumed_millitokens", "-1"}}}},
      {"keepa_place",
       kPlace,
       {{{"account_id", "99"}},
        {{"reason", "'patience'"}},
        {{"reason", "'no_refill'"}},
        {{"reason", "NULL"}},
        {{"cost_millitokens", "0"}},
        {{"cost_millitokens", "1000000001"}},
        {{"live_ms", "-1"}},
        {{"target_millitokens", "NULL"}}}},
      {"keepa_unknown_task",
       {{"account_id", "1"}, {"task", "'t'"}, {"first_seen_at_ms", "0"}},
       {{{"account_id", "99"}}, {{"task", "NULL"}}, {{"first_seen_at_ms", "'now'"}}}},
      {"keepa_ledger",
       ended_entry("hold", 0, 5),
       {{{"account_id", "99"}},
        {{"kind", "'gift'"}},
        {{"kind", "NULL"}},
        {{"balance_change_millitokens", "1"}},
        {{"balance_change_millitokens", "-1"}},
        {{"held_change_millitokens", "-1"}},
        {{"held_millitokens", "-1"}},
        {{"reservation", "NULL"}}}},
      {"keepa_ledger",
       ended_entry("settle", -5, -5),
       {{{"balance_change_millitokens", "1"}},
        {{"held_change_millitokens", "1"}},
        {{"reservation", "NULL"}}}},
      {"keepa_ledger",
       ended_entry("release", 0, -5),
       {{{"balance_change_millitokens", "-1"}},
        {{"held_change_millitokens", "1"}},
        {{"reservation", "NULL"}}}},
      {"keepa_ledger",
       ended_entry("expire", -5, -5),
       {{{"balance_change_millitokens", "-4"}},
        {{"held_change_millitokens", "-4"}},
        {{"reservation", "NULL"}}}},
      {"keepa_ledger",
       entry("refill", 5, 0),
       {{{"balance_change_millitokens", "0"}},
        {{"balance_change_millitokens", "-5"}},
        {{"held_change_millitokens", "1"}},
        {{"reservation", "'r'"}}}},
      {"keepa_ledger", entry("drift", -5, 0), {{{"held_change_millitokens", "1"}}, {{"reservation", "'r'"}}}},
      {"keepa_ledger", entry("open", -5, 0), {{{"held_change_millitokens", "1"}}, {{"reservation", "'r'"}}}},
      {"keepa_ledger", entry("carry", -5, 5), {{{"reservation", "'r'"}}, {{"held_millitokens", "-1"}}}},
      {"lease",
       {{"name", "'n'"}, {"fence", "'f'"}, {"holder", "'h'"}, {"taken_at_ms", "0"}, {"live_ms", "1"}},
       {{{"live_ms", "0"}}, {{"fence", "NULL"}}, {{"live_ms", "'x'"}}}},
      {"spapi_credential",
       kCredential,
       {{{"account", "''"}},
        {{"account", kTooLong}},
        {{"seller_id", "''"}},
        {{"region", "'us'"}},
        {{"client_id_sealed", "'text'"}},
        {{"client_secret_sealed", "NULL"}},
        {{"refresh_token_sealed", "NULL"}},
        {{"key_id", "'0123456789ABCDEF'"}},
        {{"key_id", "'0123456789abcde'"}},
        {{"version", "0"}},
        {{"secret_made_at_ms", "NULL"}}}},
      {"spapi_access",
       kAccess,
       {{{"name", "''"}},
        {{"name", kTooLongForAccess}},
        {{"source", "'somewhere'"}},
        {{"credential_version", "-1"}},
        {{"token_sealed", "NULL"}},
        {{"token_sealed", "'text'"}},
        {{"token_id", "NULL"}},
        {{"token_id", "'x'"}},
        {{"key_id", "NULL"}},
        {{"key_id", "'x'"}},
        {{"expires_at_ms", "NULL"}},
        {{"state", "'unknown'"}},
        {{"failures", "-1"}},
        {{"environment", "'both'"}}}},
      {"spapi_pace",
       {{"name", "'a'"}, {"operation", "'o'"}, {"due_at_ms", "0"}},
       {{{"name", "''"}}, {{"operation", "''"}}, {{"due_at_ms", "NULL"}}, {{"paused_until_ms", "'x'"}}}},
      {"xai_day",
       {{"date", "'2026-01-01'"},
        {"calls_today", "0"},
        {"bypass_calls", "0"},
        {"cache_hits", "0"},
        {"cache_misses", "0"}},
       {{{"date", "'yesterday'"}},
        {{"calls_today", "-1"}},
        {{"bypass_calls", "-1"}},
        {{"cache_hits", "-1"}},
        {{"assumed", "-1"}},
        {{"statements", "-1"}}}},
      {"xai_pause",
       {{"asker", "'0123456789abcdef0123456789abcdef'"},
        {"reason", "'wrong_key'"},
        {"since_at_ms", "0"},
        {"lasts_ms", "1"},
        {"times", "1"},
        {"model", "'grok'"},
        {"worker", "'w'"}},
       {{{"asker", "'x'"}},
        {{"asker", "'0123456789ABCDEF0123456789ABCDEF'"}},
        {{"reason", "'tired'"}},
        {{"lasts_ms", "0"}},
        {{"lasts_ms", "3600001"}},
        {{"times", "0"}},
        {{"probe", "'f'"}},
        {{"prober", "'w'"}}}},
      {"xai_unit",
       unit("call", "1", "NULL"),
       {{{"count", "2"}}, {{"date", "'2026-01-01'"}}, {{"id", "'x'"}}, {{"kind", "'other'"}}}},
      {"xai_unit",
       unit("call", "0", "7"),
       {{{"count", "1"}}, {{"kind", "'bypass'"}}, {{"kind", "'stated'"}}}},
      {"xai_unit", unit("stated", "-5", "NULL"), {{{"kind", "'call'"}}, {{"kind", "'bypass'"}}}},
      {"xai_usage",
       {{"date", "'1970-01-01'"},
        {"model", "'grok'"},
        {"calls", "1"},
        {"prompt_tokens", "0"},
        {"cached_prompt_tokens", "0"},
        {"completion_tokens", "0"},
        {"reasoning_tokens", "0"},
        {"total_tokens", "0"},
        {"cost_usd_ticks", "0"},
        {"calls_without_cost", "0"}},
       {{{"date", "'2026-01-01'"}},
        {{"model", "''"}},
        {{"model", kTooLong}},
        {{"calls", "-1"}},
        {{"total_tokens", "NULL"}},
        {{"cost_usd_ticks", "-1"}},
        {{"cost_usd_ticks", "0.5"}}}},
      {"xai_verdict",
       {{"id", "1"},
        {"question", "'q'"},
        {"title", "''"},
        {"category", "''"},
        {"season", "''"},
        {"price_cents", "0"},
        {"verdict", "0"},
        {"stored_at_ms", "0"}},
       {{{"verdict", "2"}},
        {{"verdict", "NULL"}},
        {{"price_cents", "-1"}},
        {{"title", "NULL"}},
        {{"verdict", "'true'"}},
        {{"refused_at_ms", "'x'"}}}},
  };
}

TEST_F(Schema, ImpossibleRowsAreRefused) {
  file_.run("PRAGMA foreign_keys = ON");
  for (const Impossible& c : impossible_rows()) {
    file_.run("BEGIN");
    auto possible = insert(c.table, c.possible);
    EXPECT_EQ(file_.result_of(possible), 0) << possible;
    file_.run("ROLLBACK");
    for (const Row& change : c.changes) {
      file_.run("BEGIN");
      auto impossible = insert(c.table, with(c.possible, change));
      EXPECT_EQ(file_.result_of(impossible) & 0xFF, kConstraint) << impossible;
      file_.run("ROLLBACK");
    }
  }
}

TEST_F(Schema, TheQuotaOfXaiStaysPossible) {
  file_.run("PRAGMA foreign_keys = ON");
  for (const char* change : {"daily_limit = -1", "time_zone = ''", "last_reset_date = '2026-01-01'",
                             "no_credits = 2", "paused = 2", "day_ends_at_ms = NULL", "id = 2"}) {
    EXPECT_EQ(file_.result_of(std::string("UPDATE xai_quota SET ") + change) & 0xFF, kConstraint) << change;
  }
  EXPECT_EQ(file_.result_of("UPDATE xai_quota SET daily_limit = 0"), 0);
}

TEST_F(Schema, TheSealingStaysPossible) {
  for (const char* change : {"id = 2", "key_id = 'x'", "key_id = '0123456789ABCDEF'", "salt = NULL",
                             "salt = X'01'", "salt = '01234567890123456789012345678901'"}) {
    EXPECT_EQ(file_.result_of(std::string("UPDATE spapi_sealing SET ") + change) & 0xFF, kConstraint)
        << change;
  }
  EXPECT_EQ(file_.result_of("UPDATE spapi_sealing SET key_id = '0123456789abcdef'"), 0);
  EXPECT_EQ(file_.result_of("INSERT INTO spapi_sealing VALUES (2, NULL, randomblob(32))") & 0xFF,
            kConstraint);
}

TEST_F(Schema, WhatIsOneIsOne) {
  struct Case {
    const char* table;
    Row row;
    Row another;  // what may differ, and yet it is the same
  };
  for (const Case& c : {Case{"keepa_reservation",
                             with(kReservation, {{"idempotency_key", "'k'"}}),
                             {{"id", "'ffffffffffffffffffffffffffffffff'"}}},
                        {"keepa_reservation", kReservation, {{"task", "'other'"}}},
                        {"keepa_place", kPlace, {{"worker", "'other'"}}},
                        {"keepa_policy", kPolicy, {{"patience_ms", "2"}}}}) {
    file_.run("BEGIN");
    EXPECT_EQ(file_.result_of(insert(c.table, c.row)), 0);
    EXPECT_EQ(file_.result_of(insert(c.table, with(c.row, c.another))) & 0xFF, kConstraint) << c.table;
    file_.run("ROLLBACK");
  }
  EXPECT_EQ(file_.result_of("INSERT INTO database_setting VALUES (2, 'full', 0)") & 0xFF, kConstraint);
  EXPECT_EQ(file_.result_of("INSERT INTO database_setting VALUES (1, 'full', 0)") & 0xFF, kConstraint);
  EXPECT_EQ(file_.result_of("UPDATE database_setting SET durability = 'none'") & 0xFF, kConstraint);
}

TEST_F(Schema, TheLedgerIsAppendOnly) {
  file_.run(insert("keepa_ledger", entry("open", 5, 0)));
  EXPECT_EQ(file_.result_of("UPDATE keepa_ledger SET at_ms = 1") & 0xFF, kConstraint);
  EXPECT_EQ(file_.number("SELECT at_ms FROM keepa_ledger"), 0);
}

TEST_F(Schema, AnAccountWithRowsIsNotDeleted) {
  file_.run("PRAGMA foreign_keys = ON");
  file_.run(insert("keepa_ledger", entry("open", 5, 0)));
  EXPECT_EQ(file_.result_of("DELETE FROM keepa_account WHERE id = 1") & 0xFF, kConstraint);
}

}  // namespace
}  // namespace purser
