#include <SQLiteCpp/Database.h>

#include "xai/verdict_rows.h"
#include "xai/xai_test.h"

namespace purser::xai {
namespace {

using VerdictsTest = XaiTest;

TEST_F(VerdictsTest, ThreeStates) {
  EXPECT_EQ(verdicts_.get(book()), std::nullopt);
  verdicts_.put(book(), false);
  EXPECT_EQ(verdicts_.get(book()), false);  // a hit
  verdicts_.put(book(), true);
  EXPECT_EQ(verdicts_.get(book()), true);
  EXPECT_EQ(verdicts_.stats().entries, 1);
}

TEST_F(VerdictsTest, EveryPartOfTheKeyCounts) {
  verdicts_.put(book(), true);
  Question other = book();
  other.title += " ";
  EXPECT_EQ(verdicts_.get(other), std::nullopt);
  other = book();
  other.category = "Books";
  EXPECT_EQ(verdicts_.get(other), std::nullopt);
  other = book();
  other.season = "-";
  EXPECT_EQ(verdicts_.get(other), std::nullopt);
  other = book();
  other.price = {4991};
  EXPECT_EQ(verdicts_.get(other), std::nullopt);
  other = book();
  other.question = "seasonal";
  EXPECT_EQ(verdicts_.get(other), std::nullopt);
}

TEST_F(VerdictsTest, NoSeparatorJoinsTheParts) {
  verdicts_.put({"a|b", "c", "d", {100}}, true);
  EXPECT_EQ(verdicts_.get({"a", "b|c", "d", {100}}), std::nullopt);
  EXPECT_NE(hash_of({"a", "1:b", "d", {100}}), hash_of({"a1:b", "", "d", {100}}));
}

TEST_F(VerdictsTest, TitlesAsTheyReallyAre) {
  const std::string titles[] = {"",
                                "ich weiss es nicht. | Psychothriller",
                                "\"quoted\" 'it''s'",
                                "emoji \xF0\x9F\x93\x9A",
                                "two\nlines",
                                "Pala\xCC\x88ste",
                                "Pal\xC3\xA4ste",
                                std::string(400, 'x'),
                                std::string(16 * 1024, 'y'),
                                "%_*?",
                                "-1",
                                "NULL"};
  bool verdict = false;
  for (const std::string& title : titles) verdicts_.put(book(title), verdict = !verdict);
  verdict = false;
  for (const std::string& title : titles) EXPECT_EQ(verdicts_.get(book(title)), verdict = !verdict) << title;
  EXPECT_EQ(verdicts_.stats().entries, static_cast<std::int64_t>(std::size(titles)));
}

TEST_F(VerdictsTest, ManyAtOnceAreAnsweredInTheirOrder) {
  std::vector<Question> questions;
  std::vector<std::optional<bool>> expected;
  for (int i = 0; i < 2500; ++i) {  // more than one read transaction holds
    questions.push_back(book(std::to_string(i)));
    expected.push_back(i % 3 == 0 ? std::optional<bool>() : i % 3 == 1);
    if (expected.back()) verdicts_.put(questions.back(), *expected.back());
  }
  EXPECT_EQ(verdicts_.get_all(questions), expected);
  EXPECT_TRUE(verdicts_.get_all({}).empty());
  verdicts_.store_counts();
  EXPECT_EQ(verdicts_.stats().hits, 1666);
  EXPECT_EQ(verdicts_.stats().misses, 834);
  questions.push_back(book("\xC3"));
  EXPECT_PURSER_ERROR(ErrorCode::invalid_text, verdicts_.get_all(questions));
}

TEST_F(VerdictsTest, BadKeysAreRefusedAndNothingIsStored) {
  std::string nul("a\0b", 3);
  EXPECT_PURSER_ERROR(ErrorCode::invalid_text, verdicts_.put(book(nul), true));
  EXPECT_PURSER_ERROR(ErrorCode::invalid_text, verdicts_.get(book("\xC3")));
  EXPECT_PURSER_ERROR(ErrorCode::usage, verdicts_.put(book(std::string(16 * 1024 + 1, 'x')), true));
  Question negative = book();
  negative.price = {-1};
  EXPECT_PURSER_ERROR(ErrorCode::usage, verdicts_.put(negative, true));
  EXPECT_EQ(verdicts_.stats().entries, 0);
}

TEST_F(VerdictsTest, AKeyWhoseHashIsTakenStandsBeside) {
  // Somebody else's row at the hash of our key: a collision, made by hand.
  SQLite::Database shell(folder_.file("purser.db").string(), SQLite::OPEN_READWRITE);
  shell.exec(
      "INSERT INTO xai_verdict (id, question, title, category, season, price_cents, verdict, stored_at_ms) "
      "VALUES (" +
      std::to_string(hash_of(book())) + ", 'q', 'other', 'c', 's', 1, 1, 1)");
  EXPECT_EQ(verdicts_.get(book()), std::nullopt);
  verdicts_.put(book(), false);
  EXPECT_EQ(verdicts_.get(book()), false);
  verdicts_.put(book(), true);
  EXPECT_EQ(verdicts_.get(book()), true);
  EXPECT_EQ(verdicts_.stats().entries, 2);
}

TEST_F(VerdictsTest, PruneRemovesWhatIsOlder) {
  for (int i = 0; i < 1200; ++i) verdicts_.put(book(std::to_string(i)), true);
  clock_.advance(hours(48));
  verdicts_.put(book("new"), true);
  EXPECT_EQ(verdicts_.prune(hours(49)), 0);
  EXPECT_EQ(verdicts_.prune(hours(24)), 1200);
  EXPECT_EQ(verdicts_.get(book("new")), true);
}

TEST_F(VerdictsTest, EachKnowsTheModelThatGaveIt) {
  verdicts_.put(book("by hand"), true);
  verdicts_.answer(claimed(book("asked")).flight, false, "grok-4.3", {.calls = 1});
  auto all = verdicts_.list();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(verdicts_.list({.model = "grok-4.3"}).size(), 1U);
  EXPECT_EQ(verdicts_.list({.model = "grok-4.3"})[0].question.title, "asked");
  EXPECT_EQ(verdicts_.list({.model = "grok-4.5"}).size(), 0U);
  EXPECT_EQ(verdicts_.list({.question = "price_reasonable"}).size(), 2U);
  EXPECT_EQ(verdicts_.list({.question = "another"}).size(), 0U);
  for (const CachedVerdict& cached : all)
    EXPECT_EQ(cached.model,
              cached.question.title == "asked" ? std::optional<std::string>("grok-4.3") : std::nullopt);
  EXPECT_PURSER_ERROR(ErrorCode::usage, verdicts_.list({.last = 0}));
}

TEST_F(VerdictsTest, TheNewestAreListedLast) {
  for (int i = 0; i < 5; ++i) {
    verdicts_.put(book(std::to_string(i)), true);
    clock_.advance(seconds(1));
  }
  auto last = verdicts_.list({.last = 2});
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[0].question.title, "3");
  EXPECT_EQ(last[1].question.title, "4");
  EXPECT_EQ(last[1].question.category, book().category);
  EXPECT_EQ(last[1].question.price, book().price);
}

TEST_F(VerdictsTest, PruneRemovesWhatOneModelGave) {
  for (int i = 0; i < 1200; ++i) verdicts_.put(book("old " + std::to_string(i)), true, "grok-3");
  verdicts_.put(book("new"), true, "grok-4.3");
  verdicts_.put(book("imported"), true);
  clock_.advance(hours(2));
  verdicts_.put(book("late"), true, "grok-3");
  EXPECT_EQ(verdicts_.prune({.older_than = hours(1), .model = "grok-3"}), 1200);
  EXPECT_EQ(verdicts_.prune({.model = "grok-3"}), 1);
  EXPECT_EQ(verdicts_.prune({.model = "grok-3"}), 0);
  EXPECT_EQ(verdicts_.stats().entries, 2);
  EXPECT_PURSER_ERROR(ErrorCode::usage, verdicts_.prune(PruneFilter{}));
}

TEST_F(VerdictsTest, OneIsDeletedByItsKey) {
  verdicts_.put(book(), true);
  verdicts_.put(book("another"), true);
  EXPECT_TRUE(verdicts_.remove(book()));
  EXPECT_FALSE(verdicts_.remove(book()));
  EXPECT_EQ(verdicts_.get(book()), std::nullopt);
  EXPECT_EQ(verdicts_.get(book("another")), true);
}

TEST_F(VerdictsTest, AnOldOneIsAskedAnewByWhoSaysSo) {
  verdicts_.put(book(), true);
  clock_.advance(hours(24));
  EXPECT_TRUE(std::holds_alternative<Hit>(verdicts_.claim(book(), {.max_age = hours(24)})));
  clock_.advance(seconds(1));
  EXPECT_TRUE(std::holds_alternative<Hit>(verdicts_.claim(book())));
  auto outcome = verdicts_.claim(book(), {.max_age = hours(24)});
  verdicts_.answer(std::get<Claimed>(outcome).flight, false, "grok-5", {});
  EXPECT_EQ(verdicts_.get(book()), false);
  EXPECT_EQ(verdicts_.list()[0].model, "grok-5");
  EXPECT_TRUE(std::holds_alternative<Hit>(verdicts_.claim(book(), {.max_age = hours(24)})));
  clock_.jump(-hours(24 * 365));  // stored by a clock that was ahead: it is not young for a year
  EXPECT_TRUE(std::holds_alternative<Claimed>(verdicts_.claim(book(), {.max_age = hours(24)})));
  EXPECT_PURSER_ERROR(ErrorCode::usage, verdicts_.claim(book(), {.max_age = -seconds(1)}));
}

// --- Refused for its content ---------------------------------------------------------------------------

TEST_F(VerdictsTest, ARefusalOfTheContentIsRememberedForThirtyDays) {
  verdicts_.abandon(claimed(book()).flight,
                    {.failure = "refused_content", .model = "grok-4.3", .refused_content = true});
  EXPECT_EQ(calls(), 1);
  for (int day = 0; day < 30; ++day) {
    auto denied = std::get<Denied>(verdicts_.claim(book()));
    EXPECT_EQ(denied.reason, DenyReason::refused_content);
    EXPECT_EQ(denied.retry_at, clock_.now() + hours(24 * (30 - day)));
    clock_.advance(hours(24));
  }
  clock_.advance(seconds(1));
  EXPECT_TRUE(std::holds_alternative<Claimed>(verdicts_.claim(book())));
}

TEST_F(VerdictsTest, ARefusalIsNoVerdictAndIsSeenAndDeleted) {
  verdicts_.abandon(claimed(book()).flight, {.model = "grok-4.3", .refused_content = true});
  EXPECT_EQ(verdicts_.get(book()), std::nullopt);
  EXPECT_EQ(verdicts_.get_all({book()}), std::vector<std::optional<bool>>{std::nullopt});
  EXPECT_EQ(verdicts_.stats().entries, 0);
  EXPECT_EQ(verdicts_.stats().newest_at, std::nullopt);
  auto all = verdicts_.list({.model = "grok-4.3"});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].verdict, std::nullopt);
  EXPECT_EQ(all[0].refused_at, clock_.now());
  EXPECT_TRUE(verdicts_.remove(book()));
  EXPECT_TRUE(std::holds_alternative<Claimed>(verdicts_.claim(book())));
}

