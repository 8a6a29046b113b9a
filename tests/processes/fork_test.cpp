// A Database belongs to the process that opened it.
#include "processes/process_test.h"
#include "purser/keepa_policy.h"

namespace purser::test {
namespace {

class Fork : public ProcessTest {};

TEST_F(Fork, TheChildIsRefusedAndHarmsNothing) {
  make_database(1000);
  auto database = std::make_unique<Database>(open());
  auto ledger = std::make_unique<keepa::Ledger>(*database);
  const std::string before = acquire(*ledger, "backfiller", 80).value();

  Child child([&] {
    auto refused = [](auto&& call) { return error_of(call) == ErrorCode::wrong_process; };
    const bool all_refused =
        refused([&] { acquire(*ledger, "backfiller", 80); }) && refused([&] { ledger->release(before); }) &&
        refused([&] { ledger->status(); }) && refused([&] { ledger->verify(); }) &&
        refused([&] { keepa::policies(*database); }) && refused([&] { database->schema_version(); });
    database.reset();
    // Its own connection is as good as anybody's.
    Database own = open();
    keepa::Ledger own_ledger(own);
    return all_refused && acquire(own_ledger, "backfiller", 80) ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);

  // The parent's locks are there as before: it writes, and a third process beside it.
  EXPECT_TRUE(acquire(*ledger, "backfiller", 80));
  Child third([&] {
    Database own = open();
    keepa::Ledger own_ledger(own);
    for (int i = 0; i < 100; ++i) own_ledger.release(acquire(own_ledger, "backfiller", 1).value());
    return 0;
  });
  for (int i = 0; i < 100; ++i) ledger->release(acquire(*ledger, "backfiller", 1).value());
  EXPECT_EQ(third.wait(), 0);
  EXPECT_TRUE(ledger->release(before));
  EXPECT_TRUE(all_add_up(ledger->verify()));
  EXPECT_EQ(ledger->status().state.held, tokens(160));
}

// Exiting runs the destructors of what the child inherited.
TEST_F(Fork, AChildThatExitsNormallyHarmsNothing) {
  make_database(1000);
  Database database = open();
  keepa::Ledger ledger(database);
  for (int i = 0; i < 20; ++i) {
    const std::string reservation = acquire(ledger, "backfiller", 80).value();
    Child child([&] {
      { Database taken = std::move(database); }
      return 0;
    });
    EXPECT_EQ(child.wait(), 0);
    EXPECT_TRUE(ledger.release(reservation));
  }
  EXPECT_TRUE(all_add_up(ledger.verify()));
}

}  // namespace
}  // namespace purser::test
