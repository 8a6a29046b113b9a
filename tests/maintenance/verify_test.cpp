// Whether a database is whole: what `verify` says of one that is, and of one at which somebody has been with
// a shell.
#include <gtest/gtest.h>

#include "purser/health.h"
#include "purser/xai_quota.h"
#include "support/foreign_tool.h"
#include "support/scratch.h"

namespace purser {
namespace {

class VerifyAll : public test::DatabaseTest {
 protected:
  VerifyAll() {
    Database database = open();
    keepa::Ledger ledger(database);
    keepa::Observation observation;
    observation.tokens_left = tokens(100);
    observation.refill_rate = tokens(5);
    ledger.observe(observation);
    static_cast<void>(xai::Quota(database).acquire());
  }
  // The names of the checks that failed.
  std::vector<std::string> failed() {
    std::vector<std::string> names;
    for (const Check& check : verify(options()).checks) {
      if (!check.passed) names.push_back(check.name);
    }
    return names;
  }
  void tamper(const std::string& script) { test::ForeignTool(folder_.file("purser.db")).run(script); }

  using Names = std::vector<std::string>;
};

TEST_F(VerifyAll, AWholeDatabasePasses) {
  Verification found = verify(options());
  EXPECT_TRUE(found.passed());
  Names names;
  for (const Check& check : found.checks) names.push_back(check.name);
  EXPECT_EQ(names, (Names{"integrity", "references", "history", "schema", "keepa_ledger", "xai_days",
                          "spapi_secrets"}));
}

TEST_F(VerifyAll, EachCheckFindsItsOwn) {
  tamper("UPDATE keepa_account SET balance_millitokens = balance_millitokens + 1");
  EXPECT_EQ(failed(), Names{"keepa_ledger"});
  tamper("UPDATE xai_day SET calls_today = calls_today + 1 WHERE calls_today > 0");
  EXPECT_EQ(failed(), (Names{"keepa_ledger", "xai_days"}));
  tamper("PRAGMA foreign_keys = OFF; DELETE FROM xai_day WHERE calls_today > 0");
  EXPECT_EQ(failed(), (Names{"references", "keepa_ledger"}));
  tamper(
      "UPDATE schema_migration SET checksum = replace(checksum, substr(checksum, 1, 1), 'x') WHERE version = "
      "1");
  EXPECT_EQ(failed(), (Names{"references", "history", "keepa_ledger"}));
  tamper("DROP INDEX xai_unit_by_date");
  EXPECT_EQ(failed(), (Names{"references", "history", "schema", "keepa_ledger"}));
}

TEST_F(VerifyAll, FiguresWhoseSumNoNumberHoldsAreDamage) {
  tamper(
      "INSERT INTO keepa_ledger (account_id, at_ms, kind, balance_change_millitokens, "
      "held_change_millitokens, "
      "balance_millitokens, held_millitokens) VALUES (1, 0, 'drift', 9223372036854775807, 0, 0, 0)");
  EXPECT_PURSER_ERROR(ErrorCode::corrupt, verify(options()));
}

TEST_F(VerifyAll, ANewerSchemaIsRefused) {
  tamper("PRAGMA user_version = 999");
  EXPECT_PURSER_ERROR(ErrorCode::schema_newer, verify(options()));
}

}  // namespace
}  // namespace purser