TEST_F(VerdictsTest, AVerdictOutlivesARefusalAndReplacesOne) {
  verdicts_.put(book(), false);
  clock_.advance(hours(48));
  auto anew = std::get<Claimed>(verdicts_.claim(book(), {.max_age = hours(24)}));
  verdicts_.abandon(anew.flight, {.refused_content = true});
  EXPECT_EQ(std::get<Hit>(verdicts_.claim(book())).verdict, false);
  EXPECT_EQ(std::get<Denied>(verdicts_.claim(book(), {.max_age = hours(24)})).reason,
            DenyReason::refused_content);
  verdicts_.put(book(), true);
  EXPECT_EQ(verdicts_.list()[0].refused_at, std::nullopt);
  EXPECT_EQ(std::get<Hit>(verdicts_.claim(book(), {.max_age = hours(24)})).verdict, true);
}

TEST_F(VerdictsTest, ALateRefusalDoesNotUndoANewerAnswer) {
  std::string late = claimed(book()).flight;
  clock_.advance(seconds(70));
  verdicts_.answer(claimed(book()).flight, true);
  verdicts_.abandon(late, {.refused_content = true});
  EXPECT_EQ(verdicts_.list()[0].refused_at, std::nullopt);
}

TEST_F(VerdictsTest, WhoIsDeniedAndAssumesIsCounted) {
  quota_.set_limit(0);
  static_cast<void>(verdicts_.claim(book(), {.assumes = true}));
  static_cast<void>(verdicts_.claim(book(), {.assumes = false}));
  EXPECT_EQ(quota_.status().assumed, 1);
  verdicts_.count_assumed();
  verdicts_.store_counts();
  EXPECT_EQ(quota_.status().assumed, 2);
  EXPECT_EQ(quota_.days(1)[0].assumed, 2);
  clock_.advance(hours(24));
  EXPECT_EQ(quota_.status().assumed, 0);
  EXPECT_FALSE(granted());
  EXPECT_EQ(quota_.status().assumed, 0);
}

