// One call for one question: who asks, who waits for that answer, and who takes over.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "store/lease.h"
#include "xai/pauses.h"
#include "xai/quota_book.h"
#include "xai/sql.h"
#include "xai/verdict_rows.h"

namespace purser::xai {
namespace {

// Another's answer may come at any moment.
constexpr Duration kLookAgain = std::chrono::seconds(1);

struct FlightRow {
  std::int64_t number = 0;
  std::string lease;
  Question key;
  std::string unit;
  Instant started_at;
  bool ended = false;
};

void require_valid(const Question& question, const ClaimOptions& options) {
  require_valid(question);
  if (!options.purpose.empty()) require_name("purpose", options.purpose);
  if (options.deadline < Duration{1} || options.deadline > kMaxDeadline) {
    throw Error(ErrorCode::usage, "deadline: must be from 1 ms to 1 hour");
  }
  if (options.max_age && *options.max_age < Duration::zero()) {
    throw Error(ErrorCode::usage, "max age: must not be negative");
  }
}

std::string lease_name(const Question& question) { return fmt::format("xai {:016x}", hash_of(question)); }

FlightRow load_flight(store::Snapshot& view, const std::string& fence) {
  auto row = view.rows(sql::kFindFlight, fence);
  if (!row.step()) {
    throw Error(ErrorCode::unknown_flight,
                fmt::format("there is no flight {}, or it ended more than a day ago", shortened(fence)));
  }
  FlightRow flight;
  flight.number = row.get<std::int64_t>(0);
  flight.lease = row.get<std::string>(1);
  flight.key = {row.get<std::string>(3),
                row.get<std::string>(4),
                row.get<std::string>(5),
                {row.get<std::int64_t>(6)},
                row.get<std::string>(2)};
  flight.unit = row.get<std::string>(7);
  flight.started_at = row.get<Instant>(8);
  flight.ended = !row.is_null(9);
  return flight;
}

bool is_newest(store::Snapshot& view, const FlightRow& flight) {
  auto row = find_verdict(view, flight.key);
  return is_newest(row ? std::optional(row->stored) : std::nullopt, flight.number);
}

// 0 where a day or more has gone by and it is forgotten.
std::int64_t number_of(store::Snapshot& view, const std::string& fence) {
  auto row = view.rows(sql::kFlightNumber, fence);
  return row.step() ? row.get<std::int64_t>(0) : 0;
}

void end_flight(store::Transaction& change, const FlightRow& flight, const std::string& fence,
                const char* ending) {
  change.run(sql::kEndFlight, fence, change.now(), ending);
  store::end_lease(change, flight.lease, fence);
}

// Somebody's flight, or one of our own with a unit of the quota.
ClaimOutcome take_flight(store::Transaction& change, QuotaBook& book, const Question& question,
                         const ClaimOptions& options) {
  if (auto other = store::find_lease(change, lease_name(question))) {
    Instant lapses_at =
        store::find_or_take_lease(change, lease_name(question), other->live).first.lapses_at();
    return InFlight{other->holder, std::min(lapses_at, change.now() + kLookAgain), lapses_at,
                    number_of(change, other->fence)};
  }
  if (auto denied = denial(book.row())) return Denied{*denied, book.row().day_ends_at, describe(book.row())};
  auto pause = book.row().paused ? pause_of(change, options.asker) : std::nullopt;
  if (pause) return Denied{DenyReason::paused, pause->until_at, describe(book.row(), pause)};
  const Duration live = options.deadline + kLapseMargin;
  auto lease = store::find_or_take_lease(change, lease_name(question), live).first;
  std::string unit = book.take_call(options.purpose.empty() ? question.question : options.purpose);
  change.run(sql::kInsertFlight, lease.fence, lease_name(question), question.question, question.title, question.category,
           question.season, question.price, unit, change.worker(), change.now());
  if (book.row().paused) take_probe(change, options.asker, lease.fence, live);
  return Claimed{lease.fence, lease.lapses_at(), describe(book.row())};
}

ClaimOutcome decide(store::Transaction& change, QuotaBook& book, const Question& question,
                    const ClaimOptions& options) {
  auto known = look_up(change, question);
  if (known && has_verdict(*known, options.max_age, change.now())) return Hit{*known->verdict};
  if (auto until = known ? refused_until(*known, change.now()) : std::nullopt)
    return Denied{DenyReason::refused_content, *until, describe(book.row())};
  return take_flight(change, book, question, options);
}

// What the end of a flight says of the pauses that there are.
void tell_pauses(store::Transaction& change, const QuotaBook& book, const std::string& flight,
                 const Abandonment& how) {
  if (how.pause) {
    begin_pause(change, *how.pause, flight);
  } else if (book.row().paused) {
    end_probe(change, flight, how.usage.calls > 0 || how.refused_content);
  }
}

}  // namespace

ClaimOutcome Verdicts::claim(const Question& question, const ClaimOptions& options) {
  require_valid(question, options);
  store::Connection& connection = database_->connection();
  if (auto verdict = find_hit(connection, question, options.max_age)) {
    ++hits_;
    return Hit{*verdict};
  }
  store::Transaction change(connection);
  QuotaBook book(change, UnknownZone::refused);
  ClaimOutcome outcome = decide(change, book, question, options);
  if (std::holds_alternative<InFlight>(outcome)) {
    change.commit();  // who waits looks often: that is no miss, and nothing is written
    return outcome;
  }
  ++(std::holds_alternative<Hit>(outcome) ? hits_ : misses_);
  if (options.assumes && std::holds_alternative<Denied>(outcome)) ++assumed_;
  store_counts(book);
  change.commit();
  forget_counts();
  return outcome;
}

bool Verdicts::answer(const std::string& flight, bool verdict) { return answer(flight, verdict, {}, {}); }

// A flight that had ended has its usage: a second answer is the first one again.
bool Verdicts::answer(const std::string& flight, bool verdict, const std::string& model, const Usage& usage,
                      const std::string& asker) {
  if (!model.empty()) require_name("model", model);
  store::Transaction change(database_->connection());
  QuotaBook book(change);
  FlightRow row = load_flight(change, flight);
  if (row.ended) {
    change.commit();  // wrote nothing, and waits until what it answers from is durable
    return false;
  }
  bool newest = is_newest(change, row);
  if (newest) put_verdict(change, row.key, verdict, {change.now(), row.number, model});
  book.record_usage(model, usage);
  end_flight(change, row, flight, "answer");
  if (book.row().paused) {
    end_probe(change, flight, true);
    end_disproved(change, asker);
  }
  store_counts(book);
  change.commit();
  forget_counts();
  return newest;
}

bool Verdicts::abandon(const std::string& flight, const Abandonment& how) {
  if (!how.failure.empty()) require_name("failure", how.failure);
  store::Transaction change(database_->connection());
  QuotaBook book(change);
  FlightRow row = load_flight(change, flight);
  if (row.ended) {
    change.commit();  // wrote nothing, and waits until what it answers from is durable
    return false;
  }
  bool released = how.never_sent && book.release(row.unit);
  book.record_usage(how.model, how.usage);
  end_flight(change, row, flight, "abandon");
  if (!how.failure.empty()) change.run(sql::kStoreFailure, flight, how.failure);
  if (how.refused_content && is_newest(change, row))
    put_refusal(change, row.key, {change.now(), row.number, how.model});
  tell_pauses(change, book, flight, how);
  if (how.assumed) ++assumed_;
  store_counts(book);
  change.commit();
  forget_counts();
  return released;
}

std::optional<std::string> Verdicts::failure_of(std::int64_t number) const {
  store::Snapshot view(database_->connection());
  auto row = view.rows(sql::kFailure, number);
  return row.step() ? row.get<std::optional<std::string>>(0) : std::nullopt;
}

}  // namespace purser::xai
