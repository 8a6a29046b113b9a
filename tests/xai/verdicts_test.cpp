#include <SQLiteCpp/Database.h>

#include "xai/verdict_rows.h"
#include "xai/xai_test.h"

namespace purser::xai {
namespace {

using test::error_of;
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
  EXPECT_EQ(error_of([&] { verdicts_.get_all(questions); }), ErrorCode::invalid_text);
}

TEST_F(VerdictsTest, BadKeysAreRefusedAndNothingIsStored) {
  std::string nul("a\0b", 3);
  EXPECT_EQ(error_of([&] { verdicts_.put(book(nul), true); }), ErrorCode::invalid_text);
  EXPECT_EQ(error_of([&] { verdicts_.get(book("\xC3")); }), ErrorCode::invalid_text);
  EXPECT_EQ(error_of([&] { verdicts_.put(book(std::string(16 * 1024 + 1, 'x')), true); }), ErrorCode::usage);
  Question negative = book();
  negative.price = {-1};
  EXPECT_EQ(error_of([&] { verdicts_.put(negative, true); }), ErrorCode::usage);
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
