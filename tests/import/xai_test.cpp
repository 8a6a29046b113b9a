// xai_token_state.json, xai_cache.json and settings.json: what comes in, and what is refused.
#include "import/import_test.h"
#include "import/sources.h"

namespace purser {
namespace {

using legacy::parse_legacy_key;

// --- The keys ------------------------------------------------------------------------------------------

struct KeyCase {
  const char *key, *title, *category, *season;
  std::int64_t cents;
  int generation;
};

TEST(LegacyKeys, AreTakenApartFromTheRight) {
  for (const KeyCase& c : {
           KeyCase{"Eragon|Books > Fantasy|Sep|12.34", "Eragon", "Books > Fantasy", "Sep", 1234, 1},
           KeyCase{"Eragon|Books|-|0.50|Paperback|Current Rank: 7250467", "Eragon", "Books", "-", 50, 2},
           KeyCase{"Eragon|Books|-|0.50|Paperback|N/A", "Eragon", "Books", "-", 50, 3},
           KeyCase{"Eragon|Books|Jan|9.99|up|12.5", "Eragon", "Books", "Jan", 999, 3},
           KeyCase{"Eragon|Books|Jan|9.99|up|12.50", "Eragon", "Books", "Jan", 999, 3},
           KeyCase{"Eragon|Books|Jan|9.99|Paperback|Current Rank: 1|up|12.50", "Eragon", "Books", "Jan", 999,
                   3},
           // Bars in the title, which may look like a key itself.
           KeyCase{"weiss es nicht. | Psychothriller|Books > Krimi|Sep|9.99",
                   "weiss es nicht. | Psychothriller", "Books > Krimi", "Sep", 999, 1},
           KeyCase{"a | b | c|Books|Oct|3.19|Hardcover|Current Rank: 5", "a | b | c", "Books", "Oct", 319, 2},
           KeyCase{"1|2.00|Books|Oct|3.19", "1|2.00", "Books", "Oct", 319, 1},
           KeyCase{"|Books|Oct|3.19", "", "Books", "Oct", 319, 1},
           // Bars in the rank.
           KeyCase{"a|Books|Oct|3.19|Hardcover|Rank: 5|in 2.00|Books", "a", "Books", "Oct", 319, 2},
           KeyCase{"a|Books|Oct|3.19|Hardcover|Rank: 5|x", "a", "Books", "Oct", 319, 2},
           // Another category is believed where only one price makes sense.
           KeyCase{"a|Toys & Games|Oct|3.19", "a", "Toys & Games", "Oct", 319, 1},
           KeyCase{"a|Toys|Oct|3.19|up|12.50", "a", "Toys", "Oct", 319, 3},
           KeyCase{"a | b|Toys|Oct|3.19", "a | b", "Toys", "Oct", 319, 1},
           KeyCase{"a||-|3.19", "a", "", "-", 319, 1},
       }) {
    auto parsed = parse_legacy_key(c.key);
    ASSERT_TRUE(parsed) << c.key;
    EXPECT_EQ(parsed->question.title, c.title) << c.key;
    EXPECT_EQ(parsed->question.category, c.category) << c.key;
    EXPECT_EQ(parsed->question.season, c.season) << c.key;
    EXPECT_EQ(parsed->question.price.count, c.cents) << c.key;
    EXPECT_EQ(parsed->generation, c.generation) << c.key;
  }
}

TEST(LegacyKeys, WhatIsNoneIsNotGuessed) {
  for (const char* key :
       {"", "|", "|||", "a|Books|Sep|", "a|Books|Sep|12", "a|Books|Sep|12.3", "a|Books|Sep|12.345",
        "a|Books|Sep|.50", "a|Books|Sep|-1.00", "a|Books|Sep|1.00|one field more", "Books|Sep|1.00",
        "a|Books|Sep|N/A", "a|Books|Sep|99999999999999999999.00", "a|b|c|1.00|d|2.00",
        "a|Books|Sep|1.00|Books|Sep|2.00"}) {
    EXPECT_FALSE(parse_legacy_key(key)) << key;
  }
}

// --- xai_cache.json ------------------------------------------------------------------------------------

class ImportCache : public ImportTest {
 protected:
  ImportReport import_cache(const std::string& json) {
    return import_one({.xai_cache = make("cache.json", json)});
  }
  std::optional<bool> verdict(const std::string& title, std::int64_t cents = 999) {
    return verdicts_.get({.title = title, .category = "Books", .season = "Sep", .price = {cents}});
  }
  static std::string key(const std::string& title) {
    return std::string("\"reasonableness:") + title + "|Books|Sep|9.99\": ";
  }

