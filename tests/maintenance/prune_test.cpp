// What prune removes, what it leaves, and that all sums add up at every step.
#include "purser/prune.h"
#include "purser/health.h"

#include <gtest/gtest.h>

#include "purser/keepa_status.h"
#include "purser/spapi.h"
#include "purser/xai_verdicts.h"
#include "support/foreign_tool.h"
#include "support/scratch.h"

namespace purser {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class PruneTest : public test::DatabaseTest {
 protected:
  void observe(const std::string& account = "default") {
    keepa::Observation observation;
    observation.tokens_left = tokens(100'000);
    observation.refill_rate = tokens(5);
    keepa::Ledger(database_, account).observe(observation);
  }
  std::string grant(const keepa::AcquireRequest& request) {
    auto outcome = ledger_.acquire(request);
    if (const auto* granted = std::get_if<keepa::Granted>(&outcome)) return granted->reservation;
    throw std::runtime_error("not granted");
  }
  std::string grant() { return grant({.task = "backfiller", .cost = tokens(7)}); }
  std::string settled_grant() {
    std::string id = grant();
    ledger_.settle(id, {.consumed = tokens(5)});
    return id;
  }
  PruneReport prune_ledger(Duration age, bool dry_run = false) {
    return prune(database_, {.ledger_older_than = age, .dry_run = dry_run});
  }
  PruneReport prune_days(Duration age, bool dry_run = false) {
    return prune(database_, {.days_older_than = age, .dry_run = dry_run});
  }
  std::string kinds() {
    std::string all;
    for (const auto& entry : ledger_.entries(1000)) all += (all.empty() ? "" : " ") + entry.kind;
    return all;
  }
  std::int64_t rows(const std::string& table) {
    return test::ForeignTool(options().path).number("SELECT count(*) FROM " + table);
  }
  void tamper(const std::string& script) { test::ForeignTool(options().path).run(script); }
  void expect_whole() {
    for (const Check& check : verify(options()).checks) EXPECT_TRUE(check.passed) << check.detail;
  }
  std::optional<ErrorCode> prune_error(const PruneOptions& wanted) {
    return test::error_of([&] { static_cast<void>(prune(database_, wanted)); });
  }

  Database database_ = open();
  keepa::Ledger ledger_{database_};
  xai::Quota quota_{database_};
  xai::Verdicts verdicts_{database_};
};

xai::Question book(const std::string& title) {
  return {.title = title, .category = "Books", .season = "Sep", .price = {4990}};
}

// --- The ledger ------------------------------------------------------------------------------------

TEST_F(PruneTest, OldEntriesBecomeOneOpeningLine) {
  observe();
  settled_grant();
  settled_grant();
  clock_.advance(hours(24 * 10));
  auto before = ledger_.entries(1000);
  settled_grant();
  ASSERT_EQ(kinds(), "open hold settle hold settle hold settle");

  PruneReport report = prune_ledger(hours(24 * 5));
  EXPECT_EQ(report.ledger_entries, 5);
  EXPECT_EQ(report.reservations, 2);
  ASSERT_EQ(kinds(), "carry hold settle");
  auto carry = ledger_.entries(1000).front();
  EXPECT_EQ(carry.id, before.back().id);
  EXPECT_EQ(carry.at, before.back().at);
  EXPECT_EQ(carry.balance, before.back().balance);
  EXPECT_EQ(carry.held, tokens(0));
  EXPECT_EQ(carry.balance_change, carry.balance);
  EXPECT_EQ(carry.held_change, tokens(0));
  expect_whole();
}

TEST_F(PruneTest, TheOpeningLineMovesOn) {
  observe();
  for (int week = 0; week < 3; ++week) {
    settled_grant();
    clock_.advance(hours(24 * 7));
  }
  EXPECT_GT(prune_ledger(hours(24 * 15)).ledger_entries, 0);
  expect_whole();
  EXPECT_GT(prune_ledger(hours(24 * 8)).ledger_entries, 0);
  expect_whole();
  EXPECT_GT(prune_ledger(hours(25)).ledger_entries, 0);
  EXPECT_EQ(kinds(), "carry");
  EXPECT_EQ(prune_ledger(hours(25)).rows(), 0);
  expect_whole();
  settled_grant();
  EXPECT_EQ(kinds(), "carry hold settle");
  expect_whole();
}

TEST_F(PruneTest, AHoldThatIsOpenIsCarriedAndItsReservationStays) {
  observe();
  std::string open = grant();
  // Nothing is booked meanwhile: by the ledger it is open still.
  clock_.advance(hours(24 * 3));
  PruneReport report = prune_ledger(hours(48));
  EXPECT_EQ(report.ledger_entries, 2);
  EXPECT_EQ(report.reservations, 0);
  EXPECT_EQ(kinds(), "carry");
  EXPECT_EQ(ledger_.entries(1).front().held, tokens(7));
  expect_whole();
  EXPECT_FALSE(ledger_.settle(open, {}).settled);  // it expired
  EXPECT_EQ(kinds(), "carry expire");
  expect_whole();
}

TEST_F(PruneTest, AReservationWhoseEndIsYoungStays) {
  observe();
  std::string id = grant({.task = "backfiller", .cost = tokens(7), .expires_in = hours(1)});
  clock_.advance(minutes(50));
  ledger_.settle(id, {});
  clock_.advance(hours(25) - minutes(40));
  EXPECT_EQ(prune_ledger(hours(25)).reservations, 0);
  EXPECT_EQ(kinds(), "carry settle");
  EXPECT_EQ(rows("keepa_reservation"), 1);
  expect_whole();
  EXPECT_FALSE(ledger_.settle(id, {}).settled);
}

TEST_F(PruneTest, WhatIsSettledLaterIsUnknown) {
  observe();
  std::string id = settled_grant();
  clock_.advance(hours(48));
  EXPECT_EQ(prune_ledger(hours(25)).reservations, 1);
  EXPECT_PURSER_ERROR(ErrorCode::unknown_reservation, ledger_.settle(id, {}));
}

TEST_F(PruneTest, AnIdempotencyKeyThatHoldsKeepsItsReservation) {
  observe();
  clock_.jump(hours(24 * 30));  // a wrong clock makes the grant look young, and its end old
  keepa::AcquireRequest request{.task = "backfiller", .cost = tokens(7), .idempotency_key = "once"};
  std::string id = grant(request);
  clock_.jump(-hours(24 * 30));
  ledger_.settle(id, {});
  clock_.advance(hours(24 * 29) + hours(12));
  prune_ledger(hours(25));
  EXPECT_EQ(rows("keepa_reservation"), 1);
  EXPECT_EQ(grant(request), id);
  expect_whole();
}

TEST_F(PruneTest, EveryAccountHasAnOpeningLine) {
  observe();
  observe("second");
  settled_grant();
  keepa::Ledger second(database_, "second");
  static_cast<void>(second.acquire({.task = "upserter", .cost = tokens(3)}));
  clock_.advance(hours(48));
  EXPECT_EQ(prune_ledger(hours(25)).ledger_entries, 5);
  EXPECT_EQ(kinds(), "carry");
  EXPECT_EQ(second.entries(10).front().kind, "carry");
  expect_whole();
}

TEST_F(PruneTest, AWrongClockOfThePastOrTheFutureTakesNoYoungEntry) {
  observe();
  clock_.jump(hours(24 * 365 * 70));
  settled_grant();
  clock_.jump(-hours(24 * 365 * 70));
  settled_grant();
  clock_.advance(hours(24 * 10));
  settled_grant();
  clock_.jump(-hours(24 * 300));
  settled_grant();
  clock_.jump(hours(24 * 300));
  std::string before = kinds();
  prune_ledger(hours(48));
  // What the clock of the future booked stood between old entries; what the one of the past did, after young.
  ASSERT_EQ(kinds().substr(0, 6), "carry ");
  auto entries = ledger_.entries(1000);
  auto young = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
    return entry.at <= clock_.now() && entry.at > clock_.now() - hours(48);
  });
  EXPECT_EQ(young, entries.begin() + 1) << before << "\n" << kinds();
  EXPECT_LT(entries.back().at, clock_.now() - hours(24 * 200));
  expect_whole();
}

