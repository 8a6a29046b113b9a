#include "keepa/ledger_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "keepa/sql.h"

namespace purser::keepa {
namespace {

// The next tick is where the observation puts it; without refillIn a known phase is kept, even over a clock
// that was set.
std::optional<Instant> next_tick_after(const Observation& observation, const Bucket& before, Instant now) {
  if (observation.refill_in)
    return now + (*observation.refill_in > Duration::zero() ? *observation.refill_in : kMinute);
  if (!before.next_tick) return std::nullopt;
  return now + until_next_tick(before, now);
}

}  // namespace

LedgerWriter::LedgerWriter(store::Transaction& change, AccountRow account) : change_(change), row_(account) {
  Instant now = change_.now();
  auto holds = due_or_future_holds(change_, row_.id, now);
  auto future =
      std::find_if(holds.begin(), holds.end(), [now](const OpenHold& hold) { return hold.expires_at > now; });
  std::for_each(future, holds.end(), [this](const OpenHold& hold) { restart_lifetime(hold); });
  holds.erase(future, holds.end());
  write_due(project(row_.bucket, holds, now));
}

// The clock was set back: the reservation lives its lifetime from now on, not until the old clock's instant.
void LedgerWriter::restart_lifetime(const OpenHold& hold) {
  change_.run(sql::kMoveExpiry, hold.id, change_.now() + hold.lifetime);
}

void LedgerWriter::write_due(const Projection& projection) {
  for (const Movement& movement : projection.movements) append(movement);
  for (const OpenHold& hold : projection.expired) {
    change_.run(sql::kEndReservation, hold.id, hold.expires_at, name_of(Ending::expire),
                std::optional<Millitokens>());
  }
  expired_ = projection.expired;
  moved_ = !expired_.empty();
  stored_ = projection.stored;
  row_.bucket = projection.bucket;
  unwritten_refill_ = projection.last_refill;
}

void LedgerWriter::write_refill() {
  stored_ = row_.bucket;
  moved_ = true;
  if (unwritten_refill_ <= Millitokens{}) return;
  append({"refill", unwritten_refill_, {}, stored_.balance, stored_.held, change_.now(), {}, {}, {}});
  unwritten_refill_ = {};
}

void LedgerWriter::move(const char* kind, Millitokens balance_change, Millitokens held_change,
                        const Attribution& origin) {
  write_refill();
  spend(row_.bucket, -balance_change);
  row_.bucket.held += held_change;
  stored_ = row_.bucket;
  append({kind, balance_change, held_change, stored_.balance, stored_.held, change_.now(), origin.task,
          origin.worker, origin.reservation});
}

void LedgerWriter::append(const Movement& movement) {
  change_.run(sql::kAppend, row_.id, movement.at, movement.kind, movement.balance_change,
              movement.held_change, movement.balance, movement.held, movement.task, movement.worker,
              movement.reservation);
}

void LedgerWriter::end_reservation(const std::string& id, Ending ending, std::optional<Millitokens> stated) {
  change_.run(sql::kEndReservation, id, change_.now(), name_of(ending), stated);
}

void LedgerWriter::forget() {
  if (!row_.bucket.known) return;
  move("void", -row_.bucket.balance, {}, {{}, change_.worker(), {}});
  row_.bucket.known = false;
  stored_ = row_.bucket;
}

Standing LedgerWriter::standing(const Observation& observation,
                                const std::optional<RequestBaseline>& baseline) const {
  return standing_of(observation,
                     {row_.bucket.known, row_.observations, row_.observed_server_at, row_.observed_balance,
                      row_.unstamped_since},
                     baseline, change_.now());
}

ObserveOutcome LedgerWriter::apply_if_later(const Observation& observation, Standing standing) {
  switch (standing) {
    case Standing::latest: return apply(observation);
    case Standing::contained: return unapplied(NotApplied::older);
    case Standing::foreign: return unapplied(NotApplied::from_before);
    case Standing::unknown: break;
  }
  if (observation.tokens_left > row_.bucket.balance) return unapplied(NotApplied::order_unknown);
  // It may be an earlier one. Then its stamp must not take the known one back, and its tick is over: the next
  // comes within a minute.
  Observation lower = observation;
  lower.server_time = std::max(observation.server_time, row_.observed_server_at);
  if (lower.refill_in) lower.refill_in = kMinute;
  return apply(lower);
}

ObserveOutcome LedgerWriter::apply(const Observation& observation) {
  bool first = !row_.bucket.known;
  if (first && !observation.refill_rate) {
    throw Error(ErrorCode::usage,
                "the first observation of an account needs the refill rate too (refillRate, --refill-rate)");
  }
  Millitokens change = observation.tokens_left - row_.bucket.balance;
  if (first || change != Millitokens{})
    move(first ? "open" : "drift", change, {}, {{}, change_.worker(), {}});
  write_refill();
  Bucket& bucket = row_.bucket;
  bucket.next_tick = next_tick_after(observation, bucket, change_.now());
  bucket.known = true;
  bucket.remainder = 0;
  bucket.as_of = change_.now();
  bucket.refill_rate = observation.refill_rate.value_or(bucket.refill_rate);
  bucket.flow_reduction = observation.flow_reduction.value_or(bucket.flow_reduction);
  stored_ = bucket;
  row_.observed_at = change_.now();
  ++row_.observations;
  // observed_balance is the balance at observed_server_at, so one without a stamp leaves it alone.
  if (observation.server_time || !row_.observed_server_at) row_.observed_balance = observation.tokens_left;
  if (observation.server_time) row_.observed_server_at = observation.server_time;
  row_.unstamped_since = !observation.server_time && row_.observed_server_at.has_value();
  return {true, first ? std::optional<Millitokens>() : change, state(), {}};
}

void LedgerWriter::commit(const store::Connection& connection) {
  store();
  change_.commit();
  report_expired(connection);
}

void LedgerWriter::store() {
  if (!moved_) return;
  change_.run(sql::kStoreAccount, row_.id, stored_.known, stored_.balance, stored_.held, stored_.remainder,
              stored_.as_of, stored_.refill_rate, stored_.flow_reduction, stored_.next_tick, row_.observed_at,
              row_.observed_server_at, row_.observed_balance, row_.observations, row_.unstamped_since);
}

void LedgerWriter::report_expired(const store::Connection& connection) const {
  for (const OpenHold& hold : expired_) {
    connection.log(LogLevel::warning,
                   fmt::format("reservation {} of {} ({}) expired: {} tokens are counted as spent", hold.id,
                               hold.task, hold.worker, to_string(hold.cost)));
  }
}

}  // namespace purser::keepa
