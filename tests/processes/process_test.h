// What the tests of several processes begin with: a folder, the path of a database, the real clock, and
// nothing open. A database that the parent has open must not be carried over a fork, so each scope opens its
// own.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "processes/child.h"
#include "purser/create.h"
#include "purser/database.h"
#include "purser/keepa.h"
#include "purser/keepa_status.h"
#include "support/scratch.h"

namespace purser::test {

inline bool all_add_up(const keepa::LedgerVerification& sums) {
  return sums.balance_matches && sums.held_matches;
}

class ProcessTest : public ::testing::Test {
 protected:
  DatabaseOptions options(Duration busy_deadline = std::chrono::seconds(60)) const {
    return {.path = folder_.file("purser.db"), .worker = this_worker(), .busy_deadline = busy_deadline};
  }
  Database open() const { return Database::open(options()); }

  // A database whose balance moves by what workers do alone: so many tokens, and no refill.
  void make_database(std::int64_t balance) const {
    ASSERT_TRUE(create_database(options()));
    Database database = open();
    observe(database, balance);
  }

  static void observe(Database& database, std::int64_t balance) {
    keepa::Observation observation;
    observation.tokens_left = tokens(balance);
    observation.refill_rate = tokens(0);
    keepa::Ledger(database).observe(observation);
  }

  // The reservation, or nothing where the answer was no.
  static std::optional<std::string> acquire(keepa::Ledger& ledger, const std::string& task,
                                            std::int64_t cost) {
    auto outcome = ledger.acquire({.task = task, .cost = tokens(cost)});
    if (const auto* granted = std::get_if<keepa::Granted>(&outcome)) return granted->reservation;
    return std::nullopt;
  }

  ScratchFolder folder_;
};

}  // namespace purser::test
