// The keepa verbs as a script uses them: fields, exit statuses, what each does to the bucket.
#include <thread>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

class KeepaCommandTest : public CommandLineTest {
 protected:
  static Words fields(const Json& object) {
    Words names;
    for (const auto& item : object.items()) names.push_back(item.key());
    return names;
  }
  std::vector<Json> json_lines(const Words& words) const {
    std::vector<Json> objects;
    for (const std::string& line : lines(run_purser(words + Words{"--json"}).out))
      objects.push_back(Json::parse(line));
    return objects;
  }
};

// nlohmann::json sorts the names; so do these.
const Words kObserved = {"applied", "available",  "balance", "capacity",
                         "drift",   "error_type", "held",    "refill_rate"};
const Words kDecision = {"advice",      "ahead",       "available",      "decision", "ended",
                         "expires_at",  "observe_due", "place",          "reason",   "replayed",
                         "reservation", "retry_at",    "retry_after_ms", "target"};

TEST_F(KeepaCommandTest, TheControlledDeficit) {
  init();
  Json observed = answer({"keepa", "observe", "--tokens-left", "55", "--refill-rate", "5"});
  EXPECT_EQ(fields(observed), kObserved);
  EXPECT_EQ(observed["balance"], 55);
  EXPECT_EQ(observed["capacity"], 300);
  EXPECT_EQ(observed["drift"], nullptr);
  EXPECT_EQ(observed["applied"], true);
  // No refill from here, or a slow machine would see -24.9.
  answer({"keepa", "observe", "--tokens-left", "55", "--flow-reduction", "5"});
  Json granted = answer({"keepa", "acquire", "--task", "backfiller", "--cost", "80"});
  EXPECT_EQ(granted.size(), kDecision.size());
  for (const std::string& field : kDecision) EXPECT_TRUE(granted.contains(field)) << field;
  EXPECT_EQ(granted["decision"], "granted");
  EXPECT_EQ(granted["available"], -25);
  EXPECT_EQ(granted["reason"], nullptr);
  EXPECT_EQ(granted["replayed"], false);
  EXPECT_EQ(granted["ended"], nullptr);
}

TEST_F(KeepaCommandTest, ARefusalSaysWhyAndUntilWhen) {
  init();
  answer({"keepa", "observe", "--tokens-left", "45", "--refill-rate", "5"});
  Json refused = answer({"keepa", "acquire", "--task", "backfiller", "--cost", "80"}, 75);
  EXPECT_EQ(refused.size(), kDecision.size());
  EXPECT_EQ(refused["decision"], "refused");
  EXPECT_EQ(refused["reason"], "threshold");
  EXPECT_EQ(refused["target"], 55);
  EXPECT_EQ(refused["place"], 1);
  EXPECT_EQ(refused["advice"], "wait");
  EXPECT_EQ(refused["observe_due"], false);
  EXPECT_NEAR(refused["retry_after_ms"].get<double>(), 120'000, 5'000);
  EXPECT_EQ(refused["retry_at"].get<std::string>().size(), 24U);
  Json second = answer({"keepa", "acquire", "--task", "upserter", "--cost", "5"}, 75);
  EXPECT_EQ(second["reason"], "queued");
  EXPECT_EQ(second["place"], 2);
  EXPECT_EQ(second["advice"], "skip");
  EXPECT_EQ(refused["ahead"], nullptr);
  EXPECT_EQ(fields(second["ahead"]), Words({"cost", "last_asked_at", "task", "worker"}));
  EXPECT_EQ(second["ahead"]["task"], "backfiller");
  EXPECT_EQ(second["ahead"]["cost"], 80);
}

TEST_F(KeepaCommandTest, RefusalsThatNoTimeHelps) {
  init();
  Json unknown = answer({"keepa", "acquire", "--task", "backfiller", "--cost", "80"}, 75);
  EXPECT_EQ(unknown["reason"], "unknown_balance");
  EXPECT_EQ(unknown["retry_at"], nullptr);
  EXPECT_EQ(unknown["available"], nullptr);
  answer({"keepa", "observe", "--tokens-left", "45", "--refill-rate", "5", "--flow-reduction", "5"});
  Json no_refill = answer({"keepa", "acquire", "--task", "backfiller", "--cost", "80"}, 75);
  EXPECT_EQ(no_refill["reason"], "no_refill");
  EXPECT_EQ(no_refill["place"], nullptr);
  answer({"keepa", "observe", "--tokens-left", "45", "--refill-rate", "5", "--flow-reduction", "0"});
  Json never = answer({"keepa", "acquire", "--task", "upserter", "--cost", "900"}, 65);
  EXPECT_EQ(never.size(), kDecision.size());
  EXPECT_EQ(never["decision"], "never");
  EXPECT_EQ(never["reason"], "beyond_capacity");
  EXPECT_EQ(never["target"], 920);
}