TEST_F(PruneTest, ManyEntriesTakeManySteps) {
  observe();
  for (int i = 0; i < 800; ++i) settled_grant();
  clock_.advance(hours(48));
  std::int64_t steps = 0;
  std::int64_t last = 0;
  PruneReport report =
      prune(database_, {.ledger_older_than = hours(25)}, [&](std::int64_t done, std::int64_t whole) {
        ++steps;
        EXPECT_GT(done, last);
        EXPECT_LE(done, whole);
        last = done;
        expect_whole();
      });
  EXPECT_GE(steps, 4);
  EXPECT_EQ(report.ledger_entries, 1601);
  EXPECT_EQ(report.reservations, 800);
  EXPECT_EQ(last, report.rows());
  EXPECT_GT(report.free_bytes, 0);
}

// Account by account, though the file has them in the order in which they came.
TEST_F(PruneTest, EntriesOfSeveralAccountsBetweenEachOther) {
  observe();
  observe("busy");
  observe("seldom");
  keepa::Ledger busy(database_, "busy");
  keepa::Ledger seldom(database_, "seldom");
  auto spend = [](keepa::Ledger& ledger) {
    auto outcome = ledger.acquire({.task = "backfiller", .cost = tokens(7)});
    ledger.settle(std::get<keepa::Granted>(outcome).reservation, {});
  };
  for (int i = 0; i < 300; ++i) {
    spend(busy);
    if (i % 10 == 0) settled_grant();
    if (i % 299 == 0) spend(seldom);
  }
  clock_.advance(hours(48));
  PruneReport dry = prune_ledger(hours(25), true);
  PruneReport report = prune_ledger(hours(25));
  EXPECT_EQ(report.ledger_entries, 3 + 2 * (300 + 30 + 2));
  EXPECT_EQ(report.ledger_entries, dry.ledger_entries);
  EXPECT_EQ(report.reservations, dry.reservations);
  EXPECT_EQ(rows("keepa_ledger"), 3);
  expect_whole();
}

