// A ledger that has been observed, and short words for what tests ask of it.
#pragma once

#include "purser/keepa_status.h"
#include "support/scratch.h"

namespace purser::keepa {

class KeepaTest : public test::DatabaseTest {
 protected:
  using seconds = std::chrono::seconds;
  using minutes = std::chrono::minutes;
  using hours = std::chrono::hours;

  // Keepa says: so many tokens, 5 a minute, stamped by its own (right) clock.
  Observation says(std::int64_t left) {
    Observation observation;
    observation.tokens_left = tokens(left);
    observation.refill_rate = tokens(5);
    observation.server_time = clock_.now();
    return observation;
  }
  void observe(std::int64_t left) { ledger_.observe(says(left)); }

  AcquireOutcome ask(const std::string& task, std::int64_t cost) {
    return ledger_.acquire({.task = task, .cost = tokens(cost)});
  }
  std::string granted(const std::string& task, std::int64_t cost) {
    return grant_of(ask(task, cost)).reservation;
  }

  static Granted grant_of(const AcquireOutcome& outcome) {
    const auto* granted = std::get_if<Granted>(&outcome);
    if (granted == nullptr) throw std::runtime_error("not granted");
    return *granted;
  }
  static Refused refusal_of(const AcquireOutcome& outcome) {
    const auto* refused = std::get_if<Refused>(&outcome);
    if (refused == nullptr) throw std::runtime_error("not refused");
    return *refused;
  }

  BucketState state() { return ledger_.status().state; }
  std::string kinds(int last) {
    std::string all;
    for (const LedgerEntry& entry : ledger_.entries(last)) all += (all.empty() ? "" : " ") + entry.kind;
    return all;
  }
  void TearDown() override {
    LedgerVerification verified = ledger_.verify();
    EXPECT_TRUE(verified.balance_matches);
    EXPECT_TRUE(verified.held_matches);
  }

  Database database_ = open();
  Ledger ledger_{database_};
};

}  // namespace purser::keepa