TEST_F(KeepaCommandTest, PeopleSeeAtAGlance) {
  init_with(55);
  Finished granted = run_purser({"keepa", "acquire", "--task", "backfiller", "--cost", "80"});
  EXPECT_NE(granted.out.find("granted  80 tokens to backfiller: 55 available before, -25 now"),
            std::string::npos)
      << granted.out;
  EXPECT_NE(granted.out.find("purser keepa settle "), std::string::npos);
  EXPECT_EQ(granted.out.find('\x1b'), std::string::npos);
  answer({"keepa", "observe", "--tokens-left", "100", "--refill-rate", "5", "--flow-reduction", "0"});
  Finished refused = run_purser({"keepa", "acquire", "--task", "backfiller", "--cost", "80"});
  EXPECT_EQ(refused.exit_status, 75);
  for (const char* fragment :
       {"refused  80 tokens to backfiller", "it needs 55", "place 1", "ask again in "}) {
    EXPECT_NE(refused.out.find(fragment), std::string::npos) << fragment << "\n" << refused.out;
  }
  Finished status = run_purser({"keepa", "status"});
  for (const char* fragment : {"balance", "held", "PLACE", "backfiller", "threshold"}) {
    EXPECT_NE(status.out.find(fragment), std::string::npos) << fragment << "\n" << status.out;
  }
}

TEST_F(KeepaCommandTest, SettleWithWhatKeepaSaid) {
  init_with(55);
  std::string id = grant("backfiller", 80);
  Json settled = answer({"keepa", "settle", id, "--response", "-"}, 0,
                        R"({"tokensLeft":-21,"refillRate":5,"tokenFlowReduction":5.0,"tokensConsumed":76})");
  EXPECT_EQ(settled["settled"], true);
  EXPECT_EQ(settled["balance"], -21);
  EXPECT_EQ(settled["held"], 0);
  EXPECT_EQ(settled["drift"], 0);
  EXPECT_EQ(settled.size(), kObserved.size() + 1);
  EXPECT_EQ(settled["error_type"], nullptr);
  Json again = answer({"keepa", "settle", id});
  EXPECT_EQ(again["settled"], false);
  EXPECT_EQ(again["balance"], -21);
}

TEST_F(KeepaCommandTest, SettleByOptionsAndWithout) {
  init_with(300);
  EXPECT_EQ(answer({"keepa", "settle", grant("backfiller", 80), "--consumed", "60.5"})["balance"], 239.5);
  EXPECT_EQ(answer({"keepa", "settle", grant("backfiller", 80)})["balance"], 159.5);
  Json both =
      answer({"keepa", "settle", grant("backfiller", 50), "--tokens-left", "100", "--consumed", "50"});
  EXPECT_EQ(both["balance"], 100);
  EXPECT_EQ(both["drift"], -9.5);
  Json no_envelope =
      answer({"keepa", "settle", grant("backfiller", 10), "--response", "-"}, 0, R"({"message":"oops"})");
  EXPECT_EQ(no_envelope["settled"], true);
  EXPECT_EQ(no_envelope["applied"], false);
  EXPECT_EQ(no_envelope["balance"], 90);
  Json charged =
      answer({"keepa", "settle", grant("backfiller", 10), "--response", "-", "--consumed", "4"}, 0, "{}");
  EXPECT_EQ(charged["balance"], 86);
}

