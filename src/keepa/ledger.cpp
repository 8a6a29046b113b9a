// What ends a reservation, and what Keepa says of the balance.
#include <fmt/format.h>

#include "base/text.h"
#include "keepa/book.h"
#include "keepa/observation.h"
#include "keepa/reservations.h"

namespace purser::keepa {
namespace {

void require_valid(const Settlement& settlement) {
  if (settlement.observation) require_valid(*settlement.observation);
  if (settlement.consumed && (*settlement.consumed < Millitokens{} || *settlement.consumed > kMaxCost)) {
    throw Error(ErrorCode::usage, fmt::format("consumed: must be from 0 to {} tokens", to_string(kMaxCost)));
  }
}

// The observation of a settlement, where it is one and says something new.
const Observation* news_of(const Settlement& settlement, const Book& book, Instant granted_at) {
  if (!settlement.observation || says_nothing(*settlement.observation)) return nullptr;
  bool applies = settlement.force || book.is_news(*settlement.observation, granted_at);
  return applies ? &*settlement.observation : nullptr;
}

// What the call is said to have cost; nullopt: nobody said it.
std::optional<Millitokens> stated_by(const Settlement& settlement) {
  if (settlement.consumed) return settlement.consumed;
  bool says = settlement.observation && !says_nothing(*settlement.observation);
  return says ? settlement.observation->consumed : std::nullopt;
}

// With an envelope that is not newer, the charge is already in the newer observation: only the hold ends.
bool already_charged(const Settlement& settlement, const Observation* news) {
  return settlement.observation && !says_nothing(*settlement.observation) && news == nullptr;
}

SettleOutcome end_now(store::Transaction& change, Book& book, const ReservationRow& reservation,
                      const Settlement& settlement) {
  const Observation* news = news_of(settlement, book, reservation.created_at);
  auto stated = stated_by(settlement);
  Millitokens charge = already_charged(settlement, news) ? Millitokens{} : stated.value_or(reservation.cost);
  book.move("settle", -charge, -reservation.cost, {reservation.task, change.worker(), reservation.id});
  book.end_reservation(reservation.id, Ending::settle, stated);
  return {true, news != nullptr ? book.apply(*news) : book.unapplied()};
}

// A second end changes nothing; after an expiry a newer envelope is still the truth.
SettleOutcome end_again(Book& book, const ReservationRow& reservation, const Settlement& settlement) {
  const Observation* news = news_of(settlement, book, reservation.created_at);
  if (reservation.ended == Ending::expire && news != nullptr) return {false, book.apply(*news)};
  return {false, book.unapplied()};
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
  bool applies = !says_nothing(observation) && (force || book.is_news(observation, std::nullopt));
  ObserveOutcome outcome = applies ? book.apply(observation) : book.unapplied();
  book.store();
  change.commit();
  book.report(connection);
  report_ignored(connection, observation);
  return outcome;
}

}  // namespace purser::keepa
