// One call for one question: who asks, who waits for that answer, and who takes over.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "store/lease.h"
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

void require_valid(const Question& question, Duration deadline, const std::string& purpose) {
  require_valid(question);
  if (!purpose.empty()) require_name("purpose", purpose);
  if (deadline < Duration{1} || deadline > kMaxDeadline) {
    throw Error(ErrorCode::usage, "deadline: must be from 1 ms to 1 hour");
  }
}

std::string lease_name(const Question& question) { return fmt::format("xai {:016x}", hash_of(question)); }

FlightRow load_flight(store::Snapshot& view, const std::string& fence) {
  auto row = view.statement(sql::kFindFlight).bind(fence);
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

// 0 where a day or more has gone by and it is forgotten.
std::int64_t number_of(store::Snapshot& view, const std::string& fence) {
  auto row = view.statement(sql::kFlightNumber).bind(fence);
  return row.step() ? row.get<std::int64_t>(0) : 0;
}

void end_flight(store::Transaction& change, const FlightRow& flight, const std::string& fence,
                const char* ending) {
  change.statement(sql::kEndFlight).bind(fence, change.now(), ending).run();
  store::end_lease(change, flight.lease, fence);
}

// Not a hit: somebody's flight, or one of our own with a unit of the quota.
ClaimOutcome take_flight(store::Transaction& change, QuotaBook& book, const Question& question,
                         Duration deadline, const std::string& purpose) {
  if (auto other = store::find_lease(change, lease_name(question))) {
    Instant lapses_at =
        store::find_or_take_lease(change, lease_name(question), other->live).first.lapses_at();
    return InFlight{other->holder, std::min(lapses_at, change.now() + kLookAgain), lapses_at,
                    number_of(change, other->fence)};
  }
  if (auto denied = denial(book.row())) return Denied{*denied, book.row().day_ends_at, describe(book.row())};
  auto lease = store::find_or_take_lease(change, lease_name(question), deadline + kLapseMargin).first;
  std::string unit = book.take_call(purpose.empty() ? question.question : purpose);
  change.statement(sql::kInsertFlight)
      .bind(lease.fence, lease_name(question), question.question, question.title, question.category,
            question.season, question.price, unit, change.worker(), change.now())
      .run();
  return Claimed{lease.fence, lease.lapses_at(), describe(book.row())};
}

}  // namespace

ClaimOutcome Verdicts::claim(const Question& question, Duration deadline, const std::string& purpose) {
  require_valid(question, deadline, purpose);
  if (auto verdict = look_up(question)) {
    ++hits_;
    return Hit{*verdict};
  }
  store::Transaction change(database_->connection());
  QuotaBook book(change, UnknownZone::refused);
  auto meanwhile = find_verdict(change, question);
  ClaimOutcome outcome = meanwhile ? ClaimOutcome(Hit{meanwhile->verdict})
                                   : take_flight(change, book, question, deadline, purpose);
  if (std::holds_alternative<InFlight>(outcome)) {
    change.commit();  // who waits looks often: that is no miss, and nothing is written
    return outcome;
  }
  ++(meanwhile ? hits_ : misses_);
  book.count_lookups(hits_, misses_);
  change.commit();
  hits_ = misses_ = 0;
  return outcome;
}

bool Verdicts::answer(const std::string& flight, bool verdict) { return answer(flight, verdict, {}, {}); }

// A flight that had ended has its usage: a second answer is the first one again.
bool Verdicts::answer(const std::string& flight, bool verdict, const std::string& model, const Usage& usage) {
  store::Transaction change(database_->connection());
  QuotaBook book(change);
  FlightRow row = load_flight(change, flight);
  if (row.ended) {
    change.commit();  // wrote nothing, and waits until what it answers from is durable
    return false;
  }
  auto known = find_verdict(change, row.key);
  bool newest = is_newest(known ? std::optional(known->stored) : std::nullopt, row.number);
  if (newest) put_verdict(change, row.key, verdict, row.number);
  book.record_usage(model, usage);
  end_flight(change, row, flight, "answer");
  book.count_lookups(hits_, misses_);
  change.commit();
  hits_ = misses_ = 0;
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
  if (!how.failure.empty()) change.statement(sql::kStoreFailure).bind(flight, how.failure).run();
  change.commit();
  return released;
}

std::optional<std::string> Verdicts::failure_of(std::int64_t number) const {
  store::Snapshot view(database_->connection());
  auto row = view.statement(sql::kFailure).bind(number);
  return row.step() ? row.get<std::optional<std::string>>(0) : std::nullopt;
}

}  // namespace purser::xai