TEST_F(KeepaCommandTest, WhoIsQueuedIsToldBehindWhomAndWhatToDo) {
  init();
  answer({"keepa", "observe", "--tokens-left", "20", "--refill-rate", "5"});
  answer({"keepa", "acquire", "--task", "it's gone", "--cost", "80"}, 75);
  Finished queued = run_purser({"--worker", "w2", "keepa", "acquire", "--task", "upserter", "--cost", "5"});
  EXPECT_EQ(queued.exit_status, 75);
  for (const char* fragment :
       {"ahead is it's gone for 80, asked last ", R"(purser keepa leave --task 'it'\''s gone')",
        "skip this run: place 2 in the queue is kept for the task's next one"}) {
    EXPECT_NE(queued.out.find(fragment), std::string::npos) << fragment << "\n" << queued.out;
  }
  EXPECT_EQ(answer({"keepa", "leave", "--task", "it's gone"}), Json({{"left", true}}));
  EXPECT_EQ(answer({"keepa", "leave", "--task", "it's gone"}), Json({{"left", false}}));
  Finished first = run_purser({"keepa", "acquire", "--task", "upserter", "--cost", "5"});
  EXPECT_NE(first.out.find("skip this run: place 1"), std::string::npos) << first.out;
  EXPECT_EQ(first.out.find("it is next"), std::string::npos) << first.out;
  expect_refused({"keepa", "leave"}, 64, "usage", "purser keepa leave needs --task NAME");
  expect_refused({"--account", "nobody", "keepa", "leave", "--task", "a"}, 78, "unknown_account", "nobody");
}

TEST_F(KeepaCommandTest, ABadKeysAnswerChargesNothingAndIsTold) {
  init_with(300);
  const char* zeros =
      R"({"error":{"details":"","message":"You used an invalid parameter for this API call.","type":"invalidParameter"},"processingTimeInMs":0,"refillIn":0,"refillRate":0,"timestamp":1790277678673,"tokenFlowReduction":0.0,"tokensConsumed":0,"tokensLeft":0})";
  for (int i = 0; i < 4; ++i) {
    Json settled = answer({"keepa", "settle", grant("backfiller", 80), "--response", "-"}, 77, zeros);
    EXPECT_EQ(settled["settled"], true);
    EXPECT_EQ(settled["applied"], false);
    EXPECT_EQ(settled["balance"], 300);
    EXPECT_EQ(settled["error_type"], "invalidParameter");
  }
  Finished told = run_purser({"keepa", "settle", grant("backfiller", 80), "--response", "-"}, zeros);
  EXPECT_EQ(told.exit_status, 77);
  EXPECT_NE(told.err.find("Keepa refuses the API key (invalidParameter)"), std::string::npos) << told.err;
  Json by_options =
      answer({"keepa", "settle", grant("backfiller", 80), "--tokens-left", "0", "--refill-rate", "0"}, 77);
  EXPECT_EQ(by_options["balance"], 300);
}

// Only what is so is said: a bad key's answer charges nothing by itself, but a stated cost is charged.
TEST_F(KeepaCommandTest, WhatABadKeysAnswerCostIsToldAsItWas) {
  init_with(300);
  const std::string odd_zeros =
      R"({"error":{"type":"invalidParameter"},"tokensLeft":0,"refillRate":"0","tokensConsumed":0})";
  Json none = answer({"keepa", "settle", grant("backfiller", 80), "--response", "-"}, 77, odd_zeros);
  EXPECT_EQ(none["balance"], 300);
  Finished stated = run_purser(
      {"keepa", "settle", grant("backfiller", 80), "--response", "-", "--consumed", "50"}, odd_zeros);
  EXPECT_EQ(stated.exit_status, 77);
  EXPECT_NE(stated.err.find("50 tokens are charged, as was stated"), std::string::npos) << stated.err;
  Json observed = answer({"keepa", "observe", "--response", "-"}, 77, odd_zeros);
  EXPECT_EQ(observed["applied"], false);
  EXPECT_EQ(observed["error_type"], "invalidParameter");
  EXPECT_EQ(observed["balance"], 250);
}

