#include "keepa/book.h"

#include <fmt/format.h>

#include <algorithm>

#include "keepa/sql.h"

namespace purser::keepa {
namespace {

OpenHold read_hold(const store::Statement& row) {
  return {row.get<std::string>(0), row.get<std::string>(1), row.get<std::string>(2),
          row.get<Millitokens>(3), row.get<Instant>(4),     row.get<Duration>(5)};
}

// The due ones come first: a due instant is before now, one that began after `latest` has it after that.
std::vector<OpenHold> read_holds(store::Snapshot& view, std::int64_t account, Instant due, Instant latest) {
  std::vector<OpenHold> holds;
  auto row = view.rows(sql::kDueHolds, account, due, latest);
  while (row.step()) holds.push_back(read_hold(row));
  return holds;
}

// An observation says when the next tick comes; else a known phase is kept, wherever the clock has gone.
std::optional<Instant> next_tick_after(const Observation& observation, const Bucket& before, Instant now) {
  if (observation.refill_in)
    return now + (*observation.refill_in > Duration::zero() ? *observation.refill_in : kMinute);
  if (!before.next_tick) return std::nullopt;
  return now + until_next_tick(before, now);
}

}  // namespace

std::optional<AccountRow> find_account(store::Snapshot& view, const std::string& name) {
  auto row = view.rows(sql::kLoadAccount, name);
  if (!row.step()) return std::nullopt;
  AccountRow account;
  account.id = row.get<std::int64_t>(0);
  Bucket& bucket = account.bucket;
  bucket.known = row.get<bool>(1);
  bucket.balance = row.get<Millitokens>(2);
  bucket.held = row.get<Millitokens>(3);
  bucket.remainder = row.get<std::int64_t>(4);
  bucket.as_of = row.get<Instant>(5);
  bucket.refill_rate = row.get<Millitokens>(6);
  bucket.flow_reduction = row.get<Millitokens>(7);
  bucket.next_tick = row.get<std::optional<Instant>>(8);
  account.observed_at = row.get<std::optional<Instant>>(9);
  account.observed_server_at = row.get<std::optional<Instant>>(10);
  account.observed_balance = row.get<std::optional<Millitokens>>(11);
  account.observations = row.get<std::int64_t>(12);
  account.unstamped_since = row.get<bool>(13);
  return account;
}

AccountRow load_account(store::Snapshot& view, const std::string& name) {
  if (auto account = find_account(view, name)) return *account;
  throw Error(ErrorCode::unknown_account,
              fmt::format("there is no Keepa account '{}': `purser --account {} keepa observe` makes one",
                          name, name));
}

AccountRow find_or_make_account(store::Transaction& change, const std::string& name) {
  if (auto account = find_account(change, name)) return *account;
  change.run(sql::kMakeAccount, name, change.now());
  return load_account(change, name);
}

std::vector<OpenHold> due_holds(store::Snapshot& view, std::int64_t account, Instant now) {
  return read_holds(view, account, now, Instant::max());
}

Book::Book(store::Transaction& change, AccountRow account) : change_(change), row_(account) {
  Instant now = change_.now();
  auto holds = read_holds(change_, row_.id, now, now);
  auto misplaced =
      std::find_if(holds.begin(), holds.end(), [now](const OpenHold& hold) { return hold.expires_at > now; });
  std::for_each(misplaced, holds.end(), [this](const OpenHold& hold) { put_clock_right(hold); });
  holds.erase(misplaced, holds.end());
  book_due(project(row_.bucket, holds, now));
}

// The clock went back: the reservation lives its lifetime from now on, not until the old clock's instant.
void Book::put_clock_right(const OpenHold& hold) {
  change_.run(sql::kMoveExpiry, hold.id, change_.now() + hold.lifetime);
}

void Book::book_due(const Projection& projection) {
  for (const Movement& movement : projection.movements) append(movement);
  for (const OpenHold& hold : projection.expired) {
    change_.run(sql::kEndReservation, hold.id, hold.expires_at, name_of(Ending::expire), std::optional<Millitokens>());
  }
  expired_ = projection.expired;
  moved_ = !expired_.empty();
  booked_ = projection.booked;
  row_.bucket = projection.bucket;
  unbooked_refill_ = projection.last_refill;
}

void Book::book_refill() {
  booked_ = row_.bucket;
  moved_ = true;
  if (unbooked_refill_ <= Millitokens{}) return;
  append({"refill", unbooked_refill_, {}, booked_.balance, booked_.held, change_.now(), {}, {}, {}});
  unbooked_refill_ = {};
}

void Book::move(const char* kind, Millitokens balance_change, Millitokens held_change, const Who& who) {
  book_refill();
  spend(row_.bucket, -balance_change);
  row_.bucket.held += held_change;
  booked_ = row_.bucket;
  append({kind, balance_change, held_change, booked_.balance, booked_.held, change_.now(), who.task,
          who.worker, who.reservation});
}

void Book::append(const Movement& movement) {
  change_.run(sql::kAppend, row_.id, movement.at, movement.kind, movement.balance_change, movement.held_change,
           movement.balance, movement.held, movement.task, movement.worker, movement.reservation);
}

void Book::end_reservation(const std::string& id, Ending ending, std::optional<Millitokens> stated) {
  change_.run(sql::kEndReservation, id, change_.now(), name_of(ending), stated);
}

void Book::forget() {
  if (!row_.bucket.known) return;
  move("void", -row_.bucket.balance, {}, {{}, change_.worker(), {}});
  row_.bucket.known = false;
  booked_ = row_.bucket;
}

Standing Book::standing(const Observation& observation, const std::optional<Asked>& asked) const {
  return standing_of(observation,
                     {row_.bucket.known, row_.observations, row_.observed_server_at, row_.observed_balance,
                      row_.unstamped_since},
                     asked, change_.now());
}

ObserveOutcome Book::apply_if_later(const Observation& observation, Standing standing) {
  switch (standing) {
    case Standing::latest: return apply(observation);
    case Standing::contained: return unapplied(NotApplied::older);
    case Standing::foreign: return unapplied(NotApplied::from_before);
    case Standing::unknown: break;
  }
  if (observation.tokens_left > row_.bucket.balance) return unapplied(NotApplied::order_unknown);
  // It may be an earlier one: then its stamp takes nothing back, and its tick is over. Within a minute comes
  // the next, whenever that is.
  Observation lower = observation;
  lower.server_time = std::max(observation.server_time, row_.observed_server_at);
  if (lower.refill_in) lower.refill_in = kMinute;
  return apply(lower);
}

ObserveOutcome Book::apply(const Observation& observation) {
  bool first = !row_.bucket.known;
  if (first && !observation.refill_rate) {
    throw Error(ErrorCode::usage,
                "the first observation of an account needs the refill rate too (refillRate, --refill-rate)");
  }
  Millitokens change = observation.tokens_left - row_.bucket.balance;
  if (first || change != Millitokens{})
    move(first ? "open" : "drift", change, {}, {{}, change_.worker(), {}});
  book_refill();
  Bucket& bucket = row_.bucket;
  bucket.next_tick = next_tick_after(observation, bucket, change_.now());
  bucket.known = true;
  bucket.remainder = 0;
  bucket.as_of = change_.now();
  bucket.refill_rate = observation.refill_rate.value_or(bucket.refill_rate);
  bucket.flow_reduction = observation.flow_reduction.value_or(bucket.flow_reduction);
  booked_ = bucket;
  row_.observed_at = change_.now();
  ++row_.observations;
  // The balance is kept for the timestamp it came with: an untimed observation says nothing of that one.
  if (observation.server_time || !row_.observed_server_at) row_.observed_balance = observation.tokens_left;
  if (observation.server_time) row_.observed_server_at = observation.server_time;
  row_.unstamped_since = !observation.server_time && row_.observed_server_at.has_value();
  return {true, first ? std::optional<Millitokens>() : change, state(), {}};
}

void Book::store() {
  if (!moved_) return;
  change_.run(sql::kStoreAccount, row_.id, booked_.known, booked_.balance, booked_.held, booked_.remainder, booked_.as_of,
           booked_.refill_rate, booked_.flow_reduction, booked_.next_tick, row_.observed_at,
           row_.observed_server_at, row_.observed_balance, row_.observations, row_.unstamped_since);
}

void Book::report(const store::Connection& connection) const {
  for (const OpenHold& hold : expired_) {
    connection.log(LogLevel::warning,
                   fmt::format("reservation {} of {} ({}) expired: {} tokens are counted as spent", hold.id,
                               hold.task, hold.worker, to_string(hold.cost)));
  }
}

}  // namespace purser::keepa
