// The ledger's writes but for acquire: settle and release end a reservation, observe takes Keepa's balance,
// leave gives up a place. The other functions of Ledger stand in ledger_acquire, ledger_status, ledger_afford
// and ledger_verify.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "keepa/envelope.h"
#include "keepa/ledger_writer.h"
#include "keepa/queue.h"
#include "keepa/reservations.h"

namespace purser::keepa {
namespace {

void require_valid(const Settlement& settlement) {
  if (settlement.observation) require_valid(*settlement.observation);
  if (settlement.consumed && (*settlement.consumed < Millitokens{} || *settlement.consumed > kMaxCost)) {
    throw Error(ErrorCode::usage, fmt::format("consumed: must be from 0 to {} tokens", to_string(kMaxCost)));
  }
}

// Whether the response is this call's, as far as can be told.
bool is_its_own(Standing standing) { return standing == Standing::latest || standing == Standing::contained; }

// The cost that the settlement states; nullopt: it states none. REQUIRES: settlement.observation.
std::optional<Millitokens> stated_by(const Settlement& settlement, Standing standing) {
  if (settlement.consumed) return settlement.consumed;
  return is_its_own(standing) ? settlement.observation->consumed : std::nullopt;
}

// The charge where no cost is stated. Another call's response says nothing of this one; but if that call cost
// more, the stamps may be wrong and it may be this one's after all. REQUIRES: settlement.observation.
Millitokens unstated_charge(const Settlement& settlement, Standing standing, Millitokens cost) {
  if (is_its_own(standing)) return cost;
  return std::max(cost, settlement.observation->consumed.value_or(cost));
}

Standing standing_in(const LedgerWriter& writer, const Observation& observation,
                     const std::optional<RequestBaseline>& baseline, Apply apply) {
  return apply == Apply::always ? Standing::latest : writer.standing(observation, baseline);
}

void charge(store::Transaction& change, LedgerWriter& writer, const ReservationRow& reservation,
            Millitokens amount, std::optional<Millitokens> stated) {
  writer.move("settle", -amount, -reservation.cost, {reservation.task, change.worker(), reservation.id});
  writer.end_reservation(reservation.id, Ending::settle, stated);
}

// Without an observation to apply; `why` says so where there was one.
SettleOutcome end_without(store::Transaction& change, LedgerWriter& writer, const ReservationRow& reservation,
                          std::optional<Millitokens> stated, std::optional<NotApplied> why) {
  charge(change, writer, reservation, stated.value_or(reservation.cost), stated);
  return {true, writer.unapplied(why)};
}

SettleOutcome end_with(store::Transaction& change, LedgerWriter& writer, const ReservationRow& reservation,
                       const Settlement& settlement) {
  const Observation& observation = *settlement.observation;
  Standing standing = standing_in(writer, observation, reservation.granted_after, settlement.apply);
  auto stated = stated_by(settlement, standing);
  Millitokens amount = stated.value_or(unstated_charge(settlement, standing, reservation.cost));
  if (standing == Standing::contained) amount = {};
  charge(change, writer, reservation, amount, stated);
  return {true, writer.apply_if_later(observation, standing)};
}

bool refuses_key(const Settlement& settlement) {
  return settlement.key_refused || (settlement.observation && has_only_zeros(*settlement.observation));
}

SettleOutcome end_now(store::Transaction& change, LedgerWriter& writer, const ReservationRow& reservation,
                      const Settlement& settlement) {
  if (refuses_key(settlement)) {  // Keepa did not work on the call
    return end_without(change, writer, reservation, settlement.consumed.value_or(Millitokens{}),
                       NotApplied::key_refused);
  }
  if (settlement.observation) return end_with(change, writer, reservation, settlement);
  return end_without(change, writer, reservation, settlement.consumed, {});
}

// A second end changes nothing. After an expiry a later observation still is Keepa's balance, and is applied.
SettleOutcome end_again(LedgerWriter& writer, const ReservationRow& reservation,
                        const Settlement& settlement) {
  if (refuses_key(settlement)) return {false, writer.unapplied(NotApplied::key_refused)};
  const auto& observation = settlement.observation;
  if (!observation || reservation.ended != Ending::expire) return {false, writer.unapplied()};
  Standing standing = standing_in(writer, *observation, reservation.granted_after, settlement.apply);
  return {false, writer.apply_if_later(*observation, standing)};
}

ObserveOutcome observe_now(LedgerWriter& writer, const Observation& observation, Apply apply) {
  if (has_only_zeros(observation)) return writer.unapplied(NotApplied::key_refused);
  return writer.apply_if_later(observation, standing_in(writer, observation, std::nullopt, apply));
}

}  // namespace

Ledger::Ledger(Database& database, std::string account) : database_(database), account_(std::move(account)) {
  require_name("account", account_);
}

SettleOutcome Ledger::settle(const std::string& reservation, const Settlement& settlement) {
  require_valid(settlement);
  if (settlement.key_refused && settlement.observation) {
    Settlement of_a_refused_key = settlement;
    of_a_refused_key.observation.reset();
    return settle(reservation, of_a_refused_key);
  }
  store::Connection& connection = database_->connection();
  store::Transaction change(connection);
  if (settlement.observation) require_not_ahead(*settlement.observation, change.now(), settlement.apply);
  LedgerWriter writer(change, load_account(change, account_));
  ReservationRow row = load_reservation(change, writer.account(), reservation);
  SettleOutcome outcome =
      row.ended ? end_again(writer, row, settlement) : end_now(change, writer, row, settlement);
  writer.commit(connection);
  if (settlement.observation) report_ignored(connection, *settlement.observation);
  return outcome;
}

bool Ledger::release(const std::string& reservation) {
  store::Connection& connection = database_->connection();
  store::Transaction change(connection);
  LedgerWriter writer(change, load_account(change, account_));
  ReservationRow row = load_reservation(change, writer.account(), reservation);
  if (!row.ended) {
    writer.move("release", {}, -row.cost, {row.task, change.worker(), row.id});
    writer.end_reservation(row.id, Ending::release, std::nullopt);
  }
  writer.commit(connection);
  return !row.ended;
}

bool Ledger::leave(const std::string& task) {
  require_name("task", task);
  store::Transaction change(database_->connection());
  std::int64_t account = load_account(change, account_).id;
  bool left = leave_place(change, account, task);
  change.commit();
  return left;
}

ObserveOutcome Ledger::observe(const Observation& observation, Apply apply) {
  require_valid(observation);
  store::Connection& connection = database_->connection();
  store::Transaction change(connection);
  require_not_ahead(observation, change.now(), apply);
  LedgerWriter writer(change, find_or_make_account(change, account_));
  ObserveOutcome outcome = observe_now(writer, observation, apply);
  writer.commit(connection);
  report_ignored(connection, observation);
  return outcome;
}

}  // namespace purser::keepa
