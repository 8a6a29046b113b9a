// What ends a reservation, and what Keepa says of the balance.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "keepa/book.h"
#include "keepa/envelope.h"
#include "keepa/reservations.h"

namespace purser::keepa {
namespace {

void require_valid(const Settlement& settlement) {
  if (settlement.observation) require_valid(*settlement.observation);
  if (settlement.consumed && (*settlement.consumed < Millitokens{} || *settlement.consumed > kMaxCost)) {
    throw Error(ErrorCode::usage, fmt::format("consumed: must be from 0 to {} tokens", to_string(kMaxCost)));
  }
}

// As far as anybody can tell, the answer is this call's.
bool is_its_own(Standing standing) { return standing == Standing::latest || standing == Standing::contained; }

// What the call is said to have cost; nullopt: nobody said it.
std::optional<Millitokens> stated_by(const Settlement& settlement, Standing standing) {
  if (settlement.consumed) return settlement.consumed;
  return is_its_own(standing) ? settlement.observation->consumed : std::nullopt;
}

// Another call's answer says nothing of this one; where that cost more, the mistake may be the stamps'.
Millitokens unstated_charge(const Settlement& settlement, Standing standing, Millitokens cost) {
  if (is_its_own(standing)) return cost;
  return std::max(cost, settlement.observation->consumed.value_or(cost));
}

Standing standing_in(const Book& book, const Observation& observation, const std::optional<Asked>& asked,
                     bool force) {
  return force ? Standing::latest : book.standing(observation, asked);
}

void charge(store::Transaction& change, Book& book, const ReservationRow& reservation, Millitokens amount,
            std::optional<Millitokens> stated) {
  book.move("settle", -amount, -reservation.cost, {reservation.task, change.worker(), reservation.id});
  book.end_reservation(reservation.id, Ending::settle, stated);
}

SettleOutcome end_without(store::Transaction& change, Book& book, const ReservationRow& reservation,
                          std::optional<Millitokens> stated, std::optional<NotApplied> why) {
  charge(change, book, reservation, stated.value_or(reservation.cost), stated);
  return {true, book.unapplied(why)};
}

SettleOutcome end_with(store::Transaction& change, Book& book, const ReservationRow& reservation,
                       const Settlement& settlement) {
  const Observation& observation = *settlement.observation;
  Standing standing = standing_in(book, observation, reservation.granted_after, settlement.force);
  auto stated = stated_by(settlement, standing);
  Millitokens amount = stated.value_or(unstated_charge(settlement, standing, reservation.cost));
  if (standing == Standing::contained) amount = {};
  charge(change, book, reservation, amount, stated);
  return {true, book.apply_if_later(observation, standing)};
}

SettleOutcome end_now(store::Transaction& change, Book& book, const ReservationRow& reservation,
                      const Settlement& settlement) {
  const auto& observation = settlement.observation;
  if (!observation) return end_without(change, book, reservation, settlement.consumed, {});
  if (!says_nothing(*observation)) return end_with(change, book, reservation, settlement);
  // Nothing was worked on.
  return end_without(change, book, reservation, settlement.consumed.value_or(Millitokens{}),
                     NotApplied::key_refused);
}

// A second end changes nothing; after an expiry a later envelope is still the truth.
SettleOutcome end_again(Book& book, const ReservationRow& reservation, const Settlement& settlement) {
  const auto& observation = settlement.observation;
  if (!observation) return {false, book.unapplied()};
  if (says_nothing(*observation)) return {false, book.unapplied(NotApplied::key_refused)};
  if (reservation.ended != Ending::expire) return {false, book.unapplied()};
  Standing standing = standing_in(book, *observation, reservation.granted_after, settlement.force);
  return {false, book.apply_if_later(*observation, standing)};
}

ObserveOutcome observe_now(Book& book, const Observation& observation, bool force) {
  if (says_nothing(observation)) return book.unapplied(NotApplied::key_refused);
  return book.apply_if_later(observation, standing_in(book, observation, std::nullopt, force));
}

}  // namespace

Ledger::Ledger(Database& database, std::string account) : database_(database), account_(std::move(account)) {
  require_name("account", account_);
}

SettleOutcome Ledger::settle(const std::string& reservation, const Settlement& settlement) {
  require_valid(settlement);
  store::Connection& connection = database_->connection();
  store::Transaction change(connection);
  if (settlement.observation) require_not_ahead(*settlement.observation, change.now(), settlement.force);
  Book book(change, load_account(change, account_));
  ReservationRow row = load_reservation(change, book.account(), reservation);
  SettleOutcome outcome =
      row.ended ? end_again(book, row, settlement) : end_now(change, book, row, settlement);
  book.store();
  change.commit();
  book.report(connection);
  if (settlement.observation) report_ignored(connection, *settlement.observation);
  return outcome;
}

bool Ledger::release(const std::string& reservation) {
  store::Connection& connection = database_->connection();
  store::Transaction change(connection);
  Book book(change, load_account(change, account_));
  ReservationRow row = load_reservation(change, book.account(), reservation);
  if (!row.ended) {
    book.move("release", {}, -row.cost, {row.task, change.worker(), row.id});
    book.end_reservation(row.id, Ending::release, std::nullopt);
  }
  book.store();
  change.commit();
  book.report(connection);
  return !row.ended;
}

ObserveOutcome Ledger::observe(const Observation& observation, bool force) {
  require_valid(observation);
  store::Connection& connection = database_->connection();
  store::Transaction change(connection);
  require_not_ahead(observation, change.now(), force);
  Book book(change, find_or_make_account(change, account_));
  ObserveOutcome outcome = observe_now(book, observation, force);
  book.store();
  change.commit();
  book.report(connection);
  report_ignored(connection, observation);
  return outcome;
}

}  // namespace purser::keepa
