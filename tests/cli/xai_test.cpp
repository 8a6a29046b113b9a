// The xai verbs as a script uses them: fields, exit statuses, what each does to the quota and the cache.
#include <algorithm>

#include "cli/xai_command_test.h"

namespace purser::test {
namespace {

const Words kDecision = {"decision",    "reason",    "grant", "calls_today",
                         "daily_limit", "remaining", "date",  "retry_at"};
const Words kStatus = {"calls_today",   "daily_limit", "remaining",  "date",  "time_zone", "bypass_calls",
                       "cache_entries", "day_ends_at", "no_credits", "usage", "pause",     "assumed"};
const Words kCached = {"title",   "category", "season",    "price",     "question",
                       "verdict", "model",    "stored_at", "refused_at"};
const Words kClaim = {"outcome", "verdict", "flight", "retry_at", "lapses_at", "reason"};

// --- The quota -----------------------------------------------------------------------------------------

TEST_F(XaiCommandTest, ACallIsCountedWhenItIsGranted) {
  Json granted = answer({"xai", "acquire", "--for", "price_reasonable"});
  expect_fields(granted, kDecision);
  EXPECT_EQ(granted["decision"], "granted");
  EXPECT_EQ(granted["reason"], nullptr);
  EXPECT_EQ(granted["grant"].get<std::string>().size(), 32U);
  EXPECT_EQ(granted["calls_today"], 1);
  EXPECT_EQ(granted["daily_limit"], 1000);
  EXPECT_EQ(granted["remaining"], 999);
  EXPECT_EQ(granted["date"].get<std::string>().size(), 10U);
  EXPECT_EQ(granted["retry_at"], nullptr);
  Finished unit =
      run({.words = {"sqlite3", "-readonly", database(), "SELECT kind, purpose FROM ops_xai_units"}});
  EXPECT_EQ(unit.out, "call|price_reasonable\n");
}

TEST_F(XaiCommandTest, AtTheLimitItSaysWhenTheNextDayBegins) {
  answer({"xai", "limit", "1"});
  answer({"xai", "acquire"});
  std::string before = content();
  Json denied = answer({"xai", "acquire"}, 75);
  expect_fields(denied, kDecision);
  EXPECT_EQ(denied["decision"], "denied");
  EXPECT_EQ(denied["reason"], "limit");
  EXPECT_EQ(denied["grant"], nullptr);
  EXPECT_EQ(denied["remaining"], 0);
  EXPECT_EQ(denied["retry_at"], status()["day_ends_at"]);
  Finished text = run_purser({"xai", "acquire"});
  EXPECT_EQ(text.exit_status, 75);
  for (const char* fragment :
       {"denied  1 call used on ", " (UTC), and the limit is 1", "the next day begins in "}) {
    EXPECT_NE(text.out.find(fragment), std::string::npos) << text.out;
  }
  EXPECT_EQ(content(), before);
}

TEST_F(XaiCommandTest, ABypassIsAlwaysGrantedAndNotCounted) {
  answer({"xai", "limit", "0"});
  Json granted = answer({"xai", "acquire", "--bypass", "--for", "guided_learning"});
  expect_fields(granted, kDecision);
  EXPECT_EQ(granted["decision"], "granted");
  EXPECT_EQ(granted["grant"].get<std::string>().size(), 32U);
  EXPECT_EQ(granted["calls_today"], 0);
  EXPECT_EQ(status()["bypass_calls"], 1);
  EXPECT_EQ(answer({"xai", "release", granted["grant"]})["released"], false);
  EXPECT_EQ(status()["bypass_calls"], 1);
}

TEST_F(XaiCommandTest, WhatWasNeverSentIsGivenBackOnce) {
  std::string grant = answer({"xai", "acquire"})["grant"];
  EXPECT_EQ(answer({"xai", "release", grant}), Json({{"released", true}, {"calls_today", 0}}));
  EXPECT_EQ(answer({"xai", "release", grant}), Json({{"released", false}, {"calls_today", 0}}));
}

TEST_F(XaiCommandTest, StatusAndSettingsAnswerAlike) {
  put(book(), "true");
  Json fresh = status();
  expect_fields(fresh, kStatus);
  EXPECT_EQ(fresh["calls_today"], 0);
  EXPECT_EQ(fresh["daily_limit"], 1000);
  EXPECT_EQ(fresh["time_zone"], "UTC");
  EXPECT_EQ(fresh["cache_entries"], 1);
  EXPECT_EQ(fresh["no_credits"], false);
  Json limited = answer({"xai", "limit", "5"});
  EXPECT_EQ(limited["daily_limit"], 5);
  EXPECT_EQ(limited, status());
  Json moved = answer({"xai", "time-zone", "Pacific/Auckland"});
  EXPECT_EQ(moved["time_zone"], "Pacific/Auckland");
  EXPECT_EQ(moved, status());
  Json set = answer({"xai", "set-day", moved["date"], "--calls", "3", "--yes"});
  EXPECT_EQ(set["calls_today"], 3);
  EXPECT_EQ(set["remaining"], 2);
  EXPECT_EQ(set, status());
  EXPECT_EQ(answer({"status"})["xai"], set);
}

TEST_F(XaiCommandTest, StatusTellsWhatTodaysCallsUsed) {
  Json nothing = status()["usage"];
  EXPECT_EQ(nothing["calls"], 0);
  EXPECT_EQ(nothing["cost_usd"], "0.00");
  {
    DatabaseOptions options;
    options.path = database();
    Database worker = Database::open(options);
    xai::Usage used{.calls = 2,
                    .prompt_tokens = 300,
                    .cached_prompt_tokens = 100,
                    .completion_tokens = 20,
                    .reasoning_tokens = 70,
                    .total_tokens = 390,
                    .cost_usd_ticks = 12'345'600'000};
    xai::Quota(worker).record_usage("grok-4.3", used);
    xai::Quota(worker).record_usage("grok-4.5", {.calls = 1, .total_tokens = 10, .calls_without_cost = 1});
  }
  EXPECT_EQ(status()["usage"], Json({{"calls", 3},
                                     {"prompt_tokens", 300},
                                     {"cached_prompt_tokens", 100},
                                     {"completion_tokens", 20},
                                     {"reasoning_tokens", 70},
                                     {"total_tokens", 400},
                                     {"cost_usd_ticks", 12'345'600'000},
                                     {"cost_usd", "1.23456"},
                                     {"calls_without_cost", 1}}));
  std::string text = run_purser({"xai", "status"}).out;
  EXPECT_NE(text.find("1.23456  US dollars by 3 answers, 400 tokens; 1 of them told no cost"),
            std::string::npos)
      << text;
}

TEST_F(XaiCommandTest, ALimitBelowWhatWasUsedLeavesNothing) {
  for (int i = 0; i < 3; ++i) answer({"xai", "acquire"});
  EXPECT_EQ(answer({"xai", "limit", "2"})["remaining"], 0);
  EXPECT_EQ(answer({"xai", "acquire"}, 75)["calls_today"], 3);
}

// xAI's own refusal is stored by whoever calls it: a worker of the library.
TEST_F(XaiCommandTest, WithoutCreditsNothingIsGrantedUntilTheLimitIsSet) {
  {
    DatabaseOptions options;
    options.path = database();
    Database worker = Database::open(options);
    xai::Quota(worker).stop_for_today();
  }
  EXPECT_EQ(status()["no_credits"], true);
  EXPECT_EQ(answer({"xai", "acquire"}, 75)["reason"], "no_credits");
  EXPECT_EQ(claim(book(), 75)["reason"], "no_credits");
  EXPECT_NE(run_purser({"xai", "acquire"}).out.find("credits are used up"), std::string::npos);
  EXPECT_NE(run_purser({"xai", "status"}).out.find("credits are used up"), std::string::npos);
  EXPECT_EQ(answer({"xai", "limit", "1000"})["no_credits"], false);
  answer({"xai", "acquire"});
}

TEST_F(XaiCommandTest, PeopleSeeAtAGlance) {
  Finished granted = run_purser({"xai", "acquire"});
  EXPECT_EQ(granted.out.rfind("granted  call 1 of 1000 on ", 0), 0U) << granted.out;
  EXPECT_NE(granted.out.find("999 remain\ngrant "), std::string::npos) << granted.out;
  std::string bypass = run_purser({"xai", "acquire", "--bypass"}).out;
  EXPECT_EQ(bypass.rfind("granted  outside the quota: bypass call 1 on ", 0), 0U) << bypass;
  std::string status = run_purser({"xai", "status"}).out;
  for (const char* fragment :
       {"xAI quota", "UTC; the next begins in ", "of 1000: 999 remain", "in the cache"}) {
    EXPECT_NE(status.find(fragment), std::string::npos) << status;
  }
}

// --- set-day asks first --------------------------------------------------------------------------------

TEST_F(XaiCommandTest, SetDayIsConfirmedOnATerminal) {
  if (!has_program("script")) GTEST_SKIP() << "no `script` to make a terminal";
  std::string today = status()["date"];
  Command command = purser({});
  command.words = {"script", "-qec", std::string(PURSER_PROGRAM) + " xai set-day " + today + " --calls 7",
                   "/dev/null"};
  for (const char* no : {"n\n", "\n", ""}) {
    command.input = no;
    Finished declined = run(command);
    EXPECT_EQ(declined.exit_status, 64) << declined.out;
    EXPECT_NE(declined.out.find("with 0 calls used. Count " + today + " with 7 instead? [y/N]"),
              std::string::npos)
        << declined.out;
    EXPECT_NE(declined.out.find("nothing was changed"), std::string::npos) << declined.out;
    EXPECT_EQ(calls(), 0);
  }
  command.input = "y\n";
  EXPECT_EQ(run(command).exit_status, 0);
  EXPECT_EQ(calls(), 7);
}

// --- The cache -----------------------------------------------------------------------------------------

TEST_F(XaiCommandTest, FalseIsAHitAndAMissIsNone) {
  EXPECT_EQ(get(book(), 1), Json({{"hit", false}, {"verdict", nullptr}}));
  Json stored = answer(Words{"xai", "cache", "put"} + book() + Words{"--verdict", "false"});
  EXPECT_EQ(stored, Json({{"hit", true}, {"verdict", false}, {"stored", true}}));
  EXPECT_EQ(get(book(), 0), Json({{"hit", true}, {"verdict", false}}));
  put(book(), "true");
  EXPECT_EQ(get(book(), 0), Json({{"hit", true}, {"verdict", true}}));
  Words get_words = Words{"xai", "cache", "get"};
  EXPECT_EQ(run_purser(get_words + book()).out, "hit  true\n");
  EXPECT_EQ(run_purser(get_words + book("another")).out, "miss  not known yet\n");
}

TEST_F(XaiCommandTest, AGetWritesNothing) {
  put(book(), "true");
  std::string before = content();
  get(book(), 0);
  get(book("another"), 1);
  EXPECT_EQ(content(), before);
}

TEST_F(XaiCommandTest, EveryPartOfTheKeyCounts) {
  put(book(), "true");
  auto with = [](Words words, std::size_t index, const char* value) {
    words[index] = value;
    return words;
  };
  for (auto [index, value] :
       {std::pair{1U, "eragon"}, {1U, "Eragon "}, {3U, "Books"}, {5U, ""}, {7U, "49.91"}}) {
    get(with(book(), index, value), 1);
  }
  get(book() + Words{"--question", "seasonal"}, 1);
  for (const char* same : {"49.9", "49.90"}) get(with(book(), 7, same), 0);
  get(book() + Words{"--question", "price_reasonable"}, 0);
}

TEST_F(XaiCommandTest, TitlesAsTheyReallyAre) {
  const std::string titles[] = {"",
                                "ich weiss es nicht. | Psychothriller",
                                "\"quoted\" 'it''s' `echo` $HOME \\",
                                "emoji \xF0\x9F\x93\x9A",
                                "two\nlines\r\n\tand a tab",
                                "Pala\xCC\x88ste",
                                "Pal\xC3\xA4ste",
                                std::string(400, 'x'),
                                std::string(399, 'x'),
                                " ",
                                "%_*?",
                                "NULL",
                                "'; DROP TABLE xai_verdict; --"};
  bool verdict = false;
  auto key = [](const std::string& text) {
    return Words{"--title", text, "--category", text, "--season", text, "--price", "0"};
  };
  for (const std::string& title : titles) put(key(title), (verdict = !verdict) ? "true" : "false");
  verdict = false;
  for (const std::string& title : titles)
    EXPECT_EQ(get(key(title), 0)["verdict"], verdict = !verdict) << title;
  EXPECT_EQ(status()["cache_entries"], std::size(titles));
  EXPECT_EQ(get({"--title=", "--category=", "--season=", "--price=0.00"}, 0)["hit"], true);
}

TEST_F(XaiCommandTest, StatsAndPrune) {
  Json empty = answer({"xai", "cache", "stats"});
  EXPECT_EQ(
      empty,
      Json({{"entries", 0}, {"oldest_at", nullptr}, {"newest_at", nullptr}, {"hits", 0}, {"misses", 0}}));
  put(book(), "true");
  put(book("another"), "false");
  claim(book("a third"));
  Json stats = answer({"xai", "cache", "stats"});
  EXPECT_EQ(stats["entries"], 2);
  EXPECT_EQ(stats["misses"], 1);
  EXPECT_EQ(stats["oldest_at"].get<std::string>().size(), 24U);
  EXPECT_LE(stats["oldest_at"], stats["newest_at"]);
  EXPECT_EQ(answer({"xai", "cache", "prune", "--older-than", "1d"}), Json({{"removed", 0}}));
  EXPECT_EQ(answer({"xai", "cache", "prune", "--older-than", "1ms"}), Json({{"removed", 2}}));
  get(book(), 1);
}

// --- Flights -------------------------------------------------------------------------------------------

TEST_F(XaiCommandTest, OneCallForOneQuestion) {
  Json claimed = claim(book());
  expect_fields(claimed, kClaim);
  EXPECT_EQ(claimed["outcome"], "claimed");
  EXPECT_EQ(claimed["verdict"], nullptr);
  EXPECT_EQ(claimed["retry_at"], nullptr);
  EXPECT_EQ(claimed["lapses_at"].get<std::string>().size(), 24U);
  Json other = claim(book(), 75);
  expect_fields(other, kClaim);
  EXPECT_EQ(other["outcome"], "in_flight");
  EXPECT_EQ(other["flight"], nullptr);
  EXPECT_EQ(other["lapses_at"], claimed["lapses_at"]);
  EXPECT_LT(other["retry_at"], other["lapses_at"]);
  EXPECT_EQ(calls(), 1);
  EXPECT_EQ(answer({"xai", "answer", claimed["flight"], "--verdict", "false"}), Json({{"stored", true}}));
  Json hit = claim(book());
  expect_fields(hit, kClaim);
  EXPECT_EQ(hit["outcome"], "hit");
  EXPECT_EQ(hit["verdict"], false);
  EXPECT_EQ(calls(), 1);
  EXPECT_EQ(answer({"xai", "answer", claimed["flight"], "--verdict", "true"}), Json({{"stored", false}}));
  EXPECT_EQ(get(book(), 0)["verdict"], false);
}

TEST_F(XaiCommandTest, AtTheLimitAClaimIsDeniedAndAHitIsNot) {
  put(book(), "true");
  answer({"xai", "limit", "0"});
  EXPECT_EQ(claim(book())["outcome"], "hit");
  Json denied = claim(book("another"), 75);
  expect_fields(denied, kClaim);
  EXPECT_EQ(denied["outcome"], "denied");
  EXPECT_EQ(denied["reason"], "limit");
  EXPECT_EQ(denied["retry_at"], status()["day_ends_at"]);
}

TEST_F(XaiCommandTest, WhatIsAbandonedAnotherMayAsk) {
  Json claimed = claim(book());
  EXPECT_EQ(answer({"xai", "abandon", claimed["flight"]}), Json({{"released", false}}));
  EXPECT_EQ(calls(), 1);
  claimed = claim(book());
  EXPECT_EQ(answer({"xai", "abandon", claimed["flight"], "--never-sent"}), Json({{"released", true}}));
  EXPECT_EQ(answer({"xai", "abandon", claimed["flight"], "--never-sent"}), Json({{"released", false}}));
  EXPECT_EQ(calls(), 1);
  EXPECT_EQ(claim(book())["outcome"], "claimed");
}

TEST_F(XaiCommandTest, ClaimsSayHowLongTheyLastAndWhatFor) {
  claim(book() + Words{"--deadline", "1h", "--for", "repricing"});
  Finished flight =
      run({.words = {"sqlite3", "-readonly", database(),
                     "SELECT CAST(round(lapses_in_seconds / 10) AS INTEGER) FROM ops_xai_flights; "
                     "SELECT purpose FROM ops_xai_units"}});
  EXPECT_EQ(flight.out, "361\nrepricing\n");
}

TEST_F(XaiCommandTest, PeopleSeeWhatToDoWithAClaim) {
  Words words = Words{"--worker", "box:1", "xai", "claim"} + book();
  std::string claimed = run_purser(words).out;
  for (const char* fragment :
       {"claimed  ask xAI: call 1 of 1000", "purser xai answer ", "purser xai abandon "}) {
    EXPECT_NE(claimed.find(fragment), std::string::npos) << claimed;
  }
  std::string other = run_purser(words).out;
  EXPECT_EQ(other.rfind("in flight  'box:1' asks already: look again in ", 0), 0U) << other;
}

TEST_F(XaiCommandTest, ManyAtOnceClaimOnce) {
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i < 6; ++i) {
    processes.push_back(std::make_unique<Process>(purser(Words{"xai", "claim", "--json"} + book())));
  }
  int claimed = 0;
  for (auto& process : processes) claimed += Json::parse(process->wait().out)["outcome"] == "claimed" ? 1 : 0;
  EXPECT_EQ(claimed, 1);
  EXPECT_EQ(calls(), 1);
}

// --- The cache, looked at and put right ------------------------------------------------------------------

TEST_F(XaiCommandTest, TheCacheIsListedWithItsModels) {
  put(book("first"), "true");
  answer(Words{"xai", "cache", "put"} + book("second") + Words{"--verdict", "false", "--model", "grok-4.3"});
  std::vector<Json> all = answers({"xai", "cache", "list"});
  ASSERT_EQ(all.size(), 2U);
  expect_fields(all[0], kCached);
  EXPECT_EQ(all[0]["title"], "first");
  EXPECT_EQ(all[0]["model"], nullptr);
  EXPECT_EQ(all[1]["title"], "second");
  EXPECT_EQ(all[1]["price"], "49.90");
  EXPECT_EQ(all[1]["verdict"], false);
  EXPECT_EQ(all[1]["model"], "grok-4.3");
  EXPECT_EQ(all[1]["refused_at"], nullptr);
  EXPECT_EQ(answers({"xai", "cache", "list", "--model", "grok-4.3"}).size(), 1U);
  EXPECT_EQ(answers({"xai", "cache", "list", "--last", "1"})[0]["title"], "second");
  EXPECT_EQ(answers({"xai", "cache", "list", "--question", "another"}).size(), 0U);
  EXPECT_NE(run_purser({"xai", "cache", "list"}).out.find("grok-4.3"), std::string::npos);
}

TEST_F(XaiCommandTest, AVerdictIsDeletedByItsKey) {
  put(book(), "true");
  EXPECT_EQ(answer(Words{"xai", "cache", "delete"} + book())["removed"], true);
  EXPECT_EQ(answer(Words{"xai", "cache", "delete"} + book(), 1)["removed"], false);
  get(book(), 1);
}

TEST_F(XaiCommandTest, TheVerdictsOfAModelArePruned) {
  put(book("kept"), "true");
  answer(Words{"xai", "cache", "put"} + book("gone") + Words{"--verdict", "true", "--model", "grok-3"});
  EXPECT_EQ(answer({"xai", "cache", "prune", "--model", "grok-3"})["removed"], 1);
  get(book("kept"), 0);
  expect_refused({"xai", "cache", "prune"}, 64, "usage", "--older-than D, or --model M");
}

TEST_F(XaiCommandTest, AWorkersOwnRefusedQuestionIsToldAsOneThatNeverSucceeds) {
  std::string flight = claim(book())["flight"];
  expect_refused({"xai", "abandon", flight, "--never-sent", "--refused-content"}, 64, "usage",
                 "--never-sent");
  EXPECT_EQ(answer({"xai", "abandon", flight, "--refused-content"})["released"], false);
  Json denied = claim(book(), 65);
  EXPECT_EQ(denied["outcome"], "denied");
  EXPECT_EQ(denied["reason"], "refused_content");
  EXPECT_NE(denied["retry_at"], nullptr);
  EXPECT_NE(run_purser(Words{"xai", "claim"} + book()).out.find("purser xai cache delete"),
            std::string::npos);
  Json listed = answers({"xai", "cache", "list"})[0];
  EXPECT_EQ(listed["verdict"], nullptr);
  EXPECT_NE(listed["refused_at"], nullptr);
  answer(Words{"xai", "cache", "delete"} + book());
  EXPECT_EQ(claim(book())["outcome"], "claimed");
}

TEST_F(XaiCommandTest, TheModelOfAnAnswer) {
  std::string flight = claim(book())["flight"];
  answer({"xai", "answer", flight, "--verdict", "true", "--model", "grok-4.5"});
  EXPECT_EQ(answers({"xai", "cache", "list"})[0]["model"], "grok-4.5");
}

TEST_F(XaiCommandTest, ResumeWithoutAPauseChangesNothing) {
  Json status = answer({"xai", "resume"});
  expect_fields(status, kStatus);
  EXPECT_EQ(status["pause"], nullptr);
}

}  // namespace
}  // namespace purser::test
