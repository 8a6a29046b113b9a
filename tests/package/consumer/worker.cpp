// A worker as another project would write it, of purser::core alone.
#include <iostream>

#include "purser/amount.h"
#include "purser/clock.h"
#include "purser/database.h"
#include "purser/error.h"
#include "purser/keepa.h"
#include "purser/log.h"

using purser::tokens;
namespace keepa = purser::keepa;

namespace {

std::string available(const std::optional<purser::Millitokens>& amount) {
  return amount ? to_string(*amount) : "unknown";
}

void work(const purser::DatabaseOptions& options) {
  auto database = purser::Database::open(options);
  keepa::Ledger ledger(database);
  // A bucket without refill, so that what is printed does not depend on how long this takes.
  ledger.observe({.tokens_left = tokens(55), .refill_rate = tokens(0)});
  auto outcome = ledger.acquire({.task = "backfiller", .cost = tokens(80)});
  const auto& granted = std::get<keepa::Granted>(outcome);
  std::cout << "granted, available " << available(granted.available) << '\n';
  auto again = ledger.acquire({.task = "backfiller", .cost = tokens(80)});
  const auto& refused = std::get<keepa::Refused>(again);
  std::cout << "refused at " << available(refused.available) << ", target " << available(refused.target)
            << '\n';
  auto settled = ledger.settle(granted.reservation, {.consumed = tokens(45)});
  std::cout << (settled.settled ? "settled" : "not settled") << ", available "
            << to_string(settled.observed.state.available) << '\n';
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 64;
  work({.path = arguments[1]});
}
