// The ops views repeat the projection and the forecast in SQL: over random states they must say what C++
// says.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <random>

#include "keepa/keepa_test.h"
#include "purser/keepa_policy.h"

namespace purser::keepa {
namespace {

class ViewsTest : public KeepaTest {
 protected:
  ViewsTest() : shell_(folder_.file("purser.db").string(), SQLite::OPEN_READWRITE) {}

  // The views take their now from ops_now; here it is the injected clock's.
  void share_the_clock() {
    shell_.exec("DROP VIEW ops_now");
    shell_.exec("CREATE VIEW ops_now AS SELECT " + std::to_string(clock_.now().time_since_epoch().count()) +
                " AS now_ms");
  }
  SQLite::Statement row(const std::string& sql) {
    SQLite::Statement statement(shell_, sql);
    EXPECT_TRUE(statement.executeStep()) << sql;
    return statement;
  }
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  // A line a kind, as ops_keepa_kinds and as afford have them.
  std::string kinds_in_the_view() {
    SQLite::Statement kind(
        shell_,
        "SELECT kind, calls, CAST(round(mean * 1000) AS INTEGER), CAST(round(max * 1000) AS "
        "INTEGER), CAST(round(reserved_mean * 1000) AS INTEGER), last_at FROM ops_keepa_kinds");
    std::string all;
    while (kind.executeStep()) {
      for (int i = 0; i < 6; ++i) all += kind.getColumn(i).getString() + (i < 5 ? " " : "\n");
    }
    return all;
  }
  std::string kinds_learnt() {
    std::string all;
    for (const char* kind : {"deal", "product"}) {
      KindCost cost = ledger_.afford({.task = "a", .kind = kind}).kind.value();
      if (cost.calls == 0) continue;
      all += std::string(kind) + " " + std::to_string(cost.calls) + " " + std::to_string(cost.mean->count) +
             " " + std::to_string(cost.max->count) + " " + std::to_string(cost.reserved_mean->count) + " " +
             rfc3339(*cost.last_at) + "\n";
    }
    return all;
  }
  void something_happens() {
    static const char* const kKinds[] = {"", "deal", "product"};
    static const char* const kTasks[] = {"backfiller", "upserter", "gardener"};
    switch (pick(0, 5)) {
      case 0: {
        Observation seen = says(pick(-300, 400));
        seen.refill_rate = Millitokens{pick(0, 9) == 0 ? 0 : pick(100, 25'000)};
        seen.flow_reduction = Millitokens{pick(0, 1) * pick(0, 900)};
        seen.server_time.reset();
        if (pick(0, 1) == 0) seen.refill_in = Duration{pick(0, pick(0, 3) == 0 ? 600'000 : 60'000)};
        ledger_.observe(seen);
        break;
      }
      case 1:
      case 2:
      case 3: {
        auto outcome = ledger_.acquire({.task = kTasks[pick(0, 2)],
                                        .cost = Millitokens{pick(1, 300'000)},
                                        .kind = kKinds[pick(0, 2)],
                                        .expires_in = Duration{pick(1, 3'600'000)}});
        if (auto* granted = std::get_if<Granted>(&outcome); granted != nullptr && pick(0, 2) == 0) {
          auto said =
              pick(0, 3) == 0 ? std::nullopt : std::optional(Millitokens{pick(0, 5) * pick(0, 90'000)});
          ledger_.settle(granted->reservation, {.consumed = said});
        }
        break;
      }
      case 4: clock_.advance(Duration{pick(0, 1'200'000)}); break;
      default: clock_.jump(Duration{pick(-600'000, 600'000)}); break;
    }
  }

  SQLite::Database shell_;
  std::mt19937 random_{20260102};
};

TEST_F(ViewsTest, SayWhatThePolicySaysOverRandomStates) {
  for (int step = 0; step < 600; ++step) {
    SCOPED_TRACE(step);
    something_happens();
    share_the_clock();
    Status status = ledger_.status();
    auto projected = row("SELECT known, balance, held, rate, capacity FROM ops_keepa_projection");
    ASSERT_EQ(projected.getColumn(0).getInt() != 0, status.state.known);
    ASSERT_EQ(projected.getColumn(1).getInt64(), status.state.balance.count);
    ASSERT_EQ(projected.getColumn(2).getInt64(), status.state.held.count);
    ASSERT_EQ(projected.getColumn(3).getInt64(), status.state.refill_rate.count);
    ASSERT_EQ(projected.getColumn(4).getInt64(), status.state.capacity.count);

    auto balance = row("SELECT threshold, target, open_reservations, waiting_tasks FROM ops_keepa_balance");
    if (status.state.known) {
      ASSERT_DOUBLE_EQ(balance.getColumn(0).getDouble(), static_cast<double>(status.threshold.count) / 1000);
      ASSERT_DOUBLE_EQ(balance.getColumn(1).getDouble(), static_cast<double>(status.target.count) / 1000);
    }
    ASSERT_EQ(balance.getColumn(2).getInt(), static_cast<int>(status.reservations.size()));
    ASSERT_EQ(balance.getColumn(3).getInt(), static_cast<int>(status.places.size()));

    SQLite::Statement waiting(shell_,
                              "SELECT place, task, turn_expected_at, lapses_at FROM ops_keepa_waiting");
    for (const Place& place : status.places) {
      ASSERT_TRUE(waiting.executeStep());
      ASSERT_EQ(waiting.getColumn(0).getInt(), place.place);
      ASSERT_EQ(waiting.getColumn(1).getString(), place.task);
      ASSERT_EQ(waiting.getColumn(2).getString(), place.expected_at ? rfc3339(*place.expected_at) : "");
      ASSERT_EQ(waiting.getColumn(3).getString(), rfc3339(place.lapses_at));
    }
    ASSERT_FALSE(waiting.executeStep());
    ASSERT_EQ(kinds_in_the_view(), kinds_learnt());
  }
  EXPECT_NE(kinds_learnt(), "");
}

TEST_F(ViewsTest, WhoWaitsHowLongAndUntilWhen) {
  observe(10);
  EXPECT_EQ(refusal_of(ask("backfiller", 80)).place, 1);
  clock_.advance(seconds(40));
  share_the_clock();
  auto waiting =
      row("SELECT place || ' ' || task || ' ' || cost || ' ' || target || ' ' || seconds_waiting || ' ' || "
          "seconds_since_asked || ' ' || seconds_until_turn || ' ' || seconds_until_lapse FROM "
          "ops_keepa_waiting");
  // 45 tokens at 5 a minute are 540 s, and the patience is 60 s more.
  EXPECT_EQ(waiting.getColumn(0).getString(), "1 backfiller 80.0 55.0 40.0 40.0 500.0 560.0");
}

TEST_F(ViewsTest, SecondsUntilTheTargetAreThoseThatARefusalSays) {
  for (std::optional<Duration> phase : {std::optional<Duration>(), std::optional<Duration>(seconds(17))}) {
    Observation seen = says(-25);
    seen.server_time.reset();
    seen.refill_in = phase;
    ledger_.observe(seen);
    share_the_clock();
    auto view = row("SELECT seconds_until_target FROM ops_keepa_balance");
    Refused refused = refusal_of(ask("backfiller", 80));
    EXPECT_DOUBLE_EQ(view.getColumn(0).getDouble(), static_cast<double>(refused.retry_after->count()) / 1000);
  }
}

TEST_F(ViewsTest, TheRealNowIsTheMachinesInMilliseconds) {
  Instant before = system_clock().now();
  auto now = row("SELECT now_ms FROM ops_now").getColumn(0).getInt64();
  Instant after = system_clock().now();
  EXPECT_GE(now, before.time_since_epoch().count());
  EXPECT_LE(now, after.time_since_epoch().count() + 1);
}

TEST_F(ViewsTest, EveryViewCanBeReadFromAFreshFile) {
  SQLite::Statement names(shell_, "SELECT name FROM sqlite_schema WHERE type = 'view'");
  int count = 0;
  for (; names.executeStep(); ++count) {
    SQLite::Statement view(shell_, "SELECT * FROM " + names.getColumn(0).getString());
    EXPECT_NO_THROW(view.executeStep()) << names.getColumn(0).getString();
  }
  EXPECT_GE(count, 7);
}

}  // namespace
}  // namespace purser::keepa
