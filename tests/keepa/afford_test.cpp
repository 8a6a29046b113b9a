// afford says what acquire would answer; what a kind of call costs, it takes from settlements alone.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <random>

#include "keepa/bucket.h"
#include "keepa/keepa_test.h"
#include "keepa/policy.h"
#include "keepa/sql.h"
#include "purser/keepa_policy.h"
#include "support/foreign_tool.h"

namespace purser::keepa {
namespace {

using test::ForeignTool;

// --- The largest cost, against `decide` -----------------------------------------------------------------

constexpr Instant kNow{std::chrono::milliseconds(1'767'268'800'000)};
constexpr Millitokens kBeyond{kMaxCost.count + 1};

class Dice {
 public:
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  bool one_in(int n) { return pick(1, n) == 1; }
  // Whole numbers of tokens are where rules meet; thousandths are what lies between.
  Millitokens amount(std::int64_t low, std::int64_t high) {
    return one_in(2) ? tokens(pick(low, high)) : Millitokens{pick(low * 1000, high * 1000)};
  }

 private:
  std::mt19937 random_{20261124};
};

struct State {
  Bucket bucket;
  Policy policy;
  std::vector<QueuedTask> queue;

  AcquireQuery question(Millitokens cost) const { return {bucket, policy, queue, kTask, cost, kNow}; }
  DecisionKind kind(Millitokens cost) const { return decide(question(cost)).kind; }
  const std::string kTask = "mine";
};

State random_state(Dice& dice) {
  State state;
  Bucket& bucket = state.bucket;
  bucket.known = !dice.one_in(20);
  bucket.as_of = kNow;
  bucket.refill_rate = dice.one_in(10) ? Millitokens{} : dice.amount(1, 25);
  bucket.balance = dice.one_in(20) ? dice.amount(900'000, 2'000'000) : dice.amount(-300, 1500);
  bucket.held = dice.one_in(2) ? Millitokens{} : dice.amount(0, 200);
  if (dice.one_in(2)) bucket.next_tick = kNow + Duration{dice.pick(1, 60'000)};
  if (dice.one_in(2)) {
    state.policy = {"mine", {}, {}, dice.amount(0, 400), {}, std::chrono::seconds(60)};
  } else {
    state.policy = {"mine", dice.amount(0, 100), dice.amount(0, 20), {}, {}, std::chrono::seconds(60)};
    if (dice.one_in(2)) state.policy.max_deficit = dice.amount(0, 400);
  }
  for (std::int64_t places = dice.pick(0, 2), i = 0; i < places; ++i) {
    state.queue.push_back({"other" + std::to_string(i), dice.amount(1, 300), dice.amount(0, 300)});
  }
  if (dice.one_in(3)) {
    auto where = state.queue.begin() + dice.pick(0, static_cast<std::int64_t>(state.queue.size()));
    state.queue.insert(where, {"mine", dice.amount(1, 300), dice.amount(0, 300)});
  }
  return state;
}

TEST(LargestGranted, IsGrantedAndNoneIsLarger) {
  Dice dice;
  int unlimited = 0;
  int nothing = 0;
  int between = 0;
  for (int i = 0; i < 20'000; ++i) {
    State state = random_state(dice);
    auto largest = largest_granted(state.question(Millitokens{}));
    Millitokens most = largest.value_or(kMaxCost);
    SCOPED_TRACE(i);
    ASSERT_GE(most, Millitokens{});
    ASSERT_EQ(state.kind(most), DecisionKind::grant);
    ASSERT_EQ(largest.has_value(), most < kMaxCost);
    if (largest) {
      ASSERT_NE(state.kind(most + Millitokens{1}), DecisionKind::grant);
      ASSERT_NE(state.kind({dice.pick(most.count + 1, kMaxCost.count)}), DecisionKind::grant);
    }
    ASSERT_EQ(state.kind({dice.pick(0, most.count)}), DecisionKind::grant);
    ++(!largest ? unlimited : most == Millitokens{} ? nothing : between);
  }
  // Each of the three is a good part of what was tried.
  EXPECT_GT(unlimited, 1000);
  EXPECT_GT(nothing, 1000);
  EXPECT_GT(between, 1000);
}

Policy standard(std::optional<Millitokens> max_deficit = {}) {
  return {"mine", tokens(50), tokens(5), {}, max_deficit, std::chrono::seconds(60)};
}
Policy buffer(std::int64_t kept) { return {"mine", {}, {}, tokens(kept), {}, std::chrono::minutes(20)}; }

State with(Policy policy, std::int64_t available, std::vector<QueuedTask> queue = {}) {
  State state;
  state.bucket.known = true;
  state.bucket.balance = tokens(available + 30);
  state.bucket.held = tokens(30);
  state.bucket.refill_rate = tokens(5);
  state.bucket.as_of = kNow;
  state.policy = std::move(policy);
  state.queue = std::move(queue);
  return state;
}

TEST(LargestGranted, IsWhatTheRulesSay) {
  const QueuedTask mine{"mine", tokens(80), tokens(55)};
  const QueuedTask other{"other", tokens(240), tokens(55)};
  struct Case {
    const char* rule;
    State state;
    std::optional<Millitokens> largest;
  };
  for (const Case& c : {
           Case{"standard at its threshold: whatever it costs", with(standard(), 50), {}},
           Case{"standard below it", with(standard(), 49), Millitokens{}},
           Case{"with a max_deficit: what is there, and that debt", with(standard(tokens(100)), 60),
                tokens(160)},
           Case{"with a max_deficit, below the threshold", with(standard(tokens(100)), 49), Millitokens{}},
           Case{"a buffer is kept", with(buffer(20), 63), tokens(43)},
           Case{"a buffer that is not there: nothing, never less", with(buffer(20), -100), Millitokens{}},
           Case{"first place, at its target", with(standard(), 55, {mine, other}), {}},
           Case{"first place, not at its threshold", with(standard(), 54, {mine}), Millitokens{}},
           Case{"behind another, however much there is", with(standard(), 300, {other}), Millitokens{}},
           Case{"its own place behind another", with(buffer(20), 300, {other, mine}), Millitokens{}},
       }) {
    EXPECT_EQ(largest_granted(c.state.question(Millitokens{})), c.largest) << c.rule;
  }
  State unknown = with(standard(), 300);
  unknown.bucket.known = false;
  EXPECT_EQ(largest_granted(unknown.question(Millitokens{})), Millitokens{});
}

// --- What would be answered ------------------------------------------------------------------------------

class AffordTest : public KeepaTest {
 protected:
  Affordable afford(const std::string& task, std::int64_t cost) {
    return ledger_.afford({.task = task, .cost = tokens(cost)});
  }
  KindCost cost_of(const std::string& kind) {
    return ledger_.afford({.task = "backfiller", .kind = kind}).kind.value();
  }
  std::string granted_kind(const std::string& kind, std::int64_t cost) {
    return grant_of(ledger_.acquire({.task = "backfiller", .cost = tokens(cost), .kind = kind})).reservation;
  }
  void call(const std::string& kind, std::int64_t reserved, Millitokens consumed) {
    ledger_.settle(granted_kind(kind, reserved), {.consumed = consumed});
  }
  std::vector<std::string> rows() {
    ForeignTool tool(folder_.file("purser.db"));
    return tool.texts(
        "SELECT 'l' || id FROM keepa_ledger UNION ALL SELECT 'r' || id || coalesce(ending, '') FROM "
        "keepa_reservation UNION ALL SELECT 'p' || id || task || asked_at_ms FROM keepa_place UNION ALL "
        "SELECT "
        "'u' || task FROM keepa_unknown_task UNION ALL SELECT 'a' || balance_millitokens || as_of_at_ms FROM "
        "keepa_account");
  }
};

// The real acquire, over random states of the real ledger, is the judge of what was forecast.
TEST_F(AffordTest, SaysWhatAnAcquireThenSays) {
  static const char* const kTasks[] = {"backfiller", "upserter", "gardener"};
  Dice dice;
  set_policy(database_, "gardener", {.max_deficit = DeficitChange::at_most(tokens(60))});
  int counted[3] = {};
  for (int i = 0; i < 400; ++i) {
    SCOPED_TRACE(i);
    if (dice.one_in(3)) {
      Observation seen = says(dice.pick(-200, 350));
      seen.refill_rate = dice.one_in(10) ? Millitokens{} : tokens(5);
      seen.server_time.reset();
      if (dice.one_in(2)) seen.refill_in = Duration{dice.pick(0, 60'000)};
      ledger_.observe(seen);
    }
    clock_.advance(Duration{dice.pick(0, 900'000)});
    AcquireRequest request{.task = kTasks[dice.pick(0, 2)], .cost = dice.amount(1, 400)};
    Affordable forecast = ledger_.afford({.task = request.task, .cost = request.cost});
    AcquireOutcome outcome = ledger_.acquire(request);
    ++counted[outcome.index()];
    ASSERT_EQ(forecast.now, std::holds_alternative<Granted>(outcome));
    ASSERT_EQ(forecast.never, std::holds_alternative<Never>(outcome));
    ASSERT_EQ(forecast.now, request.cost <= forecast.largest.value_or(kMaxCost));
    if (forecast.now) {
      ASSERT_EQ(forecast.at, clock_.now());
      ASSERT_EQ(forecast.reason, std::nullopt);
    } else if (const auto* refused = std::get_if<Refused>(&outcome)) {
      ASSERT_EQ(forecast.at, refused->retry_at);
      ASSERT_EQ(forecast.reason, refused->reason);
      ASSERT_EQ(forecast.place, refused->place);
      ASSERT_EQ(forecast.target, refused->target);
      ASSERT_EQ(forecast.available, refused->available);
      ASSERT_EQ(forecast.observe_due, refused->observe_due);
    } else {
      ASSERT_EQ(forecast.at, std::nullopt);
      ASSERT_EQ(forecast.reason, Reason::beyond_capacity);
    }
  }
  for (int count : counted) EXPECT_GT(count, 10);
}

TEST_F(AffordTest, WritesNothing) {
  observe(30);
  ask("backfiller", 80);
  granted("backfiller", 0);
  clock_.advance(hours(1));  // the grant and the place fall due
  auto before = rows();
  EXPECT_TRUE(afford("backfiller", 80).now);
  EXPECT_FALSE(afford("upserter", 500).now);
  EXPECT_TRUE(afford("stranger", 80).now);
  EXPECT_EQ(rows(), before);
}

TEST_F(AffordTest, WhoIsBehindAnothersPlaceCanAffordNothing) {
  observe(40);
  EXPECT_EQ(refusal_of(ask("backfiller", 80)).place, 1);
  clock_.advance(seconds(12));
  Affordable behind = ledger_.afford({.task = "upserter"});
  EXPECT_EQ(behind.largest, Millitokens{});
  EXPECT_FALSE(behind.now);
  EXPECT_EQ(behind.reason, Reason::queued);
  EXPECT_EQ(behind.place, 2);
  EXPECT_GT(behind.at, clock_.now());
  EXPECT_TRUE(afford("upserter", 0).now);
  clock_.advance(minutes(3));
  EXPECT_EQ(afford("backfiller", 80).largest, std::nullopt);
  EXPECT_EQ(afford("upserter", 5).largest, Millitokens{});
}

TEST_F(AffordTest, WithoutACostItSaysWhenAnythingIsGranted) {
  observe(10);
  Affordable poor = ledger_.afford({.task = "upserter"});
  EXPECT_EQ(poor.largest, Millitokens{});
  EXPECT_EQ(poor.reason, Reason::buffer);
  EXPECT_EQ(poor.target, tokens(20) + Millitokens{1});
  EXPECT_EQ(poor.at, clock_.now() + minutes(2) + Duration{12});  // 10.001 tokens at 5 a minute
  clock_.advance(minutes(3));
  Affordable rich = ledger_.afford({.task = "upserter"});
  EXPECT_EQ(rich.largest, tokens(5));
  EXPECT_TRUE(rich.now);
  EXPECT_EQ(rich.kind, std::nullopt);
}

TEST_F(AffordTest, AnUnknownBalanceAffordsNothing) {
  Affordable unknown = afford("backfiller", 80);
  EXPECT_EQ(unknown.largest, Millitokens{});
  EXPECT_EQ(unknown.available, std::nullopt);
  EXPECT_EQ(unknown.reason, Reason::unknown_balance);
  EXPECT_EQ(unknown.at, std::nullopt);
  EXPECT_TRUE(unknown.observe_due);
}

TEST_F(AffordTest, WhatIsMalformedIsRefused) {
  observe(100);
  EXPECT_PURSER_ERROR(ErrorCode::usage, ledger_.afford({.task = ""}));
  EXPECT_PURSER_ERROR(ErrorCode::usage, ledger_.afford({.task = "a", .cost = Millitokens{-1}}));
  EXPECT_PURSER_ERROR(ErrorCode::usage, ledger_.afford({.task = "a", .cost = kBeyond}));
  EXPECT_PURSER_ERROR(ErrorCode::invalid_text, ledger_.afford({.task = "a", .kind = "\xff"}));
  EXPECT_PURSER_ERROR(ErrorCode::unknown_account, Ledger(database_, "second").afford({.task = "a"}));
}

// --- What a kind of call costs ----------------------------------------------------------------------------

TEST_F(AffordTest, AKindCostsWhatItsSettlementsSaid) {
  observe(300);
  EXPECT_EQ(cost_of("product").calls, 0);
  EXPECT_EQ(cost_of("product").mean, std::nullopt);
  call("product", 20, tokens(31));
  clock_.advance(seconds(1));
  call("product", 20, tokens(30));
  clock_.advance(seconds(1));
  call("product", 21, tokens(31));
  call("deal", 5, tokens(5));
  KindCost product = cost_of("product");
  EXPECT_EQ(product.calls, 3);
  EXPECT_EQ(product.mean, Millitokens{30'667});           // 92 / 3, up
  EXPECT_EQ(product.reserved_mean, Millitokens{20'334});  // 61 / 3, up
  EXPECT_EQ(product.max, tokens(31));
  EXPECT_EQ(product.last_at, clock_.now());
  EXPECT_EQ(cost_of("deal").max, tokens(5));
  EXPECT_EQ(cost_of("prod").calls, 0);
}

TEST_F(AffordTest, AnEnvelopeSaysItToo) {
  observe(300);
  std::string id = granted_kind("peek", 100);
  clock_.advance(seconds(1));
  Observation answer = says(-86);
  answer.consumed = tokens(386);
  ledger_.settle(id, {answer});
  EXPECT_EQ(cost_of("peek").max, tokens(386));
  // Also one that came too late to move the balance.
  clock_.advance(seconds(1));
  observe(100);
  std::string late = granted_kind("peek", 10);
  clock_.advance(seconds(1));
  Observation older = says(88);
  older.consumed = tokens(12);
  clock_.advance(seconds(1));
  observe(88);
  ledger_.settle(late, {older});
  EXPECT_EQ(cost_of("peek").calls, 2);
}

TEST_F(AffordTest, WhatNobodySaidIsNoFact) {
  observe(300);
  ledger_.settle(granted_kind("product", 80), {});  // charged in full
  std::string unsaid = granted_kind("product", 20);
  clock_.advance(seconds(1));
  ledger_.settle(unsaid, {says(150)});           // an envelope without tokensConsumed
  ledger_.release(granted_kind("product", 20));  // never sent
  ledger_.release(granted_kind("product", 0));
  granted_kind("product", 10);
  clock_.advance(minutes(11));  // expired
  EXPECT_EQ(ledger_.settle(granted_kind("product", 0), {}).settled, true);
  EXPECT_EQ(cost_of("product").calls, 0);
  EXPECT_EQ(state().balance, tokens(150 + 55 - 10));
}

// A 429 states that nothing was consumed, and it is true; but such a call costs more when it is worked on.
TEST_F(AffordTest, WhatWasRefusedAtTheDoorTellsNothingOfTheCost) {
  observe(300);
  call("product", 20, Millitokens{});
  EXPECT_EQ(cost_of("product").calls, 0);
  call("product", 20, tokens(18));
  EXPECT_EQ(cost_of("product").mean, tokens(18));
  call("token", 0, Millitokens{});  // free, and known to be
  EXPECT_EQ(cost_of("token").calls, 1);
  EXPECT_EQ(cost_of("token").max, Millitokens{});
  EXPECT_EQ(ledger_.afford({.task = "upserter", .kind = "token"}).calls_affordable, std::nullopt);
}

TEST_F(AffordTest, OldCallsDoNotCountForEver) {
  observe(300);
  call("product", 1, tokens(200));
  // As a fleet leaves them, a second apart; the settled rows of other kinds and accounts beside them.
  ForeignTool(folder_.file("purser.db"))
      .run(
          "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
          "INSERT INTO keepa_reservation (id, account_id, task, worker, kind, cost_millitokens, "
          "created_at_ms, "
          "expires_at_ms, lifetime_ms, ended_at_ms, ending, consumed_millitokens) "
          "SELECT printf('%032x', i), 1, 't', 'w', 'product', 10000, 0, 1, 1, " +
          std::to_string(clock_.now().time_since_epoch().count()) +
          " + i * 1000, 'settle', 1000 * (1 + i % 2) "
          "FROM n");
  clock_.advance(seconds(999));
  EXPECT_EQ(cost_of("product").calls, 1000);  // the newest is still ahead of this clock
  EXPECT_EQ(cost_of("product").max, tokens(200));
  clock_.advance(seconds(1));
  KindCost latest = cost_of("product");
  EXPECT_EQ(latest.calls, 1000);
  EXPECT_EQ(latest.max, tokens(2));
  EXPECT_EQ(latest.mean, Millitokens{1500});
  EXPECT_EQ(latest.last_at, clock_.now());
}

TEST_F(AffordTest, ABatchIsSizedByTheLargestThatWasSeen) {
  observe(300);
  call("product", 2, tokens(7));
  call("product", 2, tokens(3));
  Affordable upserter = ledger_.afford({.task = "upserter", .kind = "product"});
  EXPECT_EQ(upserter.largest, tokens(300 - 10 - 20));
  EXPECT_EQ(upserter.calls_affordable, 270 / 7);
  EXPECT_EQ(ledger_.afford({.task = "backfiller", .kind = "product"}).calls_affordable, std::nullopt);
  observe(10);
  EXPECT_EQ(ledger_.afford({.task = "upserter", .kind = "product"}).calls_affordable, 0);
}

TEST_F(AffordTest, AccountsLearnApart) {
  observe(300);
  call("product", 2, tokens(7));
  Ledger second(database_, "second");
  second.observe(says(300));
  EXPECT_EQ(second.afford({.task = "a", .kind = "product"}).kind->calls, 0);
}

// As a prune leaves the file: old movements in one `carry` row, and the reservations that they ended gone.
TEST_F(AffordTest, WhatAPruneTookIsForgottenAndTheRestStaysRight) {
  observe(300);
  call("product", 2, tokens(7));
  clock_.advance(hours(24));
  call("product", 2, tokens(3));
  ForeignTool tool(folder_.file("purser.db"));
  tool.run(
      "BEGIN; CREATE TEMP TABLE gone AS SELECT id FROM keepa_reservation ORDER BY created_at_ms LIMIT 1;"
      "CREATE TEMP TABLE old AS SELECT * FROM keepa_ledger WHERE id <= 3;"
      "DELETE FROM keepa_ledger WHERE id <= 3;"
      "INSERT INTO keepa_ledger (id, account_id, at_ms, kind, balance_change_millitokens, "
      "held_change_millitokens, balance_millitokens, held_millitokens) "
      "SELECT max(id), 1, max(at_ms), 'carry', sum(balance_change_millitokens), "
      "sum(held_change_millitokens), "
      "sum(balance_change_millitokens), sum(held_change_millitokens) FROM old;"
      "DELETE FROM keepa_reservation WHERE id IN gone; COMMIT");
  EXPECT_EQ(cost_of("product").calls, 1);
  EXPECT_EQ(cost_of("product").max, tokens(3));
  EXPECT_TRUE(ledger_.verify().balance_matches && ledger_.verify().held_matches);
}

// Ten million rows cost a look-up no more than ten: the index alone is read, and no row of another kind.
TEST_F(AffordTest, AnIndexLeadsToTheLatestCallsOfAKind) {
  auto plan = [&](const std::string& query) {
    std::string all;
    SQLite::Database shell(folder_.file("purser.db").string(), SQLite::OPEN_READONLY);
    SQLite::Statement steps(shell, "EXPLAIN QUERY PLAN " + query);
    while (steps.executeStep()) all += steps.getColumn(3).getString() + "\n";
    return all;
  };
  std::string estimate = plan(sql::kKindCost);
  EXPECT_NE(estimate.find(
                "USING COVERING INDEX keepa_reservation_kind (account_id=? AND kind=? AND ended_at_ms<?)"),
            std::string::npos)
      << estimate;
  EXPECT_EQ(estimate.find("TEMP B-TREE"), std::string::npos) << estimate;
  std::string view = plan("SELECT * FROM ops_keepa_kinds");
  EXPECT_EQ(view.find("SCAN keepa_reservation"), std::string::npos) << view;
  EXPECT_EQ(view.find("SCAN w"), std::string::npos) << view;
  EXPECT_EQ(view.find("SCAN r"), std::string::npos) << view;
  EXPECT_EQ(view.find("FOR ORDER BY\n"), view.rfind("FOR ORDER BY\n")) << view;
}

}  // namespace
}  // namespace purser::keepa
