// A fresh database with a quota and a cache, and short words for what tests ask of them.
#pragma once

#include "purser/xai_verdicts.h"
#include "support/scratch.h"

namespace purser::xai {

class XaiTest : public test::DatabaseTest {
 protected:
  using hours = std::chrono::hours;
  using seconds = std::chrono::seconds;

  // The clock stands at 2026-01-01T00:00:00Z.
  bool granted() { return std::holds_alternative<UnitGranted>(quota_.acquire("test")); }
  UnitDenied denied() {
    auto outcome = quota_.acquire();
    const auto* denial = std::get_if<UnitDenied>(&outcome);
    if (denial == nullptr) throw std::runtime_error("not denied");
    return *denial;
  }
  static Question book(const std::string& title = "Eragon") {
    return {
        .title = title, .category = "Books > Subjects > Children's Books", .season = "Sep", .price = {4990}};
  }
  Claimed claimed(const Question& question) {
    auto outcome = verdicts_.claim(question, seconds(60));
    const auto* claim = std::get_if<Claimed>(&outcome);
    if (claim == nullptr) throw std::runtime_error("not claimed");
    return *claim;
  }
  std::int64_t calls() { return quota_.status().calls_today; }
  void TearDown() override { EXPECT_TRUE(quota_.verify()); }

  Database database_ = open();
  Quota quota_{database_};
  Verdicts verdicts_{database_};
};

}  // namespace purser::xai
