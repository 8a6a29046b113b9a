// What `verify` finds after the file was changed with a shell.
#include <SQLiteCpp/Database.h>

#include "keepa/keepa_test.h"

namespace purser::keepa {
namespace {

class VerifyTest : public KeepaTest {
 protected:
  VerifyTest() {
    observe(100);
    ledger_.settle(granted("backfiller", 80), {.consumed = tokens(70)});
    granted("backfiller", 0);
    clock_.advance(minutes(30));
    open_ = granted("backfiller", 20);
  }
  void tamper(const std::string& sql) {
    SQLite::Database file((folder_.file("purser.db")).string(), SQLite::OPEN_READWRITE);
    file.exec("DROP TRIGGER keepa_ledger_append_only");
    file.exec(sql);
  }
  void TearDown() override {}
  std::string open_;
};

TEST_F(VerifyTest, AWholeLedgerMatches) {
  LedgerVerification verified = ledger_.verify();
  EXPECT_EQ(kinds(20), "open hold settle hold refill expire refill hold");
  EXPECT_EQ(verified.entries, 8);
  EXPECT_TRUE(verified.balance_matches);
  EXPECT_TRUE(verified.held_matches);
}

TEST_F(VerifyTest, AChangedBalanceIsFound) {
  tamper("UPDATE keepa_account SET balance_millitokens = balance_millitokens + 1");
  EXPECT_FALSE(ledger_.verify().balance_matches);
  EXPECT_TRUE(ledger_.verify().held_matches);
}

TEST_F(VerifyTest, ARowTakenOutOfTheMiddleIsFound) {
  tamper("DELETE FROM keepa_ledger WHERE kind = 'settle'");
  EXPECT_FALSE(ledger_.verify().balance_matches);
  EXPECT_FALSE(ledger_.verify().held_matches);
}

TEST_F(VerifyTest, TwoRowsThatCancelOutAreFoundAtTheRow) {
  tamper("UPDATE keepa_ledger SET balance_millitokens = balance_millitokens + 5 WHERE kind = 'settle'");
  EXPECT_FALSE(ledger_.verify().balance_matches);
}

TEST_F(VerifyTest, AReservationThatEndedInTheLedgerOnlyIsFound) {
  tamper(
      "UPDATE keepa_reservation SET ended_at_ms = NULL, ending = NULL, consumed_millitokens = NULL "
      "WHERE ending = 'settle'");
  EXPECT_FALSE(ledger_.verify().held_matches);
}

TEST_F(VerifyTest, AHeldSumWithoutItsReservationIsFound) {
  tamper("DELETE FROM keepa_reservation WHERE id = '" + open_ + "'");
  EXPECT_FALSE(ledger_.verify().held_matches);
}

// The checks of the tables keep such rows out; a damaged file may hold them all the same.
TEST_F(VerifyTest, ARowThatItsTableForbidsDecidesNothing) {
  tamper("PRAGMA ignore_check_constraints = ON; UPDATE keepa_policy SET margin_millitokens = NULL");
  EXPECT_PURSER_ERROR(ErrorCode::corrupt, ask("backfiller", 1));
}

TEST_F(VerifyTest, AnAccountThatItsTableForbidsIsFoundAndDecidesNothing) {
  tamper("PRAGMA ignore_check_constraints = ON; UPDATE keepa_account SET held_millitokens = -1");
  EXPECT_FALSE(ledger_.verify().held_matches);
  EXPECT_PURSER_ERROR(ErrorCode::corrupt, ask("backfiller", 1));
}

TEST_F(VerifyTest, TheLedgerRefusesUpdates) {
  SQLite::Database file((folder_.file("purser.db")).string(), SQLite::OPEN_READWRITE);
  EXPECT_THROW(file.exec("UPDATE keepa_ledger SET task = 'x'"), SQLite::Exception);
}

}  // namespace
}  // namespace purser::keepa
