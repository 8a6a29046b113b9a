// Words and values that the command line does not take: exit status 64, in words that help, and nothing done.
#include "cli/command_line_test.h"

namespace purser::test {
namespace {

struct Case {
  Words words;
  std::string fragment;
};

class UsageTest : public CommandLineTest {
 protected:
  void expect_usage(const std::vector<Case>& cases) {
    init_with(300);
    std::string before = content();
    for (const Case& c : cases) expect_fault(c.words, 64, "usage", c.fragment);
    EXPECT_EQ(content(), before);
  }
};

Words acquire(const Words& more) { return Words{"keepa", "acquire", "--task", "backfiller"} + more; }

TEST_F(UsageTest, MisspeltVerbsAreNamedWithTheNearestSpelling) {
  expect_usage({{{"kepa", "status"}, "purser has no verb 'kepa'; did you mean purser keepa?"},
                {{"keepa", "aquire"}, "did you mean purser keepa acquire?"},
                {{"keepa", "policy", "sett"}, "did you mean purser keepa policy set?"},
                {{"migrate", "stauts"}, "did you mean purser migrate status?"},
                {{"xai", "clam"}, "did you mean purser xai claim?"},
                {{"xai", "cache", "putt"}, "did you mean purser xai cache put?"},
                {{"xai", "get"}, "did you mean purser xai cache get?"},
                {{"acquire", "--task", "x"}, "did you mean purser keepa acquire?"},
                {{"initt"}, "did you mean purser init?"},
                {{"keepa", "init"}, "did you mean purser init?"},
                {{"frobnicate"}, "purser has no verb 'frobnicate' (see purser --help)"},
                {{"init", "keepa"}, "purser init takes no further argument, and 'keepa' is one"}});
}

TEST_F(UsageTest, MisspeltOptionsAreNamedWithTheNearestSpelling) {
  expect_usage(
      {{{"keepa", "acquire", "--taks", "x", "--cost", "5"}, "no option '--taks'; did you mean --task?"},
       {acquire({"--cost=5", "--expires", "1m"}), "did you mean --expires-in?"},
       {{"--jsn", "status"}, "did you mean --json?"},
       {{"status", "-x"}, "purser status has no option '-x'"},
       {{"keepa", "status", "--last", "5"}, "purser keepa status has no option '--last'"},
       {{"keepa", "--task", "x", "acquire", "--cost", "5"},
        "--task stands after its verb: purser keepa acquire --task"}});
}

TEST_F(UsageTest, WhatIsMissingIsNamed) {
  expect_usage(
      {{{"keepa", "acquire"}, "purser keepa acquire needs --task NAME"},
       {acquire({}), "purser keepa acquire needs --cost C"},
       {{"keepa", "acquire", "--cost", "5", "--task"}, "--task needs a value"},
       {{"keepa", "acquire", "--task", "--cost", "5"}, "--task needs a value"},
       {{"keepa", "settle"}, "purser keepa settle needs ID"},
       {{"keepa", "release"}, "purser keepa release needs ID"},
       {{"keepa", "policy", "set", "--buffer", "5"}, "purser keepa policy set needs NAME"},
       {{"keepa", "observe"}, "needs --tokens-left N or --response FILE"},
       {{"keepa", "observe", "--refill-rate", "5"}, "--refill-rate says nothing without --tokens-left"},
       {{}, "purser needs a verb"},
       {{"keepa"}, "purser keepa needs a verb"},
       {{"keepa", "policy"}, "purser keepa policy needs a verb"}});
}

TEST_F(UsageTest, WhatIsTooMuchIsNamed) {
  expect_usage({{acquire({"--cost", "5", "--cost", "6"}), "--cost is given 2 times"},
                {{"--db", "a", "status", "--db", "b"}, "--db is given 2 times"},
                {{"keepa", "settle", "a", "b"}, "'b' is one"},
                {{"status", "--json=yes"}, "--json takes no value"},
                {{"keepa", "observe", "--response", "-", "--tokens-left", "5"},
                 "--response holds all that --tokens-left would say"},
                {{"keepa", "settle", "0123", "--response", "-", "--timestamp", "5"},
                 "--response holds all that --timestamp would say"},
                {{"keepa", "policy", "set", "x", "--threshold", "50", "--buffer", "20"}, "not both"},
                {{"keepa", "policy", "set", "x", "--margin", "5", "--buffer", "20"}, "not both"},
                {{"keepa", "policy", "set", "x", "--max-deficit", "5", "--buffer", "20"},
                 "--max-deficit belongs to"}});
}

TEST_F(UsageTest, CostsAreTokensInBounds) {
  std::vector<Case> cases;
  for (const char* cost : {"abc", "", "1e3", "nan", "inf", "0x10", "0.0001", "1000000.001", "2000000", "-1",
                           "1,5", " 5", "5 ", "99999999999999999999", ".5", "5."}) {
    cases.push_back({acquire({"--cost", cost}), "--cost takes a number of tokens from 0 to 1000000"});
  }
  expect_usage(cases);
}

TEST_F(UsageTest, DurationsHaveAUnitAndBounds) {
  std::vector<Case> cases;
  for (const char* wait :
       {"90", "0s", "-5s", "1.5h", "s", "", "5w", "5 s", "99999999999999999999d", "400d", "1h30m"}) {
    cases.push_back({acquire({"--cost", "5", "--wait", wait}), "--wait takes a duration with its unit"});
  }
  cases.push_back({acquire({"--cost", "5", "--expires-in", "61m"}), "--expires-in takes a duration"});
  cases.push_back({{"keepa", "policy", "set", "x", "--patience", "31d"}, "--patience takes a duration"});
  expect_usage(cases);
}

TEST_F(UsageTest, NumbersHaveBounds) {
  auto observe = [](const char* option, const char* value) {
    return Words{"keepa", "observe", "--tokens-left", "5", option, value};
  };
  expect_usage(
      {{observe("--refill-in", "-1"), "--refill-in takes a whole number from 0 to 86400000"},
       {observe("--refill-in", "86400001"), "--refill-in takes a whole number"},
       {observe("--refill-in", "1.5"), "--refill-in takes a whole number"},
       {observe("--timestamp", "0"), "--timestamp takes a whole number from 1"},
       {observe("--timestamp", "-5"), "--timestamp takes a whole number"},
       {observe("--timestamp", "2026-01-01"), "--timestamp takes a whole number"},
       {observe("--refill-rate", "-5"), "--refill-rate takes a number of tokens from 0"},
       {observe("--flow-reduction", "-0.9"), "--flow-reduction takes a number of tokens from 0"},
       {{"keepa", "observe", "--tokens-left", "many"}, "--tokens-left takes a number of tokens"},
       {{"keepa", "settle", "0123", "--consumed", "-1"}, "--consumed takes a number of tokens from 0"},
       {{"keepa", "ledger", "--last", "0"}, "--last takes a whole number from 1"},
       {{"keepa", "ledger", "--last", "-5"}, "--last takes a whole number"},
       {{"keepa", "policy", "set", "x", "--max-deficit", "nobody"}, "--max-deficit takes"},
       {{"keepa", "policy", "set", "x", "--threshold", "-1"}, "--threshold takes"}});
}

TEST_F(UsageTest, ChoicesAreNamed) {
  expect_usage(
      {{{"init", "--durability", "ful"}, "--durability is full or normal, not 'ful'; did you mean full?"}});
}

TEST_F(UsageTest, NamesAreTextOfReasonableLength) {
  std::string long_name(201, 'a');
  init_with(300);
  for (const Words& named :
       {Words{"--task", ""}, Words{"--task="}, Words{"--task", long_name}, Words{"--task", "line\nbreak"},
        Words{"--task", "\x1b[31m"}, Words{"--task", "\x7f"}}) {
    expect_refused(Words{"keepa", "acquire", "--cost", "5"} + named, 64, "usage", "task");
  }
  expect_refused({"keepa", "policy", "set", long_name, "--buffer", "5"}, 64, "usage", "200");
  expect_refused({"--account", "", "keepa", "observe", "--tokens-left", "5", "--refill-rate", "5"}, 64,
                 "usage", "account");
  expect_refused(acquire({"--cost", "5", "--idempotency-key", ""}), 64, "usage", "--idempotency-key");
}

TEST_F(UsageTest, WorkersAreNamedLikeTasks) {
  init_with(300);
  for (const std::string& worker : {std::string(), std::string(201, 'a'), std::string("line\nbreak")}) {
    expect_refused({"--worker", worker, "keepa", "acquire", "--task", "a", "--cost", "5"}, 64, "usage",
                   "--worker takes a name");
  }
}

TEST_F(UsageTest, ATaskOfTwoHundredBytesIsOne) {
  init_with(300);
  answer({"keepa", "acquire", "--cost", "5", "--task", std::string(200, 'a')});
}

TEST_F(UsageTest, GlobalOptionsStandAnywhere) {
  init_with(55);
  for (const Words& words :
       {Words{"--json", "keepa", "status"}, Words{"keepa", "--json", "status"},
        Words{"keepa", "status", "--json"}, Words{"--account=default", "keepa", "status", "--json"}}) {
    Finished done = run_purser(words);
    EXPECT_EQ(done.exit_status, 0) << done.err;
    EXPECT_EQ(Json::parse(done.out)["balance"], 55);
  }
}

// A verb's name may be anything else's name too.
TEST_F(UsageTest, NamesMayBeThoseOfVerbs) {
  init_with(55);
  EXPECT_EQ(answer({"keepa", "policy", "set", "status", "--buffer", "5"})["name"], "status");
  EXPECT_EQ(answer({"keepa", "acquire", "--task", "init", "--cost", "1"})["decision"], "granted");
  answer({"keepa", "settle", "keepa"}, 1);
}

// Any text is a title; one that is an option too needs the equals sign to be meant.
TEST_F(UsageTest, ValuesMayLookLikeOptions) {
  init();
  Words rest = {"--category", "c", "--season=", "--price", "1", "--verdict", "true"};
  for (const char* title : {"-1", "--", "-x", "--x", "--x=", "[a, b]", "{}", "\"q\"", "%%", "-"}) {
    answer(Words{"xai", "cache", "put", "--title", title} + rest);
  }
  for (const char* title : {"--title", "--json", "--help", "--season", "--"}) {
    answer(Words{"xai", "cache", "put", std::string("--title=") + title} + rest);
  }
  EXPECT_EQ(answer({"xai", "cache", "stats"})["entries"], 14);
  expect_fault(Words{"xai", "cache", "put", "--title", "--season"} + rest, 64, "usage",
               "--title needs a value");
}

TEST_F(UsageTest, NegativeBalancesAreValues) {
  init();
  EXPECT_EQ(answer({"keepa", "observe", "--tokens-left", "-25", "--refill-rate", "5"})["balance"], -25);
  EXPECT_EQ(answer({"keepa", "observe", "--tokens-left=-30.5"})["drift"].is_number(), true);
}

}  // namespace
}  // namespace purser::test
