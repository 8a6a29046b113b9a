// One call for one question: who asks, who waits for that answer, and who takes over.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "store/lease.h"
#include "xai/pauses.h"
#include "xai/quota_writer.h"
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
  auto row = view.statement(sql::kFindFlight).bind(fence);
  if (!row.step()) {
    throw Error(ErrorCode::unknown_flight,
                fmt::format("there is no flight {}, or it ended more than a day ago", shortened(fence)));
  }
  FlightRow flight;
  flight.number = row.get<std::int64_t>(0);
  flight.lease = row.get<std::string>(1);
  flight.key = {.title = row.get<std::string>(2),
                .category = row.get<std::string>(3),
                .season = row.get<std::string>(4),
                .price = row.get<Cents>(5),
                .question = row.get<std::string>(6)};
  flight.unit = row.get<std::string>(7);
  flight.ended = !row.is_null(8);
  return flight;
}

bool is_newest(store::Snapshot& view, const FlightRow& flight) {
  auto row = find_verdict(view, flight.key);
  return is_newest(row ? std::optional(row->stored) : std::nullopt, flight.number);
}

// 0 where a day or more has gone by and it is forgotten.
std::int64_t number_of(store::Snapshot& view, const std::string& fence) {
  auto row = view.statement(sql::kFlightNumber).bind(fence);
  return row.step() ? row.get<std::int64_t>(0) : 0;
}

void end_flight(store::Transaction& change, const FlightRow& flight, const std::string& fence,
                const char* ending) {
  change.statement(sql::kEndFlight).run(fence, change.now(), ending);
  store::end_lease(change, flight.lease, fence);
}

// Somebody's flight, or one of our own with a unit of the quota.
ClaimOutcome take_flight(store::Transaction& change, QuotaWriter& writer, const Question& question,
                         const ClaimOptions& options) {
  if (auto other = store::find_lease(change, lease_name(question))) {
    Instant lapses_at =
        store::find_or_take_lease(change, lease_name(question), other->live).first.lapses_at();
    return InFlight{other->holder, std::min(lapses_at, change.now() + kLookAgain), lapses_at,
                    number_of(change, other->fence)};
  }
  if (auto denied = denial(writer.row()))
    return Denied{*denied, writer.row().day_ends_at, describe(writer.row())};
  auto pause = writer.row().paused ? pause_of(change, options.asker) : std::nullopt;
  if (pause) return Denied{DenyReason::paused, pause->until_at, describe(writer.row(), pause)};
  const Duration live = options.deadline + kLapseMargin;
  auto lease = store::find_or_take_lease(change, lease_name(question), live).first;
  std::string unit = writer.take_call(options.purpose.empty() ? question.question : options.purpose);
  change.statement(sql::kInsertFlight)
      .run(lease.fence, lease_name(question), question.question, question.title, question.category,
           question.season, question.price, unit, change.worker(), change.now());
  if (writer.row().paused) take_probe(change, options.asker, lease.fence, live);
  return Claimed{lease.fence, lease.lapses_at(), describe(writer.row())};
}

ClaimOutcome decide(store::Transaction& change, QuotaWriter& writer, const Question& question,
                    const ClaimOptions& options) {
  auto known = look_up(change, question);
  if (known && has_verdict(*known, options.max_age, change.now())) return Hit{*known->verdict};
  if (auto until = known ? refused_until(*known, change.now()) : std::nullopt)
    return Denied{DenyReason::refused_content, *until, describe(writer.row())};
  return take_flight(change, writer, question, options);
}

// What the end of a flight says of the pauses that there are.
void tell_pauses(store::Transaction& change, const QuotaWriter& writer, const std::string& flight,
                 const Abandonment& how) {
  if (how.pause) {
    begin_pause(change, *how.pause, flight);
  } else if (writer.row().paused) {
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
  QuotaWriter writer(change, UnknownZone::refused);
  ClaimOutcome outcome = decide(change, writer, question, options);
  if (std::holds_alternative<InFlight>(outcome)) {
    change.commit();  // who waits looks often: that is no miss, and nothing is written
    return outcome;
  }
  ++(std::holds_alternative<Hit>(outcome) ? hits_ : misses_);
  if (options.assumes && std::holds_alternative<Denied>(outcome)) ++assumed_;
  commit(writer);
  return outcome;
}

bool Verdicts::answer(const std::string& flight, bool verdict) { return answer(flight, verdict, {}, {}); }

// A flight that had ended has its usage: a second answer is the first one again.
bool Verdicts::answer(const std::string& flight, bool verdict, const std::string& model, const Usage& usage,
                      const std::string& asker) {
  if (!model.empty()) require_name("model", model);
  store::Transaction change(database_->connection());
  QuotaWriter writer(change);
  FlightRow row = load_flight(change, flight);
  if (row.ended) {
    change.commit();  // wrote nothing, and waits until what it answers from is durable
    return false;
  }
  bool newest = is_newest(change, row);
  if (newest) put_verdict(change, row.key, verdict, {change.now(), row.number, model});
  writer.record_usage(model, usage);
  end_flight(change, row, flight, "answer");
  if (writer.row().paused) {
    end_probe(change, flight, true);
    end_disproved(change, asker);
  }
  commit(writer);
  return newest;
}

bool Verdicts::abandon(const std::string& flight, const Abandonment& how) {
  if (!how.failure.empty()) require_name("failure", how.failure);
  store::Transaction change(database_->connection());
  QuotaWriter writer(change);
  FlightRow row = load_flight(change, flight);
  if (row.ended) {
    change.commit();  // wrote nothing, and waits until what it answers from is durable
    return false;
  }
  bool released = how.never_sent && writer.release(row.unit);
  writer.record_usage(how.model, how.usage);
  end_flight(change, row, flight, "abandon");
  if (!how.failure.empty()) change.statement(sql::kStoreFailure).run(flight, how.failure);
  if (how.refused_content && is_newest(change, row))
    put_refusal(change, row.key, {change.now(), row.number, how.model});
  tell_pauses(change, writer, flight, how);
  if (how.assumed) ++assumed_;
  commit(writer);
  return released;
}

std::optional<std::string> Verdicts::failure_of(std::int64_t number) const {
  store::Snapshot view(database_->connection());
  auto row = view.statement(sql::kFailure).bind(number);
  return row.step() ? row.get<std::optional<std::string>>(0) : std::nullopt;
}

}  // namespace purser::xai