TEST_F(KeepaCommandTest, AnAnswerThatMayNotBeKeepasIsChargedAndToldAsThat) {
  init_with(300);
  for (const char* body : {R"({"message":"Forbidden"})", "503", "null", "[1,2]", "{}"}) {
    Finished done = run_purser({"keepa", "settle", grant("backfiller", 10), "--response", "-"}, body);
    EXPECT_EQ(done.exit_status, 0) << body;
    EXPECT_NE(done.err.find("no token counts in that answer"), std::string::npos) << done.err;
    EXPECT_NE(done.err.find("the full cost is charged"), std::string::npos) << done.err;
  }
  Json of_keepa = answer({"keepa", "settle", grant("backfiller", 10), "--response", "-"}, 0,
                         R"({"error":{"type":"invalidParameter"}})");
  EXPECT_EQ(of_keepa["error_type"], "invalidParameter");
  Json consumed =
      answer({"keepa", "settle", grant("backfiller", 80), "--response", "-"}, 0, R"({"tokensConsumed":12})");
  EXPECT_EQ(consumed["balance"], 300 - 6 * 10 - 12);
  expect_refused({"keepa", "settle", grant("backfiller", 10), "--response", "-"}, 65, "invalid_response",
                 "gzip", "\x1f\x8b\x08");
}

TEST_F(KeepaCommandTest, WhatToDoNextNamesTheAccount) {
  init();
  answer({"--account", "two", "keepa", "observe", "--tokens-left", "100", "--refill-rate", "5"});
  Finished granted = run_purser({"--account", "two", "keepa", "acquire", "--task=--odd", "--cost", "80"});
  for (const char* verb : {"settle", "release"}) {
    std::string command = std::string("purser --account two keepa ") + verb + " ";
    EXPECT_NE(granted.out.find(command), std::string::npos) << granted.out;
  }
  run_purser({"--account", "two", "keepa", "acquire", "--task=--odd", "--cost", "80"});
  Finished queued = run_purser({"--account", "two", "keepa", "acquire", "--task", "b", "--cost", "5"});
  EXPECT_NE(queued.out.find("purser --account two keepa leave --task=--odd\n"), std::string::npos)
      << queued.out;
}

TEST_F(KeepaCommandTest, AnAnswerFromBeforeTheReservationIsToldAsOne) {
  init_with(300);
  auto answer_at = [](std::int64_t stamp, int left) {
    return R"({"refillRate":5,"tokenFlowReduction":5.0,"timestamp":)" + std::to_string(stamp) +
           R"(,"tokensLeft":)" + std::to_string(left) + "}";
  };
  answer({"keepa", "observe", "--response", "-"}, 0, answer_at(1'700'000'000'000, 300));
  Finished settled = run_purser({"keepa", "settle", grant("backfiller", 80), "--response", "-"},
                                answer_at(1'700'000'000'000 - 60'000, 300));
  EXPECT_EQ(settled.exit_status, 0);
  for (const char* fragment : {"was not applied", "the answer to another call", "220 balance"})
    EXPECT_NE(settled.out.find(fragment), std::string::npos) << fragment << "\n" << settled.out;
}

TEST_F(KeepaCommandTest, ReleaseGivesBackOnce) {
  init_with(55);
  std::string id = grant("backfiller", 80);
  EXPECT_EQ(answer({"keepa", "release", id}), Json({{"released", true}}));
  EXPECT_EQ(answer({"keepa", "release", id}), Json({{"released", false}}));
  EXPECT_EQ(answer({"keepa", "status"})["available"], 55);
}

TEST_F(KeepaCommandTest, AnIdempotencyKeyIsOneGrant) {
  init_with(300);
  Words words = {"keepa", "acquire", "--task", "backfiller", "--cost", "80", "--idempotency-key", "batch 7"};
  Json first = answer(words), again = answer(words);
  EXPECT_EQ(again["reservation"], first["reservation"]);
  EXPECT_EQ(again["replayed"], true);
  EXPECT_EQ(again["ended"], nullptr);
  answer({"keepa", "release", first["reservation"]});
  EXPECT_EQ(answer(words)["ended"], "release");
  EXPECT_EQ(answer({"keepa", "status"})["held"], 0);
}

TEST_F(KeepaCommandTest, StatusHoldsAllThatIsOpen) {
  init();
  Json fresh = answer({"keepa", "status"});
  EXPECT_EQ(fresh["known"], false);
  for (const char* field : {"balance", "available", "as_of_at"}) EXPECT_EQ(fresh[field], nullptr) << field;
  answer({"keepa", "observe", "--tokens-left", "55", "--refill-rate", "5"});
  answer(
      {"--worker", "box:1", "keepa", "acquire", "--task", "backfiller", "--cost", "80", "--kind", "product"});
  answer({"keepa", "acquire", "--task", "stranger", "--cost", "10.5"}, 75);
  Json status = answer({"keepa", "status"});
  EXPECT_EQ(fields(status), (Words{"as_of_at", "available", "balance", "capacity", "held", "known", "places",
                                   "refill_rate", "reservations", "target", "threshold", "unknown_tasks"}));
  ASSERT_EQ(status["reservations"].size(), 1U);
  EXPECT_EQ(fields(status["reservations"][0]),
            (Words{"cost", "created_at", "expires_at", "id", "kind", "task", "worker"}));
  EXPECT_EQ(status["reservations"][0]["worker"], "box:1");
  EXPECT_EQ(status["reservations"][0]["kind"], "product");
  ASSERT_EQ(status["places"].size(), 1U);
  EXPECT_EQ(fields(status["places"][0]), (Words{"asked_at", "cost", "expected_at", "lapses_at", "place",
                                                "reason", "since_at", "target", "task", "worker"}));
  EXPECT_EQ(status["places"][0]["cost"], 10.5);
  EXPECT_EQ(status["unknown_tasks"], Json({"stranger"}));
}

// A script runs a process for each verb; what they have in common is the script.
TEST_F(KeepaCommandTest, TheWorkerIsWhoeverRunsTheProgram) {
  init_with(300);
  grant("backfiller", 5);
  std::string worker = answer({"keepa", "status"})["reservations"][0]["worker"];
  EXPECT_EQ(worker.substr(worker.rfind(':') + 1), std::to_string(getpid()));
}

TEST_F(KeepaCommandTest, LedgerIsALineEach) {
  init_with(55);
  grant("backfiller", 80);
  auto all = json_lines({"keepa", "ledger"});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(fields(all[0]), (Words{"at", "balance", "balance_change", "held", "held_change", "id", "kind",
                                   "reservation", "task", "worker"}));
  EXPECT_EQ(all[0]["kind"], "open");
  EXPECT_EQ(all[1]["kind"], "hold");
  auto last = json_lines({"keepa", "ledger", "--last", "1"});
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0]["kind"], "hold");
  EXPECT_EQ(lines(run_purser({"keepa", "ledger"}).out).size(), 3U);
}

