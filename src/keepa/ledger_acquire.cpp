// Ledger::acquire: one transaction that loads, lets policy.h decide, and stores what follows from the
// decision.
#include <fmt/format.h>

#include "base/random_id.h"
#include "base/text.h"
#include "keepa/ledger_writer.h"
#include "keepa/policies.h"
#include "keepa/queue.h"
#include "keepa/reservations.h"
#include "keepa/sql.h"
#include "keepa/waiting.h"

namespace purser::keepa {
namespace {

void require_valid(const AcquireRequest& request) {
  require_name("task", request.task);
  if (!request.kind.empty()) require_name("kind", request.kind);
  if (!request.idempotency_key.empty()) require_name("idempotency key", request.idempotency_key);
  if (request.cost < Millitokens{} || request.cost > kMaxCost) {
    throw Error(ErrorCode::usage, fmt::format("cost: must be from 0 to {} tokens", to_string(kMaxCost)));
  }
  if (request.expires_in < Duration{1} || request.expires_in > kMaxLifetime) {
    throw Error(ErrorCode::usage, "expires in: must be from 1 ms to 1 hour");
  }
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<Millitokens> known_available(const LedgerWriter& writer) {
  return writer.bucket().known ? std::optional(available(writer.bucket())) : std::nullopt;
}

std::optional<AcquireOutcome> replay(store::Transaction& change, const LedgerWriter& writer,
                                     const AcquireRequest& request) {
  if (request.idempotency_key.empty()) return std::nullopt;
  // A grant that is further ahead than the window is of a clock that was wrong, and does not count.
  auto first = find_by_key(change, writer.account(), request.idempotency_key,
                           change.now() - kIdempotencyWindow, change.now() + kIdempotencyWindow);
  if (!first) return std::nullopt;
  if (first->task != request.task || first->cost != request.cost) {
    throw Error(
        ErrorCode::idempotency_conflict,
        fmt::format("this idempotency key was used for {} tokens by {}: a repeated request must be the same",
                    to_string(first->cost), first->task));
  }
  return Granted{first->id, known_available(writer), first->expires_at, true, first->ended};
}

Granted grant(store::Transaction& change, LedgerWriter& writer, const AcquireRequest& request) {
  Instant now = change.now();
  std::string id = random_id(now);
  if (!request.idempotency_key.empty()) {
    change.run(sql::kForgetKey, writer.account(), request.idempotency_key);
  }
  RequestBaseline baseline = writer.baseline();
  change.run(sql::kInsertReservation, id, writer.account(), request.task, change.worker(),
             unless_empty(request.kind), request.cost, now, now + request.expires_in, request.expires_in,
             unless_empty(request.idempotency_key), baseline.count, baseline.server_time);
  writer.move("hold", {}, request.cost, {request.task, change.worker(), id});
  return {id, known_available(writer), now + request.expires_in, false, {}};
}

AcquireOutcome refusal(const store::Transaction& change, const LedgerWriter& writer, const Policy& policy,
                       const Decision& decision, const std::vector<PlaceRow>& places) {
  bool due = observe_due(writer.row().observed_at, change.now());
  auto left = known_available(writer);
  if (decision.kind == DecisionKind::never) return Never{*decision.reason, left, decision.target, due};
  Refused refused{*decision.reason, left, decision.target, decision.place, decision.retry_after, {}, due};
  if (decision.retry_after) refused.retry_at = change.now() + *decision.retry_after;
  refused.advice = policy.buffer ? Advice::skip : Advice::wait;
  if (decision.ahead) {
    const PlaceRow& first = places[*decision.ahead];
    refused.ahead = Ahead{first.task, first.cost, first.worker, first.life.asked_at};
  }
  return refused;
}

// A grant of cost 0 leaves the queue alone: the free call of a waiting task must not cost it its place.
AcquireOutcome decide_and_store(store::Transaction& change, LedgerWriter& writer,
                                const AcquireRequest& request) {
  Policy policy = load_policy(change, request.task);
  if (policy.name != request.task) {
    change.run(sql::kNoteUnknownTask, writer.account(), request.task, change.now());
  }
  auto places = keep_live_places(change, writer.account(), writer.bucket());
  auto queue = as_queue(places);
  Decision decision = decide({writer.bucket(), policy, queue, request.task, request.cost, change.now()});
  if (decision.kind == DecisionKind::grant) {
    if (request.cost > Millitokens{}) serve_place(change, places, request.task);
    return grant(change, writer, request);
  }
  note_reached_targets(change, places, request.task);
  if (decision.place) {
    take_place(change, writer.account(), places, request.task, request.cost, decision,
               decision.retry_after.value_or(Duration::zero()) + policy.patience);
  } else if (decision.kind == DecisionKind::refuse) {
    keep_place(change, places, request.task);
  }
  return refusal(change, writer, policy, decision, places);
}

}  // namespace

AcquireOutcome Ledger::acquire(const AcquireRequest& request) {
  require_valid(request);
  store::Connection& connection = database_->connection();
  store::Transaction change(connection);
  LedgerWriter writer(change, load_account(change, account_));
  auto replayed = replay(change, writer, request);
  AcquireOutcome outcome = replayed ? *replayed : decide_and_store(change, writer, request);
  writer.commit(connection);
  return outcome;
}

AcquireOutcome Ledger::acquire_waiting(const AcquireRequest& request, Duration wait,
                                       std::optional<AcquireOutcome> last) {
  Clock& clock = database_->connection().clock();
  SteadyInstant deadline = deadline_after(clock.steady_now(), wait);
  for (;;) {
    last = acquire_unless_busy(*this, clock, request, deadline, last);
    auto look_again = next_look(*last, clock.steady_now(), deadline);
    if (!look_again) return *last;
    clock.sleep_until(*look_again);
  }
}

}  // namespace purser::keepa
