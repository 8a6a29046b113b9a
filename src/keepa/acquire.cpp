// Asking for tokens: one transaction that loads, asks policy.h, and stores what follows from the verdict.
#include <fmt/format.h>

#include "base/random_id.h"
#include "base/text.h"
#include "keepa/book.h"
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

std::optional<Millitokens> known_available(const Book& book) {
  return book.bucket().known ? std::optional(available(book.bucket())) : std::nullopt;
}

std::optional<AcquireOutcome> replay(store::Transaction& change, const Book& book,
                                     const AcquireRequest& request) {
  if (request.idempotency_key.empty()) return std::nullopt;
  // A grant further ahead than the window is one of a clock that was wrong.
  auto first = find_by_key(change, book.account(), request.idempotency_key, change.now() - kIdempotencyWindow,
                           change.now() + kIdempotencyWindow);
  if (!first) return std::nullopt;
  if (first->task != request.task || first->cost != request.cost) {
    throw Error(
        ErrorCode::idempotency_conflict,
        fmt::format("this idempotency key was used for {} tokens by {}: a repeated request must be the same",
                    to_string(first->cost), first->task));
  }
  return Granted{first->id, known_available(book), first->expires_at, true, first->ended};
}

Granted grant(store::Transaction& change, Book& book, const AcquireRequest& request) {
  Instant now = change.now();
  std::string id = random_id(now);
  if (!request.idempotency_key.empty()) {
    change.run(sql::kForgetKey, book.account(), request.idempotency_key);
  }
  Asked known = book.asked_now();
  change.run(sql::kInsertReservation, id, book.account(), request.task, change.worker(), unless_empty(request.kind), request.cost, now,
           now + request.expires_in, request.expires_in, unless_empty(request.idempotency_key), known.count,
           known.server_time);
  book.move("hold", {}, request.cost, {request.task, change.worker(), id});
  return {id, known_available(book), now + request.expires_in, false, {}};
}

AcquireOutcome refusal(const store::Transaction& change, const Book& book, const Policy& policy,
                       const Verdict& verdict, const std::vector<PlaceRow>& places) {
  bool due = observe_due(book.row().observed_at, change.now());
  auto left = known_available(book);
  if (verdict.answer == Answer::never) return Never{*verdict.reason, left, verdict.target, due};
  Refused refused{*verdict.reason, left, verdict.target, verdict.place, verdict.retry_after, {}, due};
  if (verdict.retry_after) refused.retry_at = change.now() + *verdict.retry_after;
  refused.advice = policy.buffer ? Advice::skip : Advice::wait;
  if (verdict.ahead) {
    const PlaceRow& first = places[*verdict.ahead];
    refused.ahead = Ahead{first.task, first.cost, first.worker, first.life.asked_at};
  }
  return refused;
}

// The queue, the policy, the verdict, and the rows that follow from it. Cost 0 passes the queue by: the free
// call of a waiting task must not cost it its place.
AcquireOutcome decide_and_store(store::Transaction& change, Book& book, const AcquireRequest& request) {
  Policy policy = load_policy(change, request.task);
  if (policy.name != request.task) {
    change.run(sql::kNoteUnknownTask, book.account(), request.task, change.now());
  }
  auto places = keep_live_places(change, book.account(), book.bucket());
  auto queue = as_queue(places);
  Verdict verdict = decide({book.bucket(), policy, queue, request.task, request.cost, change.now()});
  if (verdict.answer == Answer::grant) {
    if (request.cost > Millitokens{}) serve_place(change, places, request.task);
    return grant(change, book, request);
  }
  note_reached_targets(change, places, request.task);
  if (verdict.place) {
    take_place(change, book.account(), places, request.task, request.cost, verdict,
               verdict.retry_after.value_or(Duration::zero()) + policy.patience);
  } else if (verdict.answer == Answer::refuse) {
    keep_place(change, places, request.task);
  }
  return refusal(change, book, policy, verdict, places);
}

}  // namespace

AcquireOutcome Ledger::acquire(const AcquireRequest& request) {
  require_valid(request);
  store::Connection& connection = database_->connection();
  store::Transaction change(connection);
  Book book(change, load_account(change, account_));
  auto replayed = replay(change, book, request);
  AcquireOutcome outcome = replayed ? *replayed : decide_and_store(change, book, request);
  book.store();
  change.commit();
  book.report(connection);
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

bool Ledger::leave(const std::string& task) {
  require_name("task", task);
  store::Transaction change(database_->connection());
  std::int64_t account = load_account(change, account_).id;
  bool left = leave_place(change, account, task);
  change.commit();
  return left;
}

}  // namespace purser::keepa