TEST_F(PruneTest, ALedgerThatDoesNotAddUpKeepsItsEntries) {
  observe();
  settled_grant();
  settled_grant();
  tamper(
      "DROP TRIGGER keepa_ledger_append_only;"
      "UPDATE keepa_ledger SET balance_millitokens = balance_millitokens + 1 WHERE id = 3");
  clock_.advance(hours(48));
  EXPECT_EQ(prune_error({.ledger_older_than = hours(25)}), ErrorCode::corrupt);
  EXPECT_EQ(kinds(), "open hold settle hold settle");
}

// --- Days ------------------------------------------------------------------------------------------

TEST_F(PruneTest, OldDaysGoWithAllThatHangsOnThem) {
  for (int day = 0; day < 5; ++day) {
    static_cast<void>(quota_.acquire("test"));
    static_cast<void>(quota_.bypass("test"));
    quota_.record_usage("grok", {.calls = 1, .total_tokens = 100});
    clock_.advance(hours(24));
  }
  static_cast<void>(quota_.acquire("test"));
  PruneReport counted = prune_days(hours(48), true);
  EXPECT_EQ(quota_.days(100).size(), 6U);
  PruneReport report = prune_days(hours(48));
  EXPECT_EQ(report.days, 3);  // of five: the third ended exactly 48 h ago
  EXPECT_EQ(report.units, 6);
  EXPECT_EQ(report.usage, 3);
  EXPECT_EQ(counted.rows(), report.rows());
  EXPECT_EQ(quota_.days(100).size(), 3U);
  EXPECT_EQ(quota_.days(100).front().date, "2026-01-04");
  expect_whole();
}

TEST_F(PruneTest, ThePresentDayStaysHoweverLongNobodyCounted) {
  static_cast<void>(quota_.acquire());
  clock_.advance(hours(24 * 400));
  EXPECT_EQ(prune_days(hours(48)).rows(), 0);
  EXPECT_EQ(rows("xai_unit"), 1);
  expect_whole();
}

TEST_F(PruneTest, ADayWhoseCallMayStillBeAnsweredStays) {
  clock_.advance(hours(23));
  auto outcome = verdicts_.claim(book("Eragon"), hours(1));
  auto flight = std::get<xai::Claimed>(outcome).flight;
  clock_.advance(hours(3));
  auto other = std::get<xai::Claimed>(verdicts_.claim(book("Eldest")));
  verdicts_.answer(other.flight, true);
  EXPECT_EQ(prune_days(hours(1)).days, 0);
  EXPECT_TRUE(verdicts_.answer(flight, false));
  clock_.advance(hours(25));
  static_cast<void>(verdicts_.claim(book("Brisingr")));
  PruneReport report = prune_days(hours(24));
  EXPECT_EQ(report.days, 1);
  expect_whole();
}

TEST_F(PruneTest, TheNewestFlightKeepsItsNumberAndItsDay) {
  auto first = std::get<xai::Claimed>(verdicts_.claim(book("Eragon")));
  static_cast<void>(verdicts_.claim(book("Eldest")));
  clock_.advance(hours(72));
  static_cast<void>(quota_.acquire());
  EXPECT_EQ(prune_days(hours(24)).days, 0);
  static_cast<void>(verdicts_.claim(book("Brisingr")));
  PruneReport report = prune_days(hours(24));
  EXPECT_EQ(report.days, 1);
  EXPECT_EQ(report.flights, 2);
  EXPECT_EQ(rows("xai_flight"), 1);
  EXPECT_EQ(rows("lease"), 1);
  EXPECT_PURSER_ERROR(ErrorCode::unknown_flight, verdicts_.answer(first.flight, true));
  expect_whole();
}

