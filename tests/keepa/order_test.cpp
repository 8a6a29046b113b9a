// Which answer of Keepa's is believed: by its stamps and by a count, whatever our clock does.
#include "keepa/order.h"

#include "keepa/keepa_test.h"

namespace purser::keepa {
namespace {

constexpr Instant kNow{std::chrono::milliseconds(1'767'268'800'000)};
constexpr Duration kSecond = std::chrono::seconds(1);
constexpr Duration kFive = std::chrono::minutes(5);

struct Case {
  const char* rule;
  std::optional<Duration> stamp;  // of the answer, from now
  std::int64_t left;
  std::optional<Duration> known;  // the last one that was applied, with 100 left; the count is 7
  std::optional<RequestBaseline> asked;
  Standing standing;
  bool unstamped_since = false;
};

RequestBaseline asked(std::int64_t count, Duration stamp) { return {count, kNow + stamp}; }
RequestBaseline ours(std::int64_t count, Duration stamp) { return {count, kNow + stamp, true}; }

// clang-format off
const Case kCases[] = {
    {"nothing is known yet", -kSecond, 10, {}, {}, Standing::latest},
    {"without a stamp it is always applied", {}, 300, Duration{}, {}, Standing::latest},
    {"a later stamp", Duration{1}, 300, Duration{}, {}, Standing::latest},
    {"an earlier stamp", -kSecond, 300, Duration{}, {}, Standing::contained},
    {"an equal stamp, and lower", Duration{}, 99, Duration{}, {}, Standing::latest},
    {"an equal stamp, and not lower", Duration{}, 100, Duration{}, {}, Standing::contained},
    {"its charge is in the later one", -kSecond, 300, Duration{}, asked(6, -2 * kSecond), Standing::contained},
    {"older than its reservation, nothing applied since", -kSecond, 300, Duration{}, asked(7, Duration{}), Standing::foreign},
    {"older than its reservation, something applied since", -3 * kSecond, 300, Duration{}, asked(6, -2 * kSecond), Standing::foreign},
    {"the very answer that was known at the grant", -2 * kSecond, 300, Duration{}, asked(6, -2 * kSecond), Standing::foreign},
    {"an old stamp to a request of our own, nothing applied since", -kSecond, 300, Duration{}, ours(7, Duration{}), Standing::latest},
    {"an old stamp to a request of our own, something applied since", -kSecond, 300, Duration{}, ours(6, -2 * kSecond), Standing::contained},
    {"a known stamp that is 5 minutes ahead orders", kFive - kSecond, 300, kFive, {}, Standing::contained},
    {"a known stamp that is further ahead orders nothing", Duration{}, 300, kFive + Duration{1}, {}, Standing::latest},
    {"nor does it make a settlement free", Duration{}, 300, kFive + Duration{1}, asked(6, -kSecond), Standing::unknown},
    {"nor does it hide an answer since whose grant nothing was applied", Duration{}, 300, kFive + Duration{1}, asked(7, kFive + Duration{1}), Standing::latest},
    {"an answer that is further ahead is not the latest by that", kFive + Duration{1}, 300, Duration{}, asked(6, -kSecond), Standing::unknown},
    {"an answer that is further ahead, since whose grant nothing was applied", kFive + Duration{1}, 300, Duration{}, asked(7, Duration{}), Standing::latest},
    {"a later stamp, but one without a stamp came between", kSecond, 300, Duration{}, asked(6, -kSecond), Standing::unknown, true},
    {"a later stamp, nothing applied since the grant", kSecond, 300, Duration{}, asked(7, Duration{}), Standing::latest, true},
    {"a later stamp of an answer that nobody asked for", kSecond, 300, Duration{}, {}, Standing::latest, true},
    {"an earlier stamp stays earlier", -kSecond, 300, Duration{}, asked(6, -2 * kSecond), Standing::contained, true},
};
// clang-format on

TEST(Order, IsAsTheTableSays) {
  for (const Case& c : kCases) {
    Observation observation{.tokens_left = tokens(c.left)};
    if (c.stamp) observation.server_time = kNow + *c.stamp;
    LastObservation last{c.known.has_value(), 7, {}, tokens(100)};
    if (c.known) last.server_time = kNow + *c.known;
    last.unstamped_since = c.unstamped_since;
    EXPECT_EQ(standing_of(observation, last, c.asked, kNow), c.standing) << c.rule;
  }
}

class OrderTest : public KeepaTest {
 protected:
  Observation said(std::int64_t left, std::int64_t consumed) {
    Observation observation = says(left);
    observation.consumed = tokens(consumed);
    return observation;
  }
};

TEST_F(OrderTest, AnAnswerFromBeforeTheReservationSettlesItWithoutBeingBelieved) {
  Observation first = said(300, 0);
  ledger_.observe(first);
  clock_.advance(seconds(1));
  std::string one = granted("backfiller", 80);
  Observation second = said(220, 80);
  EXPECT_TRUE(ledger_.settle(one, {second}).observed.applied);
  for (const Observation& old : {first, second}) {
    clock_.advance(Duration{1});
    Millitokens before = state().balance;
    std::string next = granted("backfiller", 50);
    SettleOutcome outcome = ledger_.settle(next, {old});
    EXPECT_TRUE(outcome.settled);
    EXPECT_FALSE(outcome.observed.applied);
    EXPECT_EQ(outcome.observed.why, NotApplied::from_before);
    EXPECT_EQ(state().balance, before - std::max(tokens(50), *old.consumed));
  }
}

TEST_F(OrderTest, AnAnswerFromBeforeChargesTheCallAlsoWhereAnotherCameBetween) {
  Observation first = said(300, 0);
  ledger_.observe(first);
  std::string id = granted("backfiller", 80);
  clock_.advance(seconds(1));
  ledger_.observe(said(300, 0));
  EXPECT_FALSE(ledger_.settle(id, {first}).observed.applied);
  EXPECT_EQ(state().balance, tokens(220));
}

TEST_F(OrderTest, WhatIsSaidToHaveBeenConsumedIsCharged) {
  Observation first = said(300, 0);
  ledger_.observe(first);
  ledger_.settle(granted("backfiller", 80), {first, tokens(12)});
  EXPECT_EQ(state().balance, tokens(288));
}

TEST_F(OrderTest, AClockThatStepsBackLetsNoOlderAnswerPass) {
  observe(300);
  std::string early = granted("backfiller", 80);
  std::string late = granted("backfiller", 80);
  clock_.advance(seconds(1));
  Observation older = said(220, 80);
  clock_.advance(seconds(1));
  Observation newer = said(140, 80);
  EXPECT_TRUE(ledger_.settle(late, {newer}).observed.applied);
  clock_.jump(-minutes(4));
  EXPECT_FALSE(ledger_.settle(early, {older}).observed.applied);
  EXPECT_EQ(state().balance, tokens(140));
  EXPECT_EQ(state().held, Millitokens{});
}

// Our clock is an hour behind: no stamp of Keepa's can be believed. The charge stands, and the lower counts.
TEST_F(OrderTest, WhereTheOrderCannotBeToldTheLowerBalanceWins) {
  observe(300);
  clock_.jump(-hours(1));
  std::string one = granted("backfiller", 80);
  std::string two = granted("backfiller", 80);
  auto truly = [this](std::int64_t left) {
    Observation observation = said(left, 80);
    observation.server_time = clock_.now() + hours(1);
    return observation;
  };
  clock_.advance(seconds(1));
  Observation first = truly(220);
  clock_.advance(seconds(1));
  EXPECT_TRUE(ledger_.settle(two, {truly(140)}).observed.applied);
  SettleOutcome outcome = ledger_.settle(one, {first});
  EXPECT_EQ(outcome.observed.why, NotApplied::order_unknown);
  EXPECT_EQ(state().balance, tokens(60));  // counted twice, until the next answer
  clock_.advance(seconds(1));
  EXPECT_TRUE(ledger_.observe(truly(140)).applied);
  EXPECT_EQ(state().balance, tokens(140));
}

TEST_F(OrderTest, AStampThatIsHoursAheadNeitherHidesTheTruthNorMakesCallsFree) {
  observe(300);
  std::string in_flight = granted("backfiller", 80);
  Observation ahead = said(300, 0);
  ahead.server_time = clock_.now() + hours(20);
  EXPECT_TRUE(ledger_.observe(ahead).applied);
  clock_.advance(seconds(1));
  Observation own = said(220, 80);
  clock_.advance(seconds(1));
  EXPECT_TRUE(ledger_.settle(in_flight, {own}).observed.applied);
  EXPECT_EQ(state().balance, tokens(220));
  EXPECT_TRUE(ledger_.observe(ahead).applied);
  clock_.advance(seconds(1));
  EXPECT_TRUE(ledger_.observe(said(-90, 0)).applied);
  EXPECT_EQ(state().balance, tokens(-90));
}

TEST_F(OrderTest, AnAnswerToAnExpiredReservationIsOrderedToo) {
  Observation first = said(300, 0);
  ledger_.observe(first);
  std::string id = granted("backfiller", 80);
  clock_.advance(minutes(11));
  SettleOutcome old = ledger_.settle(id, {first});
  EXPECT_FALSE(old.settled);
  EXPECT_EQ(old.observed.why, NotApplied::from_before);
  EXPECT_TRUE(ledger_.settle(id, {said(220, 80)}).observed.applied);
}

TEST_F(OrderTest, ABadKeysZerosChargeNothing) {
  observe(300);
  Observation zeros = says(0);
  zeros.refill_rate = Millitokens{};
  for (int i = 0; i < 4; ++i) {
    SettleOutcome outcome = ledger_.settle(granted("backfiller", 80), {zeros});
    EXPECT_TRUE(outcome.settled);
    EXPECT_EQ(outcome.observed.why, NotApplied::key_refused);
  }
  EXPECT_EQ(state().balance, tokens(300));
  EXPECT_EQ(state().held, Millitokens{});
}

TEST_F(OrderTest, ARefusedKeyChargesOnlyWhatIsStated) {
  observe(300);
  std::string free = granted("backfiller", 80), stated = granted("backfiller", 80);
  SettleOutcome outcome = ledger_.settle(free, {.key_refused = true});
  EXPECT_TRUE(outcome.settled);
  EXPECT_EQ(outcome.observed.why, NotApplied::key_refused);
  EXPECT_EQ(state().balance, tokens(300));
  ledger_.settle(stated, {.observation = says(200), .consumed = tokens(3), .key_refused = true});
  EXPECT_EQ(state().balance, tokens(297));  // the observation is left out
  EXPECT_EQ(ledger_.settle(free, {.key_refused = true}).observed.why, NotApplied::key_refused);
}

// The last stamp orders nothing once an answer without one was applied.
TEST_F(OrderTest, AnAnswerFromBeforeOneWithoutAStampIsNotBelieved) {
  observe(300);
  std::string id = granted("backfiller", 80);
  clock_.advance(seconds(1));
  Observation own = said(220, 80);
  Observation unstamped = said(-40, 0);
  unstamped.server_time.reset();
  clock_.advance(seconds(1));
  EXPECT_TRUE(ledger_.observe(unstamped).applied);
  SettleOutcome outcome = ledger_.settle(id, {own});
  EXPECT_EQ(outcome.observed.why, NotApplied::order_unknown);
  EXPECT_EQ(state().balance, tokens(-120));  // the charge stands, until the next answer
  std::string next = granted("backfiller", 0);
  clock_.advance(seconds(1));
  EXPECT_TRUE(ledger_.settle(next, {said(-40, 0)}).observed.applied) << "nothing was applied since its grant";
  EXPECT_EQ(state().balance, tokens(-40));
}

TEST(KeyRefusal, IsKnownByItsZerosAndNamesTheErrorsType) {
  ResponseFacts facts = parse_response(
      R"({"error":{"details":"","message":"You used an invalid parameter for this API call.","type":"invalidParameter"},"processingTimeInMs":0,"refillIn":0,"refillRate":0,"timestamp":1790277678673,"tokenFlowReduction":0.0,"tokensConsumed":0,"tokensLeft":0})");
  EXPECT_TRUE(facts.refuses_key);
  EXPECT_EQ(facts.error_type, "invalidParameter");
  EXPECT_EQ(facts.observation, std::nullopt);
  for (const char* one : {R"({"refillRate":0.0,"tokensLeft":0})",
                          R"({"refillRate":0,"tokensLeft":0,"error":{"type":"a key: 0123"}})",
                          R"({"refillRate":"0","tokensLeft":0,"error":{}})",
                          R"({"refillRate":null,"tokensLeft":-0.0,"error":"x"})",
                          R"({"refillRate":0,"tokensLeft":"0","error":{}})",
                          R"({"refillRate":0,"tokensConsumed":0,"error":{}})"}) {
    EXPECT_TRUE(parse_response(one).refuses_key) << one;
    EXPECT_EQ(parse_response(one).error_type, "unknown") << one;
  }
  for (const char* none : {"{}", "[]", "503", R"({"tokensLeft":0,"refillRate":5})", R"({"tokensLeft":0})",
                           R"({"error":{"type":"invalidParameter"}})",
                           R"({"error":{"type":"notEnoughTokens"},"tokensLeft":0,"refillRate":5})",
                           R"({"error":{"type":"x"},"tokensLeft":-3,"refillRate":"5"})"}) {
    EXPECT_FALSE(parse_response(none).refuses_key) << none;
  }
}

TEST(ResponseFacts, AnAnswerWithoutAnEnvelopeTellsWhatItHas) {
  EXPECT_EQ(parse_response(R"({"tokensConsumed":12,"refillRate":5})").consumed, tokens(12));
  EXPECT_EQ(parse_response(R"({"error":{"type":"invalidParameter"}})").error_type, "invalidParameter");
  EXPECT_EQ(parse_response(R"({"message":"Forbidden"})").consumed, std::nullopt);
  std::string message = test::message_of(ErrorCode::invalid_response, [] { parse_response("\x1f\x8b\x08"); });
  EXPECT_NE(message.find("--compressed"), std::string::npos) << message;
}

// Keepa's own is less than a minute: one of a day would hold everybody up.
TEST(ResponseFacts, ARefillBeyondAMinuteMakesNoSense) {
  EXPECT_EQ(parse_response(R"({"tokensLeft":9,"refillRate":5,"refillIn":60000})").observation->refill_in,
            std::chrono::minutes(1));
  ResponseFacts odd = parse_response(R"({"tokensLeft":9,"refillRate":5,"refillIn":60001})");
  EXPECT_EQ(odd.observation->refill_in, std::nullopt);
  EXPECT_EQ(odd.observation->ignored, std::vector<std::string>{"refillIn"});
}

}  // namespace
}  // namespace purser::keepa
