// An account as one transaction sees it: loaded, projected to the transaction's instant, with what fell due.
//
// Reading (AccountRow, load_account, due_holds) works in any Snapshot. A Book is for writing: it books what
// fell due the moment it is made, so that nothing is decided before, and every change of balance or held goes
// through `move`, which leaves a row. `store` writes the account; a Book in which nothing moved writes
// nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keepa/bucket.h"
#include "keepa/order.h"
#include "purser/keepa.h"
#include "store/transaction.h"

namespace purser::keepa {

struct AccountRow {
  std::int64_t id = 0;
  Bucket bucket;
  std::optional<Instant> observed_at, observed_server_at;
  std::optional<Millitokens> observed_balance;
  std::int64_t observations = 0;  // that were applied
  bool unstamped_since = false;   // one without a stamp, since the last stamp
};

std::optional<AccountRow> find_account(store::Snapshot& view, const std::string& name);
AccountRow load_account(store::Snapshot& view, const std::string& name);  // throws unknown_account
AccountRow find_or_make_account(store::Transaction& change, const std::string& name);

// Open reservations that are due at `now`, by due instant.
std::vector<OpenHold> due_holds(store::Snapshot& view, std::int64_t account, Instant now);

struct Who {
  std::optional<std::string> task, worker, reservation;
};

class Book {
 public:
  Book(store::Transaction& change, AccountRow account);

  std::int64_t account() const { return row_.id; }
  const AccountRow& row() const { return row_; }
  const Bucket& bucket() const { return row_.bucket; }  // projected to now
  BucketState state() const { return describe(row_.bucket); }

  void move(const char* kind, Millitokens balance_change, Millitokens held_change, const Who& who);
  // The balance belongs to nobody any more (another key): unknown until the next observation.
  void forget();
  // `stated`: what the call is said to have cost. What was charged because nobody said it is no fact.
  void end_reservation(const std::string& id, Ending ending, std::optional<Millitokens> stated);

  // What a request that is granted or begun now knows.
  Asked asked_now() const { return {row_.observations, row_.observed_server_at}; }
  Standing standing(const Observation& observation, const std::optional<Asked>& asked) const;
  // As its standing says; where that is unknown, the lower balance wins.
  ObserveOutcome apply_if_later(const Observation& observation, Standing standing);
  ObserveOutcome apply(const Observation& observation);
  ObserveOutcome unapplied(std::optional<NotApplied> why = {}) const { return {false, {}, state(), why}; }

  void store();
  // After the commit: a line for each worker that died over its reservation.
  void report(const store::Connection& connection) const;

 private:
  void put_clock_right(const OpenHold& hold);
  void book_due(const Projection& projection);
  void book_refill();
  void append(const Movement& movement);

  store::Transaction& change_;
  AccountRow row_;
  Bucket booked_;                // what is stored when nothing more moves
  Millitokens unbooked_refill_;  // between booked_ and now
  bool moved_ = false;
  std::vector<OpenHold> expired_;
};

}  // namespace purser::keepa
