// What the xai verbs do not take: the message, the exit status, and a state that has not changed.
#include <algorithm>

#include "cli/xai_command_test.h"

namespace purser::test {
namespace {

class XaiBadInputTest : public XaiCommandTest {
 protected:
  void SetUp() override {
    init();
    put(book(), "false");
    answer({"xai", "acquire"});
    answer({"xai", "limit", "12"});
  }
  // With the key's option `name` as `value`.
  static Words with(const std::string& name, const std::string& value) {
    Words words = book() + Words{"--question", "price_reasonable"};
    *(std::find(words.begin(), words.end(), name) + 1) = value;
    return words;
  }
  void expect_key_refused(const Words& key, int exit_status, const std::string& code,
                          const std::string& fragment) const {
    expect_refused(Words{"xai", "cache", "get"} + key, exit_status, code, fragment);
    expect_refused(Words{"xai", "cache", "put", "--verdict", "true"} + key, exit_status, code, fragment);
    expect_refused(Words{"xai", "claim"} + key, exit_status, code, fragment);
  }
};

TEST_F(XaiBadInputTest, ALimitIsAWholeNumber) {
  Json before = state();
  for (const char* limit : {"-1", "1.5", "", "abc", "1e3", "0x10", " 5", "+5", "inf", "99999999999999999999",
                            "1000000001", "12 "}) {
    expect_refused({"xai", "limit", limit}, 64, "usage", "N takes a whole number from 0 to 1000000000");
  }
  expect_no_change(before);
  EXPECT_EQ(before["status"]["daily_limit"], 12);
}

TEST_F(XaiBadInputTest, APriceIsDollarsAndCents) {
  for (const char* price :
       {"", "49.905", "-1", "$5", "1,5", "1e2", "abc", "5 ", "1000000000.01", "inf", "nan"}) {
    expect_key_refused(
        with("--price", price), 64, "usage",
        "--price takes US dollars from 0 to 1000000000 with at most two decimals (49.9, 49.90)");
  }
}

TEST_F(XaiBadInputTest, TextThatIsNotUtf8) {
  for (const char* text : {"\xff", "caf\xe9", "\xed\xa0\x80"}) {
    for (const char* part : {"--title", "--category", "--season", "--question"}) {
      expect_key_refused(with(part, text), 65, "invalid_text", "UTF-8");
    }
    expect_refused({"xai", "acquire", "--for", text}, 65, "invalid_text", "UTF-8");
    expect_refused({"xai", "acquire", "--bypass", "--for", text}, 65, "invalid_text", "UTF-8");
    expect_refused(Words{"xai", "claim"} + book("new") + Words{"--for", text}, 65, "invalid_text", "UTF-8");
    expect_refused({"xai", "release", text}, 65, "invalid_text", "UTF-8");
    expect_refused({"xai", "answer", text, "--verdict", "true"}, 65, "invalid_text", "UTF-8");
    expect_refused({"xai", "time-zone", text}, 65, "invalid_text", "UTF-8");
  }
}

TEST_F(XaiBadInputTest, PartsOfTheKeyAreAllGiven) {
  for (std::size_t i = 0; i < book().size(); i += 2) {
    Words key = book();
    std::string name = key[i];
    key.erase(key.begin() + static_cast<std::ptrdiff_t>(i), key.begin() + static_cast<std::ptrdiff_t>(i) + 2);
    expect_key_refused(key, 64, "usage", "needs " + name + " ");
  }
  expect_key_refused(with("--question", ""), 64, "usage", "question");
  expect_key_refused(with("--question", "a\nb"), 64, "usage", "question");
  expect_key_refused(with("--title", std::string(16 * 1024 + 1, 'x')), 64, "usage", "title: has 16385 bytes");
}

TEST_F(XaiBadInputTest, VerdictsAreTrueOrFalse) {
  for (const char* verdict : {"True", "1", "yes", "", "null"}) {
    expect_refused(Words{"xai", "cache", "put", "--verdict", verdict} + book(), 64, "usage",
                   "--verdict is true or false");
    expect_refused({"xai", "answer", "0123", "--verdict", verdict}, 64, "usage",
                   "--verdict is true or false");
  }
  expect_refused(Words{"xai", "cache", "put"} + book(), 64, "usage", "needs --verdict true|false");
  expect_refused({"xai", "answer", "0123"}, 64, "usage", "needs --verdict true|false");
  expect_refused(Words{"xai", "cache", "get", "--verdict", "true"} + book(), 64, "usage",
                 "no option '--verdict'");
}

TEST_F(XaiBadInputTest, IdsThatAreNone) {
  for (const char* id : {"deadbeef", "-25", "", "not hex", "'; DROP TABLE xai_unit; --"}) {
    expect_refused({"xai", "release", id}, 1, "unknown_grant", "unit");
    expect_refused({"xai", "answer", id, "--verdict", "true"}, 1, "unknown_flight", "flight");
    expect_refused({"xai", "abandon", id}, 1, "unknown_flight", "flight");
    expect_refused({"xai", "abandon", id, "--never-sent"}, 1, "unknown_flight", "flight");
  }
  std::string grant = answer({"xai", "acquire"})["grant"];
  expect_refused({"xai", "answer", grant, "--verdict", "true"}, 1, "unknown_flight", "flight");
}

TEST_F(XaiBadInputTest, TimeZonesThatAreNone) {
  for (const char* zone : {"Nowhere/Land", "Europe/berlin", "UTC+1", "Europe", "../../etc/passwd", "UTC "}) {
    expect_refused({"xai", "time-zone", zone}, 78, "unknown_time_zone", "such as Europe/Berlin");
  }
  expect_refused({"xai", "time-zone", ""}, 64, "usage", "time zone");
  EXPECT_EQ(status()["time_zone"], "UTC");
}

TEST_F(XaiBadInputTest, DaysThatCannotBeSet) {
  std::string today = status()["date"];
  auto set_day = [](const std::string& day, const std::string& calls) {
    return Words{"xai", "set-day", day, "--calls", calls, "--yes"};
  };
  for (const char* day : {"", "today", "2026-02-30", "2026-2-3", "20260203", "1969-12-31", "2026-01-01 "}) {
    expect_refused(set_day(day, "1"), 64, "usage", "must be a day such as");
  }
  expect_refused(set_day("9998-12-31", "1"), 64, "usage", "only today can be set");
  for (const char* calls : {"-1", "", "1.5", "many", "1000000001"}) {
    expect_refused(set_day(today, calls), 64, "usage", "--calls takes a whole number from 0");
  }
  expect_refused({"xai", "set-day", today, "--yes"}, 64, "usage", "needs --calls N");
  expect_refused({"xai", "set-day", today, "--calls", "1"}, 64, "usage", "add --yes");
  expect_refused({"xai", "set-day", today, "--calls", "1"}, 64, "usage", "add --yes", "y\n");
}

TEST_F(XaiBadInputTest, DurationsHaveAUnitAndBounds) {
  for (const char* deadline : {"90", "0s", "-5s", "61m", "", "2d"}) {
    expect_refused(Words{"xai", "claim"} + book("new") + Words{"--deadline", deadline}, 64, "usage",
                   "--deadline takes a duration with its unit");
  }
  for (const char* age : {"90", "0d", "", "-1d", "36501d"}) {
    expect_refused({"xai", "cache", "prune", "--older-than", age}, 64, "usage",
                   "--older-than takes a duration with its unit");
  }
  expect_refused({"xai", "cache", "prune"}, 64, "usage",
                 "what is to be removed: --older-than D, or --model M");
}

TEST_F(XaiBadInputTest, PurposesAreNames) {
  for (const std::string& purpose :
       {std::string(201, 'a'), std::string("line\nbreak"), std::string("\x1b[31m")}) {
    expect_refused({"xai", "acquire", "--for", purpose}, 64, "usage", "purpose");
    expect_refused({"xai", "acquire", "--bypass", "--for", purpose}, 64, "usage", "purpose");
    expect_refused(Words{"xai", "claim"} + book("new") + Words{"--for", purpose}, 64, "usage", "purpose");
  }
}

TEST_F(XaiBadInputTest, WithoutADatabase) {
  std::string nowhere = folder_.file("nowhere.db").string();
  for (const Words& words : {Words{"xai", "status"}, Words{"xai", "acquire"}, Words{"xai", "limit", "5"},
                             Words{"xai", "cache", "get"} + book()}) {
    expect_fault(Words{"--db", nowhere} + words, 78, "no_database", "nowhere.db");
  }
}

}  // namespace
}  // namespace purser::test