  xai::Verdicts verdicts_{database_};
};

TEST_F(ImportCache, VerdictsAndBooleansComeIn) {
  auto report = import_cache("\xEF\xBB\xBF{" + key("a") + "\"True\", " + key("b") + "\"False\", " + key("c") +
                             "true, " + key("d") + "false, \"seasonality:e|Books|x\": \"Year-round\"}");
  EXPECT_EQ(report.entries, 5);
  EXPECT_EQ(report.imported, 4);
  EXPECT_EQ(skipped(report, "seasonality"), 1);
  EXPECT_EQ(verdict("a"), true);
  EXPECT_EQ(verdict("b"), false);
  EXPECT_EQ(verdict("c"), true);
  EXPECT_EQ(verdict("d"), false);
}

TEST_F(ImportCache, WhatIsNoVerdictIsToldAndTheRestComesIn) {
  auto report = import_cache(std::string("{") + key("good") + "\"True\", " + key("null") + "null, " +
                             key("one") + "1, " + key("maybe") + "\"Maybe\", " + key("deep") +
                             "{\"reasonableness:x|Books|Sep|1.00\": "
                             "[\"True\"]}, \"reasonableness:no price\": \"True\", \"other:x\": 1e5, " +
                             key("nul\\u0000") + "\"True\", " + key(std::string(20'000, 'x')) + "\"True\"}");
  EXPECT_EQ(report.entries, 9);
  EXPECT_EQ(report.imported, 1);
  EXPECT_EQ(skipped(report, "no_verdict"), 4);
  EXPECT_EQ(skipped(report, "malformed_key"), 1);
  EXPECT_EQ(skipped(report, "unknown_kind"), 1);
  EXPECT_EQ(skipped(report, "not_storable"), 2);
  EXPECT_EQ(examples(report, "malformed_key"), "reasonableness:no price\n");
}

TEST_F(ImportCache, OfKeysThatAreOneNowTheLastHolds) {
  auto report = import_cache(
      "{\"reasonableness:a|Books|Sep|9.99\": \"True\", \"reasonableness:a|Books|Sep|9.99|Paperback|Rank 1\": "
      "\"False\", \"reasonableness:b|Books|Sep|9.99|Paperback|Rank 2\": \"False\", "
      "\"reasonableness:b|Books|Sep|9.99|up|N/A\": \"False\", \"reasonableness:a|Books|Sep|09.99\": "
      "\"False\"}");
  EXPECT_EQ(report.imported, 2);
  EXPECT_EQ(skipped(report, "contradicted"), 1);
  EXPECT_EQ(skipped(report, "repeated"), 2);
  EXPECT_NE(examples(report, "contradicted").find("a (Sep, 9.99): true, later false"), std::string::npos);
  EXPECT_EQ(verdict("a"), false);
  EXPECT_EQ(verdict("b"), false);
}

// As Python does it, which keeps the place of the first and the value of the last.
TEST_F(ImportCache, OfAKeyTwiceInTheFileTheLastHolds) {
  auto report = import_cache(std::string("{") + key("a") + "\"True\", " + key("a") + "\"False\"}");
  EXPECT_EQ(report.entries, 2);
  EXPECT_EQ(skipped(report, "contradicted"), 1);
  EXPECT_EQ(verdict("a"), false);
}

TEST_F(ImportCache, BytesStayAsTheyAre) {
  import_cache(std::string("{") + key("Pala\\u0308ste") + "\"True\", " + key("Pal\xC3\xA4ste") +
               "\"False\", " + key("\\ud83d\\ude00 \\\"quoted\\\"") + "\"True\"}");
  EXPECT_EQ(verdict("Pala\xCC\x88ste"), true);
  EXPECT_EQ(verdict("Pal\xC3\xA4ste"), false);
  EXPECT_EQ(verdict("\xF0\x9F\x98\x80 \"quoted\""), true);
}

TEST_F(ImportCache, WhatTheDatabaseHasStays) {
  verdicts_.put({.title = "a", .category = "Books", .season = "Sep", .price = {999}}, true);
  verdicts_.put({.title = "b", .category = "Books", .season = "Sep", .price = {999}}, true);
  auto report = import_cache(std::string("{") + key("a") + "\"True\", " + key("b") + "\"False\", " +
                             key("c") + "\"True\"}");
  EXPECT_EQ(report.imported, 1);
  EXPECT_EQ(report.already_there, 1);
  EXPECT_EQ(skipped(report, "answered_since"), 1);
  EXPECT_EQ(verdict("b"), true);
}

TEST_F(ImportCache, TheyAreAsOldAsTheFileButNeverOfTomorrow) {
  auto now = std::filesystem::file_time_type::clock::now();
  for (bool ahead : {false, true}) {
    clock_.set(std::chrono::floor<Duration>(std::chrono::system_clock::now()));
    auto file = make("cache.json", std::string("{") + key(ahead ? "ahead" : "old") + "\"True\"}");
    std::filesystem::last_write_time(file, now + (ahead ? hours(10) : hours(-10)));
    import_one({.xai_cache = file});
  }
  auto stats = verdicts_.stats();
  EXPECT_LT(*stats.oldest_at, clock_.now() - hours(9));
  EXPECT_EQ(*stats.newest_at, clock_.now());
}

// Who asked before the import knows better than the file.
TEST_F(ImportCache, AnAnswerUnderWayIsStoredOverIt) {
  xai::Question question{.title = "a", .category = "Books", .season = "Sep", .price = {999}};
  auto claimed = verdicts_.claim(question);
  import_cache(std::string("{") + key("a") + "\"True\"}");
  EXPECT_TRUE(verdicts_.answer(std::get<xai::Claimed>(claimed).flight, false));
  EXPECT_EQ(verdict("a"), false);
}

TEST_F(ImportCache, AnEmptyObjectIsFineAndAForeignOneIsNot) {
  EXPECT_EQ(import_cache("{}").entries, 0);
  expect_refused({.xai_cache = make("cache.json", R"({"prep_fee_per_book": 2.75})")},
                 ErrorCode::invalid_import, "is this its xai_cache.json?");
}

// --- xai_token_state.json ------------------------------------------------------------------------------

class ImportState : public ImportTest {
 protected:
  std::filesystem::path state(const std::string& date, const std::string& calls) {
    return make("state.json", R"({"last_reset_date": ")" + date + R"(", "calls_today": )" + calls + "}");
  }
  ImportReport import_state(const std::string& date, const std::string& calls) {
    return import_one({.xai_state = state(date, calls)});
  }
  xai::Quota quota_{database_};
};

TEST_F(ImportState, OfTheSameDayTheLargerCountHolds) {
  for (int i = 0; i < 5; ++i) static_cast<void>(quota_.acquire());
  EXPECT_EQ(import_state("2026-01-01", "5").already_there, 1);
  EXPECT_EQ(import_state("2026-01-01", "4").already_there, 1);
  EXPECT_EQ(quota_.status().calls_today, 5);
  auto report = import_state("2026-01-01", "21");
  EXPECT_EQ(report.imported, 1);
  EXPECT_EQ(report.changes, std::vector<std::string>{"calls of 2026-01-01: 21, were 5"});
  EXPECT_EQ(quota_.status().calls_today, 21);
  EXPECT_EQ(shell_.number("SELECT count FROM xai_unit WHERE kind = 'stated' AND purpose = 'import'"), 16);
  EXPECT_TRUE(quota_.verify());
}

TEST_F(ImportState, ADayThatNobodyHasBegunIsBegunByIt) {
  EXPECT_EQ(import_state("2026-01-01", "1000").imported, 1);
  EXPECT_TRUE(std::holds_alternative<xai::UnitDenied>(quota_.acquire()));
  clock_.advance(hours(24));
  EXPECT_TRUE(std::holds_alternative<xai::UnitGranted>(quota_.acquire()));
  EXPECT_TRUE(quota_.verify());
}

TEST_F(ImportState, ADayThatIsOverAndOneNeverUsedAreSkipped) {
  EXPECT_EQ(skipped(import_state("2025-12-31", "21"), "day_is_over"), 1);
  EXPECT_EQ(skipped(import_state("1970-01-01", "0"), "never_used"), 1);
  EXPECT_EQ(quota_.status().calls_today, 0);
}

TEST_F(ImportState, ADayToComeIsRefused) {
  expect_refused({.xai_state = state("2026-01-02", "21")}, ErrorCode::invalid_import, "still to come");
  expect_refused({.xai_state = state("9999-12-31", "0")}, ErrorCode::invalid_import, "still to come");
  quota_.set_time_zone("Pacific/Auckland");
  clock_.advance(hours(12));  // tomorrow there
  EXPECT_EQ(import_state("2026-01-02", "21").imported, 1);
  EXPECT_EQ(quota_.status().calls_today, 21);
}

// A clock that was wrong once has begun a later day: today is over for the quota.
TEST_F(ImportState, ADayBeforeTheOneThatIsCountedIsOver) {
  clock_.jump(hours(240));
  static_cast<void>(quota_.acquire());
  clock_.jump(-hours(240));
  EXPECT_EQ(skipped(import_state("2026-01-01", "21"), "day_is_over"), 1);
}

TEST_F(ImportState, MalformedOnesAreRefused) {
  for (const char* date : {"", "2026-1-1", "2026-02-30", "yesterday", "20260101"}) {
    expect_refused({.xai_state = state(date, "1")}, ErrorCode::invalid_import, "last_reset_date is no day");
  }
  for (const char* calls : {"-1", "1.0", "\"21\"", "null", "true", "[]", "1000000001", "99999999999999999999",
                            "-99999999999999999999", "1e300"}) {
    expect_refused({.xai_state = state("2026-01-01", calls)}, ErrorCode::invalid_import,
                   "calls_today is no whole");
  }
  expect_refused({.xai_state = state("2026-01-01", "1e999")}, ErrorCode::invalid_import, "line 1, byte");
  expect_refused({.xai_state = make("state.json", R"({"calls_today": 1})")}, ErrorCode::invalid_import,
                 "has no last_reset_date");
}

// --- settings.json -------------------------------------------------------------------------------------

class ImportSettings : public ImportTest {
 protected:
  ImportReport import_settings(const std::string& json) {
    return import_one({.settings = make("settings.json", json)});
  }
  xai::Quota quota_{database_};
};

TEST_F(ImportSettings, TheDailyLimitAloneComesIn) {
  quota_.stop_for_today();
  auto report =
      import_settings(R"({"prep_fee_per_book": 2.5, "max_xai_calls_per_day": 250, "tax_exempt": false})");
  EXPECT_EQ(report.imported, 1);
  EXPECT_EQ(examples(report, "not_ours"), "prep_fee_per_book\ntax_exempt\n");
  EXPECT_EQ(quota_.status().daily_limit, 250);
  EXPECT_TRUE(quota_.status().no_credits);  // that xAI has none is not the file's to say
  EXPECT_EQ(import_settings(R"({"max_xai_calls_per_day": 0})").imported, 1);
  EXPECT_EQ(quota_.status().daily_limit, 0);
}

TEST_F(ImportSettings, WhatIsNoLimitIsRefused) {
  for (const char* value : {"-1", "1000.0", "\"1000\"", "null", "{}", "1e3", "10000000000"}) {
    expect_refused(
        {.settings = make("settings.json", std::string(R"({"max_xai_calls_per_day": )") + value + "}")},
        ErrorCode::invalid_import, "is no whole number");
  }
  expect_refused({.settings = make("settings.json", R"({"a": {"max_xai_calls_per_day": 5}})")},
                 ErrorCode::invalid_import, "settings.json: has no max_xai_calls_per_day");
}

// --- All JSON files ------------------------------------------------------------------------------------

TEST_F(ImportTest, ABrokenJsonFileIsRefusedWithItsPlace) {
  struct Broken {
    std::string text, fragment;
  };
  std::string deep(200'000, '[');
  for (const Broken& broken : {Broken{"{\n\"a\": 1,\n", "line 3"},
                               {"{\"a\": \"tr", "line 1, byte 10"},
                               {"not json", "byte 2"},
                               {"[1, 2]", "no object"},
                               {"\"text\"", "no object"},
                               {"{\"a\": \"\xFF\"}", "line 1, byte 8"},
                               {"{} {}", "byte 4"},
                               {"{\"a\": \"\\ud800\"}", "byte"},
                               {deep, "byte"},
                               {std::string("{\"a\": ") + deep, "byte"},
                               {std::string(600, '\0'), "byte 1"}}) {
    auto file = make("file.json", broken.text);
    for (const ImportFiles& files :
         {ImportFiles{.xai_state = file}, ImportFiles{.xai_cache = file}, ImportFiles{.settings = file}}) {
      expect_refused(files, ErrorCode::invalid_import, broken.fragment);
      expect_refused(files, ErrorCode::invalid_import, file.string());
    }
  }
}

TEST_F(ImportTest, DepthIsNoDanger) {
  std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  auto report = import_one(
      {.settings = make("s.json", std::string("{\"a\": ") + deep + ", \"max_xai_calls_per_day\": 7}")});
  EXPECT_EQ(report.imported, 1);
  EXPECT_EQ(report.entries, 2);
}

}  // namespace
}  // namespace purser