TEST_F(KeepaCommandTest, PoliciesAreRows) {
  init();
  auto all = json_lines({"keepa", "policy", "list"});
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0], Json({{"name", "backfiller"},
                          {"threshold", 50},
                          {"margin", 5},
                          {"buffer", nullptr},
                          {"max_deficit", nullptr},
                          {"patience_ms", 60'000}}));
  Json set = answer({"keepa", "policy", "set", "backfiller", "--threshold", "60.5", "--max-deficit", "200"});
  EXPECT_EQ(set["threshold"], 60.5);
  EXPECT_EQ(set["margin"], 5);
  EXPECT_EQ(set["max_deficit"], 200);
  EXPECT_EQ(answer({"keepa", "policy", "set", "backfiller", "--max-deficit", "none"})["max_deficit"],
            nullptr);
  EXPECT_EQ(answer({"keepa", "policy", "set", "new", "--buffer", "7", "--patience", "90s"}),
            Json({{"name", "new"},
                  {"threshold", nullptr},
                  {"margin", nullptr},
                  {"buffer", 7},
                  {"max_deficit", nullptr},
                  {"patience_ms", 90'000}}));
}

TEST_F(KeepaCommandTest, AccountsAreApart) {
  init_with(55);
  expect_refused({"--account", "second", "keepa", "status"}, 78, "unknown_account", "second");
  expect_refused({"--account", "second", "keepa", "acquire", "--task", "a", "--cost", "1"}, 78,
                 "unknown_account", "second");
  EXPECT_EQ(answer({"--account", "second", "keepa", "observe", "--response", "-"}, 0, "{}")["applied"],
            false);
  answer({"--account", "second", "keepa", "observe", "--tokens-left", "7", "--refill-rate", "20"});
  EXPECT_EQ(answer({"--account", "second", "keepa", "status"})["capacity"], 1200);
  EXPECT_EQ(answer({"keepa", "status"})["balance"], 55);
}

TEST_F(KeepaCommandTest, ObserveReadsAnAnswerFromAFile) {
  init();
  auto file = folder_.file("answer.json");
  write_file(file, R"({"timestamp":1594177158252,"tokensLeft":0,"refillIn":38205,"refillRate":20,)"
                   R"("tokenFlowReduction":0,"tokensConsumed":0,"processingTimeInMs":0})");
  Json observed = answer({"keepa", "observe", "--response", file.string()});
  EXPECT_EQ(observed["applied"], true);
  EXPECT_EQ(observed["refill_rate"], 20);
  Json older = answer({"keepa", "observe", "--tokens-left", "9", "--timestamp", "1594177158251"});
  EXPECT_EQ(older["applied"], false);
  EXPECT_EQ(older["drift"], nullptr);
  EXPECT_EQ(answer({"keepa", "observe", "--tokens-left", "9", "--timestamp", "1594177158251",
                    "--force"})["applied"],
            true);
}

TEST_F(KeepaCommandTest, SettleAppliesAnOlderAnswerByForce) {
  init_with(300);
  // What was asked after the last observation is newer, whatever it says of itself; these were asked before.
  std::string first = grant("backfiller", 80), second = grant("backfiller", 80);
  answer({"keepa", "observe", "--tokens-left", "300", "--timestamp", "1594177158252"});
  Words older = {"--tokens-left", "9", "--timestamp", "1594177158251"};
  Json passed_over = answer(Words{"keepa", "settle", first} + older);
  EXPECT_EQ(passed_over["settled"], true);
  EXPECT_EQ(passed_over["applied"], false);
  Json forced = answer(Words{"keepa", "settle", second} + older + Words{"--force"});
  EXPECT_EQ(forced["applied"], true);
  EXPECT_EQ(forced["balance"], 9);
  Words ahead = {"--tokens-left", "5", "--timestamp", "253402300799999"};
  answer({"keepa", "observe", "--tokens-left", "300"});
  std::string id = grant("backfiller", 80);
  expect_refused(Words{"keepa", "settle", id} + ahead, 65, "timestamp_ahead", "ahead");
  EXPECT_EQ(answer(Words{"keepa", "settle", id, "--force"} + ahead)["balance"], 5);
}

TEST_F(KeepaCommandTest, WaitsUntilThereIsEnough) {
  init();
  // 100 tokens a second: the target of 55 is reached half a second from now.
  answer({"keepa", "observe", "--tokens-left", "0", "--refill-rate", "6000"});
  Json granted = answer({"keepa", "acquire", "--task", "backfiller", "--cost", "80", "--wait", "30s"});
  EXPECT_EQ(granted["decision"], "granted");
}

TEST_F(KeepaCommandTest, AWaitEndsInARefusal) {
  init();
  answer({"keepa", "observe", "--tokens-left", "0", "--refill-rate", "5"});
  auto began = std::chrono::steady_clock::now();
  Finished done =
      run_purser({"keepa", "acquire", "--task", "backfiller", "--cost", "80", "--wait", "1500ms", "--json"});
  EXPECT_EQ(done.exit_status, 75);
  EXPECT_EQ(done.err, "");  // no progress line off a terminal
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(1500));
  EXPECT_EQ(Json::parse(done.out)["decision"], "refused");
}

TEST_F(KeepaCommandTest, VerifyProvesTheSums) {
  init_with(55);
  grant("backfiller", 80);
  EXPECT_EQ(answer({"keepa", "verify"}),
            Json({{"entries", 2}, {"balance_matches", true}, {"held_matches", true}}));
  // An operator's slip: the row says other than the sum.
  Finished slip = run({.words = {"sqlite3", database(), "UPDATE keepa_account SET balance_millitokens = 1"}});
  ASSERT_EQ(slip.exit_status, 0) << slip.err;
  Json broken = answer({"keepa", "verify"}, 1);
  EXPECT_EQ(broken["balance_matches"], false);
  EXPECT_EQ(broken["held_matches"], true);
  Finished text = run_purser({"keepa", "verify"});
  EXPECT_EQ(text.exit_status, 1);
  EXPECT_NE(text.out.find("broken"), std::string::npos);
}

}  // namespace
}  // namespace purser::test
