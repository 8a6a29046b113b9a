// `purser keepa afford` and what `keepa status` tells of those who wait: fields, texts, exit statuses.
#include <thread>

#include "cli/command_line_test.h"

namespace purser::test {
namespace {

class AffordCommandTest : public CommandLineTest {
 protected:
  Json afford(const Words& more, int exit_status = 0) const {
    return answer(Words{"keepa", "afford", "--task"} + more, exit_status);
  }
  std::string text(const Words& words, int exit_status = 0) const {
    Finished done = run_purser(words);
    EXPECT_EQ(done.exit_status, exit_status) << done.out << done.err;
    return done.out;
  }
  void call(const std::string& kind, int cost, const std::string& consumed) const {
    Json granted =
        answer({"keepa", "acquire", "--task", "backfiller", "--cost", std::to_string(cost), "--kind", kind});
    answer({"keepa", "settle", granted["reservation"], "--consumed", consumed});
  }
};

const Words kFields = {"task",          "largest", "available",       "cost", "now",   "at",   "reason",
                       "place",         "target",  "observe_due",     "kind", "calls", "mean", "max",
                       "reserved_mean", "last_at", "calls_affordable"};

TEST_F(AffordCommandTest, TheLargestCostNow) {
  init_with(63);
  Json upserter = afford({"upserter"});
  EXPECT_EQ(upserter.size(), kFields.size());
  for (const std::string& field : kFields) EXPECT_TRUE(upserter.contains(field)) << field;
  EXPECT_EQ(upserter["largest"], 43);
  EXPECT_EQ(upserter["available"], 63);
  EXPECT_EQ(upserter["now"], true);
  for (const char* field : {"cost", "reason", "place", "kind", "calls", "mean", "max", "calls_affordable"}) {
    EXPECT_EQ(upserter[field], nullptr) << field;
  }
  EXPECT_EQ(afford({"backfiller"})["largest"], nullptr);
  EXPECT_EQ(afford({"upserter", "--cost", "43"})["now"], true);
  Json more = afford({"upserter", "--cost", "43.001"});
  EXPECT_EQ(more["now"], false);
  EXPECT_EQ(more["reason"], "no_refill");
  EXPECT_EQ(more["at"], nullptr);
  EXPECT_EQ(answer({"keepa", "acquire", "--task", "upserter", "--cost", "43"})["decision"], "granted");
}

TEST_F(AffordCommandTest, WhenACostWillBeGranted) {
  init();
  Json unknown = afford({"backfiller", "--cost", "80"});
  EXPECT_EQ(unknown["reason"], "unknown_balance");
  EXPECT_EQ(unknown["largest"], 0);
  EXPECT_EQ(unknown["at"], nullptr);
  answer({"keepa", "observe", "--tokens-left", "30", "--refill-rate", "5", "--refill-in", "60000"});
  Json later = afford({"backfiller", "--cost", "80"});
  EXPECT_EQ(later["now"], false);
  EXPECT_EQ(later["reason"], "threshold");
  EXPECT_EQ(later["target"], 55);
  EXPECT_EQ(later["place"], 1);
  EXPECT_EQ(answer({"keepa", "status"})["places"], Json::array());  // it took none
  Json refused = answer({"keepa", "acquire", "--task", "backfiller", "--cost", "80"}, 75);
  EXPECT_EQ(later["at"], refused["retry_at"]);
  Json behind = afford({"upserter", "--cost", "5"});
  EXPECT_EQ(behind["largest"], 0);
  EXPECT_EQ(behind["reason"], "queued");
  EXPECT_EQ(behind["place"], 2);
  Json never = afford({"upserter", "--cost", "900"}, 65);
  EXPECT_EQ(never["now"], false);
  EXPECT_EQ(never["at"], nullptr);
  EXPECT_EQ(never["reason"], "beyond_capacity");
  EXPECT_EQ(never.size(), kFields.size());
}

TEST_F(AffordCommandTest, WhatAKindOfCallReallyCosts) {
  init_with(1000);
  call("product", 100, "386");
  call("product", 20, "18.5");
  answer({"keepa", "settle",
          answer({"keepa", "acquire", "--task", "backfiller", "--cost", "50", "--kind",
                  "product"})["reservation"]});
  Json known = afford({"upserter", "--cost", "40", "--kind", "product"});
  EXPECT_EQ(known["kind"], "product");
  EXPECT_EQ(known["calls"], 2);
  EXPECT_EQ(known["mean"], 202.25);
  EXPECT_EQ(known["max"], 386);
  EXPECT_EQ(known["reserved_mean"], 60);
  EXPECT_EQ(known["largest"], 525.5);
  EXPECT_EQ(known["calls_affordable"], 1);
  EXPECT_EQ(known["last_at"].get<std::string>().size(), 24U);
  Json unseen = afford({"upserter", "--kind", "deal"});
  EXPECT_EQ(unseen["calls"], 0);
  for (const char* field : {"mean", "max", "reserved_mean", "last_at", "calls_affordable"}) {
    EXPECT_EQ(unseen[field], nullptr) << field;
  }
  Finished view =
      run({.words = {"sqlite3", "-readonly", database(),
                     "SELECT account, kind, calls, mean, max, reserved_mean, percent_of_reserved FROM "
                     "ops_keepa_kinds"}});
  EXPECT_EQ(view.out, "default|product|2|202.25|386.0|60.0|337.0\n");
}

TEST_F(AffordCommandTest, PeopleReadItAtAGlance) {
  init_with(1000);
  call("product", 100, "386");
  call("product", 20, "18.5");
  std::string upserter = text({"keepa", "afford", "--task", "upserter", "--kind", "product"});
  expect_in(upserter, "575.5 tokens  is the largest cost that upserter is granted now (595.5 available)\n");
  expect_in(upserter,
            "kind product: 2 calls cost 202.25 on average and 386 at most; reserved were 60 on average: they "
            "cost 337 % of "
            "it\na batch of 1 call fits into one grant now, each at that most\n");
  expect_in(text({"keepa", "afford", "--task", "backfiller", "--cost", "80", "--kind", "deal"}),
            "any cost  to backfiller: it has no limit now (595.5 available)\n80 tokens: granted now\n"
            "kind deal: no settled call of it has said yet what it cost\n");
  answer({"keepa", "observe", "--tokens-left", "10", "--refill-rate", "5", "--flow-reduction", "0"});
  std::string poor = text({"keepa", "afford", "--task", "upserter", "--cost", "12", "--kind", "product"});
  expect_in(poor, "nothing  to upserter now (1");
  expect_in(
      poor,
      "12 tokens: not now, fewer than its buffer would be left (it needs 32), place 1 in the queue; expected "
      "in 4 min");
  expect_in(poor, "not even one call at that most fits now\n");
  expect_in(text({"keepa", "afford", "--task", "upserter", "--cost", "900"}, 65),
            "900 tokens: never, no refill ever reaches that (it needs 920)\n");
}

TEST_F(AffordCommandTest, WhatIsMalformed) {
  init_with(300);
  Words task = {"keepa", "afford", "--task", "a"};
  for (const char* cost : {"abc", "-1", "1000000.001", "0.0001", ""}) {
    expect_refused(task + Words{"--cost", cost}, 64, "usage",
                   "--cost takes a number of tokens from 0 to 1000000");
  }
  expect_refused({"keepa", "afford"}, 64, "usage", "purser keepa afford needs --task NAME");
  expect_refused(task + Words{"--kind", ""}, 64, "usage", "--kind is empty");
  expect_refused(task + Words{"--kind", "\xff"}, 65, "invalid_text", "UTF-8");
  expect_refused(task + Words{"--account", "nobody"}, 78, "unknown_account", "nobody");
  expect_refused({"keepa", "aford", "--task", "a"}, 64, "usage", "did you mean purser keepa afford?");
}

TEST_F(AffordCommandTest, ChangesNothing) {
  init();
  answer({"keepa", "observe", "--tokens-left", "10", "--refill-rate", "5"});
  answer({"keepa", "acquire", "--task", "backfiller", "--cost", "80"}, 75);
  std::string before = content();
  afford({"stranger", "--cost", "80", "--kind", "product"});
  afford({"upserter"});
  EXPECT_EQ(content(), before);
}

// --- Who waits ---------------------------------------------------------------------------------------------

TEST_F(AffordCommandTest, StatusTellsWhoIsNext) {
  init();
  answer({"keepa", "observe", "--tokens-left", "10", "--refill-rate", "5", "--refill-in", "60000"});
  expect_in(text({"keepa", "status"}), "  0  nobody\n");
  answer({"--worker", "box:7", "keepa", "acquire", "--task", "backfiller", "--cost", "80"}, 75);
  answer({"keepa", "acquire", "--task", "upserter", "--cost", "5"}, 75);
  std::string status = text({"keepa", "status"});
  expect_in(status, "  2  next is backfiller for 80: in ");
  expect_in(status, "PLACE  WAITING TASK  COST  NEEDS  REASON     SINCE");
  expect_in(status, "    1  backfiller      80     55  threshold  ");
  expect_in(status, "    2  upserter         5     25  queued     ");
  expect_in(status, "box:7");
}

TEST_F(AffordCommandTest, StatusTellsWhoseTurnHasComeAndWhoHasNotAskedLately) {
  init();
  answer({"keepa", "observe", "--tokens-left", "10", "--refill-rate", "5"});
  answer({"keepa", "acquire", "--task", "backfiller", "--cost", "80"}, 75);
  answer({"keepa", "observe", "--tokens-left", "200", "--refill-rate", "5"});
  // Asked 40 s ago, and the place outlives that by a minute.
  sqlite(
      "UPDATE keepa_place SET since_at_ms = since_at_ms - 40000, asked_at_ms = asked_at_ms - 40000, live_ms "
      "= 100000");
  std::string status = text({"keepa", "status"});
  expect_in(status, "next is backfiller for 80: now\n");
  expect_in(status, "  now       40 s ago; lapses in ");
}

}  // namespace
}  // namespace purser::test
