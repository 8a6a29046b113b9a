// The ops views of xAI say what the library says.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "xai/xai_test.h"

namespace purser::xai {
namespace {

class XaiViewsTest : public XaiTest {
 protected:
  // The views take their now from ops_now; here it is the injected clock's.
  void share_the_clock() {
    shell_.exec("DROP VIEW ops_now");
    shell_.exec("CREATE VIEW ops_now AS SELECT " + std::to_string(clock_.now().time_since_epoch().count()) +
                " AS now_ms");
  }
  std::string cell(const std::string& sql) {
    SQLite::Statement statement(shell_, sql);
    EXPECT_TRUE(statement.executeStep()) << sql;
    return statement.getColumn(0).getString();
  }
  SQLite::Database shell_{folder_.file("purser.db").string(), SQLite::OPEN_READWRITE};
};

TEST_F(XaiViewsTest, TheQuotaAndItsEnd) {
  quota_.set_limit(2);
  EXPECT_TRUE(granted());
  quota_.bypass("learn");
  share_the_clock();
  EXPECT_EQ(cell("SELECT date FROM ops_xai_quota"), "2026-01-01");
  EXPECT_EQ(cell("SELECT calls_today || '/' || daily_limit || ' ' || remaining || ' ' || bypass_calls FROM "
                 "ops_xai_quota"),
            "1/2 1 1");
  EXPECT_EQ(cell("SELECT state FROM ops_xai_quota"), "open");
  EXPECT_EQ(cell("SELECT day_ends_at FROM ops_xai_quota"), rfc3339(quota_.status().day_ends_at));
  EXPECT_TRUE(granted());
  EXPECT_EQ(cell("SELECT state FROM ops_xai_quota"), "the limit is reached");
  quota_.stop_for_today();
  EXPECT_EQ(cell("SELECT state FROM ops_xai_quota"), "stopped: xAI has no credits left");
  clock_.advance(hours(24));
  share_the_clock();
  EXPECT_EQ(cell("SELECT remaining FROM ops_xai_quota"), "2");
  EXPECT_EQ(cell("SELECT state FROM ops_xai_quota"), "a new day begins with the next call");
  clock_.jump(hours(24 * 365));
  EXPECT_TRUE(granted());
  clock_.jump(-hours(24 * 365));
  share_the_clock();
  EXPECT_EQ(cell("SELECT state FROM ops_xai_quota"), "the day is in the future: see purser xai set-day");
}

TEST_F(XaiViewsTest, ANewDayIsShownAsItWillBe) {
  share_the_clock();
  EXPECT_EQ(cell("SELECT date || ' ' || day_ends_at || ' ' || seconds_until_next_day || ' ' || state FROM "
                 "ops_xai_quota"),
            "2026-01-01 2026-01-02T00:00:00.000Z 86400.0 a new day begins with the next call");
  quota_.set_time_zone("Europe/Berlin");
  clock_.advance(hours(48));
  share_the_clock();
  EXPECT_EQ(cell("SELECT date FROM ops_xai_quota"), "a new day");
}

TEST_F(XaiViewsTest, TheDaysAndTheUnitsWithPurposeAndWorker) {
  EXPECT_TRUE(granted());
  clock_.advance(seconds(1));
  std::string grant = std::get<UnitGranted>(quota_.acquire("seasonality")).grant;
  quota_.release(grant);
  clock_.advance(seconds(1));
  quota_.set_day("2026-01-01", 7);
  EXPECT_EQ(cell("SELECT calls FROM ops_xai_days"), "7");
  EXPECT_EQ(cell("SELECT group_concat(kind || ' ' || count || ' ' || purpose || ' ' || worker, ', ') FROM "
                 "ops_xai_units"),
            "call 1 test test:1, call 0 seasonality test:1, stated 6 set-day test:1");
  EXPECT_EQ(cell("SELECT sum(count) FROM ops_xai_units WHERE kind <> 'bypass'"), "7");
}

TEST_F(XaiViewsTest, TheUsageOfEachDayByModel) {
  Usage one{1, 100, 20, 5, 50, 155, 12'345'678, 0};
  quota_.record_usage("grok-4.3", one);
  quota_.record_usage("grok-4.3", {.calls = 1, .prompt_tokens = 1, .calls_without_cost = 1});
  clock_.advance(hours(24));
  quota_.record_usage("grok-4.6", {.calls = 3, .cost_usd_ticks = 2 * kUsdTicksPerDollar});
  EXPECT_EQ(cell("SELECT group_concat(date || ' ' || model || ' ' || calls || ' ' || total_tokens || ' ' || "
                 "cost_usd || ' ' || calls_without_cost, ', ') FROM ops_xai_usage"),
            "2026-01-01 grok-4.3 2 155 0.0012345678 1, 2026-01-02 grok-4.6 3 0 2.0 0");
}

TEST_F(XaiViewsTest, WhatAWeekCostAddsUp) {
  for (int day = 0; day < 7; ++day) {
    quota_.record_usage("grok-4.3", {.calls = 1, .cost_usd_ticks = 25'000'000});  // 0.0025 dollars
    clock_.advance(hours(24));
  }
  EXPECT_EQ(cell("SELECT printf('%.4f', sum(cost_usd)) FROM ops_xai_usage"), "0.0175");
  EXPECT_EQ(cell("SELECT group_concat(DISTINCT typeof(cost_usd)) FROM ops_xai_usage"), "real");
}

TEST_F(XaiViewsTest, APauseWithItsReasonAndWhatToDo) {
  quota_.pause({.reason = PauseReason::unknown_model, .asker = std::string(32, 'a'), .model = "grok-old"});
  share_the_clock();
  EXPECT_EQ(cell("SELECT state FROM ops_xai_quota"), "a new day begins with the next call");
  verdicts_.put(book(), true);  // begins the day
  EXPECT_EQ(cell("SELECT state FROM ops_xai_quota"), "paused: see ops_xai_pauses");
  EXPECT_EQ(
      cell("SELECT reason || ' ' || state || ' ' || model || ' ' || worker || ' ' || seconds_left || ' ' || "
           "what_to_do FROM ops_xai_pauses"),
      "unknown_model paused grok-old test:1 120.0 set XAI_MODEL to a model that xAI has, for all workers");
  EXPECT_EQ(cell("SELECT until_at FROM ops_xai_pauses"), rfc3339(quota_.status().pause->until_at));
  clock_.advance(seconds(120));
  share_the_clock();
  EXPECT_EQ(cell("SELECT state FROM ops_xai_pauses"), "over: the next call probes");
  auto probe = verdicts_.claim(book("probe"), {.deadline = seconds(60), .asker = std::string(32, 'a')});
  EXPECT_TRUE(std::holds_alternative<Claimed>(probe));
  EXPECT_EQ(cell("SELECT state || ' ' || prober FROM ops_xai_pauses"), "somebody probes test:1");
  EXPECT_EQ(cell("SELECT state FROM ops_xai_quota"), "open");
}

TEST_F(XaiViewsTest, APauseWhoseOthersAreAnsweredIsOfOneModelAlone) {
  verdicts_.put(book(), true);  // begins the day
  quota_.pause({.reason = PauseReason::unknown_model, .asker = std::string(32, 'a'), .model = "grok-old"});
  quota_.record_answer(std::string(32, 'b'));
  share_the_clock();
  EXPECT_EQ(cell("SELECT state FROM ops_xai_pauses"), "paused for this key and model alone");
  EXPECT_EQ(cell("SELECT state FROM ops_xai_quota"), "open");
}

TEST_F(XaiViewsTest, ASumOfManyRowsIsExactToTheCent) {
  std::int64_t ticks = 0;
  for (int i = 0; i < 400; ++i) {
    const std::int64_t cost = 9'999'999'999 + i * 1'234'567;
    quota_.record_usage("grok-" + std::to_string(i % 20), {.calls = 1, .cost_usd_ticks = cost});
    ticks += cost;
    if (i % 20 == 19) clock_.advance(hours(24));
  }
  const std::int64_t cents = (ticks + 50'000'000) / 100'000'000;
  EXPECT_EQ(cell("SELECT printf('%.2f', sum(cost_usd)) FROM ops_xai_usage"),
            std::to_string(cents / 100) + "." + (cents % 100 < 10 ? "0" : "") + std::to_string(cents % 100));
  EXPECT_EQ(cell("SELECT sum(cost_usd_ticks) FROM ops_xai_usage"), std::to_string(ticks));
}

TEST_F(XaiViewsTest, WhatWasAssumedAndWhatWasRefused) {
  verdicts_.put(book(), true, "grok-4.3");
  verdicts_.abandon(claimed(book("refused")).flight, {.refused_content = true, .assumed = true});
  share_the_clock();
  EXPECT_EQ(cell("SELECT assumed FROM ops_xai_quota"), "1");
  EXPECT_EQ(cell("SELECT assumed FROM ops_xai_days"), "1");
  EXPECT_EQ(cell("SELECT entries || ' ' || yes || ' ' || no || ' ' || refused FROM ops_xai_cache"),
            "1 1 0 1");
  EXPECT_EQ(cell("SELECT group_concat(coalesce(model, '-') || ' ' || entries) FROM ops_xai_models"),
            "- 0,grok-4.3 1");
}

TEST_F(XaiViewsTest, TheCacheAndTheFlights) {
  verdicts_.put(book(), true);
  verdicts_.put(book("b"), false);
  EXPECT_EQ(cell("SELECT question || ' ' || entries || ' ' || yes || ' ' || no FROM ops_xai_cache"),
            "price_reasonable 2 1 1");
  Claimed flight = claimed(book("c|d"));
  share_the_clock();
  EXPECT_EQ(cell("SELECT title || ' ' || price || ' ' || worker || ' ' || state || ' ' || lapses_in_seconds "
                 "FROM ops_xai_flights"),
            "c|d 49.90 test:1 asking 70.0");
  clock_.advance(seconds(70));
  share_the_clock();
  EXPECT_EQ(cell("SELECT state FROM ops_xai_flights"), "lapsed");
  verdicts_.answer(flight.flight, true);
  EXPECT_EQ(cell("SELECT count(*) FROM ops_xai_flights"), "0");
}

}  // namespace
}  // namespace purser::xai
