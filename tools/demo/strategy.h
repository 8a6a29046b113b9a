// The controlled deficit and what it is compared with: the same fleet and the same work under other rules.
// Policies are rows, so a strategy is two rows.
#pragma once

#include <array>
#include <string_view>

#include "purser/keepa_policy.h"

namespace demo {

enum class Strategy { controlled_deficit, full_bucket, no_deficit };

inline constexpr std::array kStrategies = {Strategy::controlled_deficit, Strategy::full_bucket,
                                           Strategy::no_deficit};

inline std::string_view name_of(Strategy strategy) {
  switch (strategy) {
    case Strategy::controlled_deficit: return "controlled deficit";
    case Strategy::full_bucket: return "wait for the full bucket";
    case Strategy::no_deficit: return "no deficit";
  }
  return "";
}

inline void set_policies(purser::Database& database, Strategy strategy) {
  if (strategy == Strategy::controlled_deficit) return;  // as shipped
  purser::keepa::PolicyChange change;
  if (strategy == Strategy::full_bucket) {
    change.threshold = purser::tokens(1'000'000);  // at most the capacity
    change.margin = purser::tokens(0);
  } else {
    change.buffer = purser::tokens(0);
  }
  for (const char* task : {"backfiller", "upserter"}) purser::keepa::set_policy(database, task, change);
}

}  // namespace demo
