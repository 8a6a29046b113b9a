// What is printed of text that came from elsewhere: nothing that a terminal obeys, that reorders a line or
// that cannot be seen, and no line that somebody else made.
#include "purser/frame/printable.h"

#include "cli/command_line_test.h"
#include "json/characters.h"
#include "support/foreign_tool.h"

namespace purser::test {
namespace {

using cli::Colours;

std::string utf8(char32_t code) {
  auto byte = [](char32_t value) { return static_cast<char>(value); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F))};
  if (code < 0x10000)
    return {byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))};
  return {byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F)), byte(0x80 | (code >> 6 & 0x3F)),
          byte(0x80 | (code & 0x3F))};
}

// Not the blanks that are ours.
std::vector<char32_t> unsafe_characters() {
  std::vector<char32_t> all;
  auto add = [&](char32_t first, char32_t last) {
    for (char32_t code = first; code <= last; ++code) all.push_back(code);
  };
  add(0x00, 0x08), add(0x0B, 0x1F), add(0x7F, 0x9F);  // controls: bell, escape, delete, CSI, NEL, …
  add(0x202A, 0x202E), add(0x2066, 0x2069);           // bidirectional overrides and isolates
  add(0x200E, 0x200F), add(0x061C, 0x061C);           // marks of direction
  add(0x2028, 0x2029);                                // line and paragraph separators
  add(0x200B, 0x200D), add(0x2060, 0x2064), add(0xFEFF, 0xFEFF), add(0x00AD, 0x00AD);  // of no width
  add(0xFFF9, 0xFFFB), add(0x3164, 0x3164), add(0xE0000, 0xE007F), add(0xE0100, 0xE01EF);
  return all;
}

std::string between_letters(char32_t code) {
  std::string text = utf8(code);
  text.insert(text.begin(), 'a');
  text.push_back('b');
  return text;
}

TEST(Printable, WhatIsNotSafeBecomesAQuestionMark) {
  for (char32_t code : unsafe_characters()) {
    EXPECT_EQ(cli::printable_lines(between_letters(code)), "a?b") << std::hex << std::uint32_t{code};
    EXPECT_EQ(cli::one_line(between_letters(code)), "a?b") << std::hex << std::uint32_t{code};
  }
}

TEST(Printable, WhatIsSafeStays) {
  for (const char* text : {"", "plain", "Bücher > Roman", "naïve", "東京", "Привет", "שלום", "मराठी",
                           "✅ ⚠️ 🚀", "49.90 €"}) {
    EXPECT_EQ(cli::printable_lines(text), text);
    EXPECT_EQ(cli::one_line(text), text);
    EXPECT_EQ(json::escaped(text), text);
  }
  EXPECT_EQ(cli::printable_lines("a\tb\nc\n"), "a\tb\nc\n");
  EXPECT_EQ(cli::one_line("a\tb\nc"), "a b c");
  EXPECT_EQ(cli::printable_lines("a\r\nb\rc"), "a\nb?c");
}

TEST(Printable, EachByteThatIsNoUtf8IsMarked) {
  for (const char* text : {"a\x9b"
                           "b",
                           "a\xff"
                           "b",
                           "a\xc0"
                           "b",
                           "a\xe2"
                           "b"})
    EXPECT_EQ(cli::one_line(text), "a?b");
  EXPECT_EQ(cli::one_line("\xc0\xaf"), "??");            // an overlong slash
  EXPECT_EQ(cli::one_line("\xed\xa0\x80"), "???");       // half of a pair
  EXPECT_EQ(cli::one_line("\xf4\x90\x80\x80"), "????");  // beyond Unicode
  EXPECT_EQ(cli::one_line("\xe2\x80"), "??");            // cut
}

TEST(Printable, OnlyOurOwnColoursPass) {
  EXPECT_EQ(cli::printable_lines("\x1b[1;32mgranted\x1b[0m", Colours::ours), "\x1b[1;32mgranted\x1b[0m");
  EXPECT_EQ(cli::printable_lines("\x1b[1;32mgranted\x1b[0m"), "?[1;32mgranted?[0m");
  for (const char* foreign : {"\x1b[2J", "\x1b]0;title\a", "\x1b[31m", "\x1b[1;32", "\x1b"}) {
    EXPECT_EQ(cli::printable_lines(foreign, Colours::ours).find('\x1b'), std::string::npos) << foreign;
  }
}

