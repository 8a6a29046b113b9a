#include "xai/flights.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "store/lease.h"
#include "xai/pauses.h"
#include "xai/sql.h"
#include "xai/verdict_rows.h"

namespace purser::xai {
namespace {

// A worker that waits looks this often: the other's answer may come at any moment.
constexpr Duration kLookAgain = std::chrono::seconds(1);

std::string lease_name(const Question& question) {
  return fmt::format("{}{:016x}", kLeasePrefix, hash_of(question));
}

// 0 for a flight that is forgotten, a day or more after its end.
std::int64_t number_of(store::Snapshot& view, const std::string& fence) {
  auto row = view.rows(sql::kFlightNumber, fence);
  return row.step() ? row.get<std::int64_t>(0) : 0;
}

void end_flight(store::Transaction& change, const FlightRow& flight, const char* ending) {
  change.run(sql::kEndFlight, flight.fence, change.now(), ending);
  store::end_lease(change, flight.lease, flight.fence);
}

ClaimOutcome join_or_take_flight(store::Transaction& change, QuotaWriter& writer, const Question& question,
                                 const ClaimOptions& options) {
  if (auto other = store::find_lease(change, lease_name(question))) {
    Instant lapses_at =
        store::find_or_take_lease(change, lease_name(question), other->live).first.lapses_at();
    return InFlight{other->holder, std::min(lapses_at, change.now() + kLookAgain), lapses_at,
                    number_of(change, other->fence)};
  }
  if (auto denied = denial(writer.row()))
    return Denied{*denied, writer.row().day_ends_at, describe(writer.row())};
  auto pause = writer.row().paused ? find_pause(change, options.asker) : std::nullopt;
  if (pause) return Denied{DenyReason::paused, pause->until_at, describe(writer.row(), pause)};
  const Duration live = options.deadline + kLapseMargin;
  auto lease = store::find_or_take_lease(change, lease_name(question), live).first;
  std::string unit = writer.take_call(options.purpose.empty() ? question.question : options.purpose);
  change.run(sql::kInsertFlight, lease.fence, lease_name(question), question.question, question.title,
             question.category, question.season, question.price, unit, change.worker(), change.now());
  if (writer.row().paused) take_probe(change, options.asker, lease.fence, live);
  return Claimed{lease.fence, lease.lapses_at(), describe(writer.row())};
}

}  // namespace

FlightRow load_flight(store::Snapshot& view, const std::string& fence) {
  auto row = view.rows(sql::kFindFlight, fence);
  if (!row.step()) {
    throw Error(ErrorCode::unknown_flight,
                fmt::format("there is no flight {}, or it ended more than a day ago", shortened(fence)));
  }
  FlightRow flight;
  flight.fence = fence;
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

std::optional<std::int64_t> find_newest_flight(store::Snapshot& view) {
  auto row = view.rows(sql::kNewestFlight);
  row.step();
  return row.get<std::optional<std::int64_t>>(0);
}

std::optional<std::string> find_failure(store::Snapshot& view, std::int64_t number) {
  auto row = view.rows(sql::kFailure, number);
  return row.step() ? row.get<std::optional<std::string>>(0) : std::nullopt;
}

bool is_newest(store::Snapshot& view, const FlightRow& flight) {
  auto row = find_verdict(view, flight.key);
  return is_newest(row ? std::optional(row->stored) : std::nullopt, flight.number);
}

ClaimOutcome claim_question(store::Transaction& change, QuotaWriter& writer, const Question& question,
                            const ClaimOptions& options) {
  auto known = find_known(change, question);
  if (known && has_verdict(*known, options.max_age, change.now())) return Hit{*known->verdict};
  if (auto until = known ? refused_until(*known, change.now()) : std::nullopt)
    return Denied{DenyReason::refused_content, *until, describe(writer.row())};
  return join_or_take_flight(change, writer, question, options);
}

void end_by_answer(store::Transaction& change, const FlightRow& flight) {
  end_flight(change, flight, "answer");
}

void end_by_abandonment(store::Transaction& change, const FlightRow& flight, const std::string& failure) {
  end_flight(change, flight, "abandon");
  if (!failure.empty()) change.run(sql::kStoreFailure, flight.fence, failure);
}

}  // namespace purser::xai
