// Reading an account: the results of Ledger::status, afford, entries and verify (keepa.h). These functions
// take no lock and write nothing.
//
//   purser::keepa::Status status = ledger.status();
//   auto affordable = ledger.afford({.task = "upserter", .cost = purser::tokens(40), .kind = "product"});
//   if (affordable.at) ...                                  // when 40 tokens will be granted: a forecast
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "purser/keepa.h"

namespace purser::keepa {

// --- Status ----------------------------------------------------------------------------------------

struct Reservation {
  std::string id, task, worker, kind;
  Millitokens cost;
  Instant created_at, expires_at;
};

struct Place {
  int place = 0;  // 1 is next
  std::string task, worker;
  Reason reason;
  Millitokens cost, target;
  Instant since, asked_at, lapses_at;
  std::optional<Instant> expected_at;  // when its turn is expected
};

struct Status {
  BucketState state;
  Millitokens threshold, target;  // of the standard policy, as they apply now
  std::optional<Instant> as_of, observed_at;
  std::vector<Reservation> reservations;  // open ones, oldest first
  std::vector<Place> places;
  std::vector<std::string> unknown_tasks;  // tasks that acquired without a policy of their own
};

// --- Afford: what to send next ---------------------------------------------------------------------

// Asks how much the task could have now, and what calls of the kind really cost.
struct AffordQuery {
  std::string task;
  std::optional<Millitokens> cost = {};
  std::string kind = {};  // of call, as acquired; may be empty
};

// The costs over the latest kKindWindow calls of a kind whose settlement stated what was consumed: the window
// keeps an old price from counting for ever. A call with a cost that then cost nothing (a 429) is left out.
inline constexpr int kKindWindow = 1000;
struct KindCost {
  std::int64_t calls = 0;
  std::optional<Millitokens> mean, max;      // mean: rounded up to a millitoken
  std::optional<Millitokens> reserved_mean;  // what was reserved for them, rounded likewise
  std::optional<Instant> last_at;
};

struct Affordable {
  std::optional<Millitokens> largest;    // the largest cost that is granted now; nullopt: no limit
  std::optional<Millitokens> available;  // nullopt while the balance is unknown
  bool observe_due = false;
  // What acquire(cost) would answer now; without a cost, for the smallest one (1 millitoken).
  bool now = false;
  bool never = false;
  std::optional<Instant> at;     // a forecast, as retry_at; nullopt: neither refill nor a turn will bring it
  std::optional<Reason> reason;  // why it would not be granted now
  std::optional<int> place;      // in the queue: the one that the task has, or would take
  std::optional<Millitokens> target;
  std::optional<KindCost> kind;  // of the kind in the query
  // How many calls at the largest cost seen fit into one grant now; nullopt: no limit, or none seen.
  std::optional<std::int64_t> calls_affordable;
};

// --- Entries and their proof -----------------------------------------------------------------------

struct LedgerEntry {
  std::int64_t id = 0;
  Instant at;
  std::string kind;  // open refill hold settle release expire drift carry void
  Millitokens balance_change, held_change, balance, held;
  std::optional<std::string> task, worker, reservation;
};

struct LedgerVerification {
  std::int64_t entries = 0;
  bool balance_matches = false;  // the sum of the entries is the balance, at every entry
  // The same for the held amount, which is also the sum of the open reservations; and no reservation has
  // ended more than once.
  bool held_matches = false;
};

// --- Commands to show a person ---------------------------------------------------------------------

// "purser --account second keepa release ID", quoted for a shell; `verb` is the verb and its arguments.
std::string keepa_command(std::string_view account, std::string_view verb);
// "purser keepa leave --task upserter", quoted for a shell.
std::string leave_command(std::string_view account, std::string_view task);

}  // namespace purser::keepa