TEST_F(PruneTest, WhatWasStatedAndTakenBackGoesToo) {
  clock_.jump(hours(24 * 3));  // a wrong clock pinned a later day
  for (int i = 0; i < 30; ++i) static_cast<void>(quota_.acquire());
  clock_.jump(-hours(24 * 3));
  quota_.set_day("2026-01-01", 7);  // takes the 30 back, with a row that is older than they are
  clock_.advance(hours(24 * 10));
  static_cast<void>(quota_.acquire());
  std::int64_t steps = 0;
  PruneReport report = prune(database_, {.days_older_than = hours(24)}, [&](std::int64_t, std::int64_t) {
    ++steps;
    expect_whole();
  });
  EXPECT_EQ(report.days, 2);
  EXPECT_EQ(report.units, 32);
  EXPECT_GE(steps, 1);
  expect_whole();
}

TEST_F(PruneTest, ADayInPartsAddsUpAtEveryStep) {
  quota_.set_limit(10'000);
  for (int i = 0; i < 900; ++i)
    static_cast<void>(i % 3 == 0 ? quota_.bypass().grant
                                 : [&] { return std::get<xai::UnitGranted>(quota_.acquire()).grant; }());
  clock_.advance(hours(72));
  static_cast<void>(quota_.acquire());
  std::int64_t steps = 0;
  PruneReport report = prune(database_, {.days_older_than = hours(24)}, [&](std::int64_t, std::int64_t) {
    ++steps;
    expect_whole();
  });
  EXPECT_GE(steps, 3);
  EXPECT_EQ(report.units, 900);
}

TEST_F(PruneTest, ADayThatDoesNotAddUpStays) {
  static_cast<void>(quota_.acquire());
  clock_.advance(hours(72));
  static_cast<void>(quota_.acquire());
  tamper("UPDATE xai_day SET calls_today = 2 WHERE date = '2026-01-01'");
  EXPECT_EQ(prune_error({.days_older_than = hours(24)}), ErrorCode::corrupt);
  EXPECT_EQ(quota_.days(10).size(), 2U);
}

// --- Verdicts, and what is common to all ------------------------------------------------------------

TEST_F(PruneTest, OldVerdictsGo) {
  for (int i = 0; i < 700; ++i) verdicts_.put(book("old " + std::to_string(i)), i % 2 == 0);
  clock_.advance(hours(48));
  for (int i = 0; i < 300; ++i) verdicts_.put(book("young " + std::to_string(i)), true);
  EXPECT_EQ(prune(database_, {.cache_older_than = hours(24), .dry_run = true}).verdicts, 700);
  EXPECT_EQ(prune(database_, {.cache_older_than = hours(24)}).verdicts, 700);
  EXPECT_EQ(verdicts_.stats().entries, 300);
  EXPECT_EQ(verdicts_.prune(hours(24)), 0);
}

TEST_F(PruneTest, ADryRunCountsTheSameAndChangesNothing) {
  observe();
  for (int i = 0; i < 20; ++i) settled_grant();
  static_cast<void>(quota_.acquire());
  verdicts_.put(book("Eragon"), true);
  clock_.advance(hours(72));
  static_cast<void>(quota_.acquire());
  PruneOptions all{.ledger_older_than = hours(25),
                   .days_older_than = hours(25),
                   .cache_older_than = hours(25),
                   .dry_run = true};
  PruneReport counted = prune(database_, all);
  EXPECT_EQ(kinds().substr(0, 4), "open");
  all.dry_run = false;
  PruneReport removed = prune(database_, all);
  EXPECT_EQ(counted.rows(), removed.rows());
  EXPECT_EQ(counted.rows(), 41 + 20 + 1 + 1 + 1);
  EXPECT_EQ(prune(database_, all).rows(), 0);
}

TEST_F(PruneTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(prune_error({}), ErrorCode::usage);
  EXPECT_EQ(prune_error({.ledger_older_than = hours(24)}), ErrorCode::usage);
  EXPECT_EQ(prune_error({.days_older_than = Duration::zero()}), ErrorCode::usage);
  EXPECT_EQ(prune_error({.cache_older_than = -hours(1)}), ErrorCode::usage);
}

}  // namespace
}  // namespace purser