TEST(Printable, JsonEscapesItAndMeansTheSame) {
  for (char32_t code : unsafe_characters()) {
    std::string text = between_letters(code);
    std::string json = json::escaped(Json(text).dump());
    EXPECT_EQ(cli::printable_lines(json), json) << json;
    EXPECT_EQ(Json::parse(json), text) << json;
  }
}

TEST(Printable, WhatIsLongIsCutBetweenCharacters) {
  EXPECT_EQ(cli::shortened("12345", 5), "12345");
  EXPECT_EQ(cli::shortened("123456", 5), "12345…");
  EXPECT_EQ(cli::shortened("1234€", 5), "1234…");
  EXPECT_EQ(cli::in_quotes(std::string(200'000, 'a')), "'" + std::string(80, 'a') + "…'");
  EXPECT_EQ(cli::in_quotes("a\x1b\xe2\x80\xae\x9b"), "'a\\x1b\\xe2\\x80\\xae\\x9b'");
}

TEST(Printable, ColumnsAreThoseOfATerminal) {
  EXPECT_EQ(cli::columns_of("plain"), 5U);
  EXPECT_EQ(cli::columns_of("Bücher"), 6U);
  EXPECT_EQ(cli::columns_of("東京"), 4U);
  EXPECT_EQ(cli::columns_of("e\xcc\x81"), 1U);  // an accent on its letter
  EXPECT_EQ(cli::columns_of("🚀"), 2U);
}

// --- The program ---------------------------------------------------------------------------------------

class PrintedTest : public CommandLineTest {
 protected:
  static void expect_safe(const std::string& text) {
    EXPECT_EQ(cli::printable_lines(text), text)
        << Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
  }
  // What is said is one line, and of a length that somebody reads.
  static void expect_one_line_of_talk(const Finished& done) {
    expect_safe(done.err);
    EXPECT_EQ(lines(done.err).size(), 1U) << done.err;
    EXPECT_EQ(done.err.rfind("purser: ", 0), 0U) << done.err;
    EXPECT_LT(done.err.size(), 9000U);
  }
};

const char kNasty[] =
    "x\x1b[2J\x1b]0;pwned\x07\npurser: warning: all is well\r\xc2\x9b\xe2\x80\xae\xe2\x80\xa8y";

TEST_F(PrintedTest, ArgumentsAndPathsDoNotFakeALine) {
  init_with(55);
  std::string path = folder_.file("").string() + kNasty;
  for (const Words& words :
       {Words{"--db", path, "status"}, Words{"keepa", "settle", kNasty}, Words{"keepa", "release", kNasty},
        Words{"keepa", "observe", "--response", path}, Words{"xai", "release", kNasty},
        Words{"xai", "answer", kNasty, "--verdict", "true"}, Words{"xai", "time-zone", kNasty},
        Words{"xai", "set-day", kNasty, "--calls", "1", "--yes"}, Words{kNasty}, Words{"keepa", kNasty},
        Words{"status", std::string("--") + kNasty}, Words{"--account", kNasty, "keepa", "status"},
        Words{"--account", kNasty, "spapi", "status"}, Words{"--worker", kNasty, "status"},
        Words{"keepa", "acquire", "--task", kNasty, "--cost", "1"}, Words{"import", "--xai-cache", path},
        Words{"restore", path, "--yes"}, Words{"key", "generate", "--file", path + "/no/folder"},
        Words{"keepa", "acquire", "--task", "a", "--cost", kNasty}}) {
    SCOPED_TRACE(Json(words).dump());
    Finished plain = run_purser(words);
    EXPECT_NE(plain.exit_status, 0);
    EXPECT_EQ(plain.out, "");
    expect_one_line_of_talk(plain);
    Finished as_json = run_purser(words + Words{"--json"});
    expect_one_line_of_talk(as_json);
    expect_safe(as_json.out);
    EXPECT_TRUE(Json::parse(as_json.out)["error"]["message"].is_string());
  }
}

TEST_F(PrintedTest, PathsThatHoldLineEndsStayOnTheirLine) {
  std::string path = folder_.file("a\nfake line\x1b[2J").string();
  Finished made = run_purser({"--db", path, "init"});
  EXPECT_EQ(made.exit_status, 0) << made.err;
  expect_safe(made.out);
  EXPECT_EQ(lines(made.out).size(), 1U) << made.out;
  EXPECT_EQ(lines(run_purser({"--db", path, "migrate", "status"}).out)[1].rfind("STEP", 0), 0U);
  Finished copied = run_purser({"--db", path, "backup", path + "-copy"});
  for (const std::string& line : lines(copied.out)) EXPECT_NE(line.rfind("fake", 0), 0U) << copied.out;
  Finished key = run_purser({"key", "generate", "--file", path + "-key"});
  EXPECT_EQ(lines(key.out).size(), 3U) << key.out;
  EXPECT_EQ(Json::parse(run_purser({"--db", path, "init", "--json"}).out)["database"], path);
}

TEST_F(PrintedTest, APathThatIsNoUtf8IsTold) {
  std::string path = folder_.file("no\x9butf8\xff").string();
  expect_one_line_of_talk(run_purser({"--db", path, "status"}));
  Finished done = run_purser({"--db", path, "status", "--json"});
  EXPECT_EQ(done.exit_status, 78);
  EXPECT_EQ(Json::parse(done.out)["error"]["code"], "no_database");
}

TEST_F(PrintedTest, AnEchoOfAHugeArgumentIsCut) {
  init_with(55);
  std::string huge(120'000, 'a');
  for (const Words& words :
       {Words{"keepa", "settle", huge},
        Words{"keepa", "release", huge},
        Words{"xai", "release", huge},
        Words{"xai", "abandon", huge},
        Words{"xai", "answer", huge, "--verdict", "true"},
        Words{"xai", "time-zone", huge},
        Words{"xai", "set-day", huge, "--calls", "1", "--yes"},
        Words{huge},
        Words{"keepa", huge},
        Words{"status", "--" + huge},
        Words{"--account", huge, "keepa", "status"},
        Words{"--account", huge, "spapi", "status"},
        Words{"--worker", huge, "status"},
        Words{"keepa", "acquire", "--task", huge, "--cost", "1"},
        Words{"keepa", "acquire", "--task", "a", "--cost", huge},
        Words{"keepa", "acquire", "--task", "a", "--cost", "1", "--wait", huge},
        Words{"keepa", "policy", "set", huge, "--buffer", "1"},
        Words{"xai", "limit", huge},
        Words{"xai", "cache", "get", "--title", huge, "--category", "c", "--season", "s", "--price", huge},
        Words{"init", "--durability", huge}}) {
    SCOPED_TRACE(words.front().substr(0, 20));
    Finished done = run_purser(words + Words{"--json"});
    EXPECT_NE(done.exit_status, 0);
    EXPECT_LT(done.err.size(), 600U) << done.err.substr(0, 300);
    EXPECT_LT(done.out.size(), 600U);
  }
  Finished path = run_purser({"--db", "/" + huge, "status", "--json"});
  EXPECT_LT(path.err.size(), 9000U);
  EXPECT_LT(path.out.size(), 9000U);
}

TEST_F(PrintedTest, NamesInTheDatabaseAreSafeToLookAt) {
  init_with(300);
  const std::string name =
      "evil\xc2\x9b"
      "31m\xe2\x80\xae\xe2\x80\xa8\xe2\x80\x8btask";
  Words as_evil = {"--worker", name};
  answer(as_evil + Words{"keepa", "acquire", "--task", name, "--cost", "1"});
  answer({"--account", name, "keepa", "observe", "--tokens-left", "5", "--refill-rate", "5"});
  run({.words = {"sqlite3", database(),
                 "UPDATE keepa_reservation SET task = 'a' || char(10) || 'fake' || char(27) || '[2J'"}});
  for (const Words& words :
       {Words{"status"}, Words{"keepa", "status"}, Words{"keepa", "ledger"}, Words{"doctor"},
        Words{"keepa", "policy", "list"}, Words{"--account", name, "keepa", "status"}}) {
    SCOPED_TRACE(Json(words).dump());
    Finished text = run_purser(words);
    expect_safe(text.out);
    for (const std::string& line : lines(text.out)) EXPECT_NE(line.rfind("fake", 0), 0U) << text.out;
    Finished json = run_purser(words + Words{"--json"});
    expect_safe(json.out);
    for (const std::string& line : lines(json.out)) EXPECT_FALSE(Json::parse(line).is_discarded()) << line;
  }
  Finished ledger = run_purser({"keepa", "ledger", "--last", "1", "--json"});
  EXPECT_EQ(Json::parse(ledger.out)["task"], name);  // escaped, and the same
}

}  // namespace
}  // namespace purser::test
