// A Database moves: what uses it stays with the open file. And its LogSink may throw: what was asked for
// holds.
#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>
#include <vector>

#include "purser/create.h"
#include "purser/keepa_status.h"
#include "purser/spapi.h"
#include "purser/xai_verdicts.h"
#include "support/scratch.h"

namespace purser {
namespace {

class MovedDatabase : public test::DatabaseTest {
 protected:
  static keepa::Observation full() {
    keepa::Observation observation;
    observation.tokens_left = tokens(300);
    observation.refill_rate = tokens(5);
    return observation;
  }
  Database second_file() {
    DatabaseOptions more = options();
    more.path = folder_.file("second.db");
    create_database(more);
    return Database::open(more);
  }
  static bool is_granted(keepa::Ledger& ledger) {
    return std::holds_alternative<keepa::Granted>(ledger.acquire({.task = "a", .cost = tokens(1)}));
  }
};

TEST_F(MovedDatabase, AVectorThatGrowsTakesNoLedgerAway) {
  std::vector<Database> databases;
  databases.push_back(open());
  keepa::Ledger ledger(databases.front());
  xai::Quota quota(databases.front());
  xai::Verdicts verdicts(databases.front());
  spapi::Sellers sellers(databases.front());
  ledger.observe(full());
  for (int i = 0; i < 20; ++i) databases.push_back(open());
  EXPECT_TRUE(is_granted(ledger));
  EXPECT_TRUE(std::holds_alternative<xai::UnitGranted>(quota.acquire()));
  EXPECT_EQ(verdicts.stats().entries, 0);
  EXPECT_TRUE(sellers.status().empty());
  EXPECT_EQ(ledger.status().reservations.size(), 1U);
}

TEST_F(MovedDatabase, ItsLedgerFollowsItsFileThroughMovesAndSwaps) {
  Database first = open();
  Database other = second_file();
  keepa::Ledger ledger(first), others(other);
  ledger.observe(full());
  others.observe(full());
  std::swap(first, other);
  EXPECT_TRUE(is_granted(ledger));
  EXPECT_EQ(keepa::Ledger(other).status().reservations.size(), 1U);  // where the first file is now
  EXPECT_EQ(keepa::Ledger(first).status().reservations.size(), 0U);
  Database moved = std::move(other);
  EXPECT_TRUE(is_granted(ledger));
  EXPECT_EQ(keepa::Ledger(moved).status().reservations.size(), 2U);
  EXPECT_TRUE(is_granted(others));
}

// Assigned to, it gives up the file that it had: the other's users go on.
TEST_F(MovedDatabase, AnAssignmentKeepsTheUsersOfWhatIsAssigned) {
  Database first = open();
  Database other = second_file();
  keepa::Ledger others(other);
  others.observe(full());
  first = std::move(other);
  EXPECT_TRUE(is_granted(others));
  EXPECT_EQ(first.path(), folder_.file("second.db"));
}

TEST_F(MovedDatabase, OneThatWasMovedFromIsToldSo) {
  Database first = open();
  Database moved = std::move(first);
  // NOLINTBEGIN(bugprone-use-after-move): that is what is asked
  EXPECT_PURSER_ERROR(ErrorCode::usage, keepa::Ledger(first));
  EXPECT_PURSER_ERROR(ErrorCode::usage, xai::Quota(first));
  EXPECT_PURSER_ERROR(ErrorCode::usage, first.schema_version());
  EXPECT_PURSER_ERROR(ErrorCode::usage, first.path());
  first = open();
  EXPECT_NO_PURSER_ERROR(keepa::Ledger(first));
  // NOLINTEND(bugprone-use-after-move)
}

class ThrowingSink final : public LogSink {
 public:
  void line(LogLevel, std::string_view) override {
    ++lines;
    throw std::runtime_error("the log is full");
  }
  int lines = 0;
};

// The line tells that a dead worker's reservation expired; the grant beside it is stored, and answered.
TEST_F(MovedDatabase, ASinkThatThrowsTakesNoAnswerAway) {
  ThrowingSink sink;
  DatabaseOptions logged = options();
  logged.log = &sink;
  Database database = Database::open(logged);
  keepa::Ledger ledger(database);
  ledger.observe(full());
  ASSERT_TRUE(is_granted(ledger));
  clock_.advance(std::chrono::minutes(11));
  EXPECT_TRUE(is_granted(ledger));
  EXPECT_EQ(sink.lines, 1);
  EXPECT_EQ(ledger.status().reservations.size(), 1U);
  EXPECT_TRUE(ledger.verify().held_matches);
}

}  // namespace
}  // namespace purser