TEST_F(VerdictsTest, LookupsAreCountedWithTheNextWrite) {
  verdicts_.put(book(), true);
  for (int i = 0; i < 5; ++i) verdicts_.get(book());
  verdicts_.get(book("unknown"));
  EXPECT_EQ(verdicts_.stats().hits, 0);
  verdicts_.put(book("another"), true);
  EXPECT_EQ(verdicts_.stats().hits, 5);
  EXPECT_EQ(verdicts_.stats().misses, 1);
  verdicts_.get(book());
  verdicts_.store_counts();
  verdicts_.store_counts();
  EXPECT_EQ(verdicts_.stats().hits, 6);
}

TEST_F(VerdictsTest, AHitTakesNoLock) {
  verdicts_.put(book(), false);
  SQLite::Database shell(folder_.file("purser.db").string(), SQLite::OPEN_READWRITE);
  shell.exec("BEGIN IMMEDIATE");
  EXPECT_EQ(verdicts_.get(book()), false);
  EXPECT_TRUE(std::holds_alternative<Hit>(verdicts_.claim(book())));
  shell.exec("ROLLBACK");
}

TEST_F(VerdictsTest, PricesAreDecimalsWithTwoPlaces) {
  EXPECT_EQ(parse_price("49.9"), parse_price("49.90"));
  EXPECT_EQ(parse_price("0"), Cents{});
  EXPECT_EQ(to_string(Cents{4990}), "49.90");
  for (const char* wrong :
       {"", "49.999", "49.900", "-1", "+1", "1e3", "49,90", "49.", ".5", " 1", "nan", "1000000000.01"}) {
    EXPECT_EQ(parse_price(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace purser::xai
