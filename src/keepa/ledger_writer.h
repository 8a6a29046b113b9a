// Writes an account within one transaction: the only way in which balance or held change.
//
//   store::Transaction change(connection);
//   LedgerWriter writer(change, load_account(change, name));   // what fell due is in the ledger now
//   writer.move("hold", {}, cost, {task, change.worker(), id});
//   writer.commit(connection);
//
// The constructor writes what fell due by now (expired reservations and the refill before them), so that
// nothing is decided on an older state. Every change of balance or held goes through `move`, which leaves a
// ledger entry. Where nothing moved, the account's row is not written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keepa/account.h"
#include "keepa/order.h"
#include "purser/keepa.h"
#include "store/transaction.h"

namespace purser::keepa {

// What an entry says of its origin.
struct Attribution {
  std::optional<std::string> task, worker, reservation;
};

class LedgerWriter {
 public:
  LedgerWriter(store::Transaction& change, AccountRow account);

  std::int64_t account() const { return row_.id; }
  const AccountRow& row() const { return row_; }
  const Bucket& bucket() const { return row_.bucket; }  // projected to now
  BucketState state() const { return describe(row_.bucket); }

  void move(const char* kind, Millitokens balance_change, Millitokens held_change, const Attribution& origin);
  // The balance is another key's: it becomes unknown until the next observation.
  void forget();
  // `stated`: what the call is said to have cost; nullopt where the charge is only assumed.
  void end_reservation(const std::string& id, Ending ending, std::optional<Millitokens> stated);

  // For a request that is granted or begun now.
  RequestBaseline baseline() const { return {row_.observations, row_.observed_server_at}; }
  Standing standing(const Observation& observation, const std::optional<RequestBaseline>& baseline) const;
  // Applies the observation if its standing allows it; where that is unknown, the lower balance wins.
  ObserveOutcome apply_if_later(const Observation& observation, Standing standing);
  ObserveOutcome apply(const Observation& observation);
  ObserveOutcome unapplied(std::optional<NotApplied> why = {}) const { return {false, {}, state(), why}; }

  // Stores the account, commits the transaction, and then logs a line for each reservation that expired.
  void commit(const store::Connection& connection);
  // Stores the account only, for a caller that commits more than this with the transaction.
  void store();

 private:
  void restart_lifetime(const OpenHold& hold);
  void write_due(const Projection& projection);
  void write_refill();
  void append(const Movement& movement);
  void report_expired(const store::Connection& connection) const;

  store::Transaction& change_;
  AccountRow row_;
  Bucket stored_;                 // what `store` writes: as of the last entry
  Millitokens unwritten_refill_;  // from stored_ to now: only projected
  bool moved_ = false;
  std::vector<OpenHold> expired_;
};

}  // namespace purser::keepa
