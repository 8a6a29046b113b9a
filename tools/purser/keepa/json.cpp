#include "keepa/json.h"

namespace purser::cli {
namespace {

using keepa::BucketState;

std::optional<Millitokens> when_known(const BucketState& state, Millitokens amount) {
  return state.known ? std::optional(amount) : std::nullopt;
}

void add_balance(Answer& answer, const BucketState& state) {
  answer.add("balance", when_known(state, state.balance))
      .add("held", state.held)
      .add("available", when_known(state, state.available));
}

void add_refill(Answer& answer, const BucketState& state) {
  answer.add("refill_rate", when_known(state, state.refill_rate))
      .add("capacity", when_known(state, state.capacity));
}

// The three decisions have the same fields, so that a script can ask for each without looking first.
Answer decision(const keepa::Granted& granted) {
  std::optional<std::string_view> ended;
  if (granted.ended) ended = keepa::name_of(*granted.ended);
  return Answer()
      .add("decision", "granted")
      .add_null("reason")
      .add("reservation", granted.reservation)
      .add("available", granted.available)
      .add_null("target")
      .add_null("place")
      .add_null("retry_after_ms")
      .add_null("retry_at")
      .add("observe_due", false)
      .add_null("advice")
      .add("expires_at", granted.expires_at)
      .add("replayed", granted.replayed)
      .add("ended", ended)
      .add_null("ahead");
}

std::optional<Answer> ahead_of(const keepa::Refused& refused) {
  if (!refused.ahead) return std::nullopt;
  return Answer()
      .add("task", refused.ahead->task)
      .add("cost", refused.ahead->cost)
      .add("worker", refused.ahead->worker)
      .add("last_asked_at", refused.ahead->asked_at);
}

Answer decision(const keepa::Refused& refused) {
  return Answer()
      .add("decision", "refused")
      .add("reason", keepa::name_of(refused.reason))
      .add_null("reservation")
      .add("available", refused.available)
      .add("target", refused.target)
      .add("place", refused.place)
      .add("retry_after_ms", refused.retry_after)
      .add("retry_at", refused.retry_at)
      .add("observe_due", refused.observe_due)
      .add("advice", keepa::name_of(refused.advice))
      .add_null("expires_at")
      .add("replayed", false)
      .add_null("ended")
      .add("ahead", ahead_of(refused));
}

Answer decision(const keepa::Never& never) {
  return Answer()
      .add("decision", "never")
      .add("reason", keepa::name_of(never.reason))
      .add_null("reservation")
      .add("available", never.available)
      .add("target", never.target)
      .add_null("place")
      .add_null("retry_after_ms")
      .add_null("retry_at")
      .add("observe_due", never.observe_due)
      .add_null("advice")
      .add_null("expires_at")
      .add("replayed", false)
      .add_null("ended")
      .add_null("ahead");
}

std::vector<Answer> answers_of(const std::vector<keepa::Reservation>& reservations) {
  std::vector<Answer> answers;
  answers.reserve(reservations.size());
  for (const keepa::Reservation& reservation : reservations) {
    answers.push_back(
        Answer()
            .add("id", reservation.id)
            .add("task", reservation.task)
            .add("worker", reservation.worker)
            .add("kind", reservation.kind.empty() ? std::nullopt : std::optional(reservation.kind))
            .add("cost", reservation.cost)
            .add("created_at", reservation.created_at)
            .add("expires_at", reservation.expires_at));
  }
  return answers;
}

std::vector<Answer> answers_of(const std::vector<keepa::Place>& places) {
  std::vector<Answer> answers;
  answers.reserve(places.size());
  for (const keepa::Place& place : places) {
    answers.push_back(Answer()
                          .add("place", place.place)
                          .add("task", place.task)
                          .add("worker", place.worker)
                          .add("reason", keepa::name_of(place.reason))
                          .add("cost", place.cost)
                          .add("target", place.target)
                          .add("since_at", place.since)
                          .add("asked_at", place.asked_at)
                          .add("lapses_at", place.lapses_at)
                          .add("expected_at", place.expected_at));
  }
  return answers;
}

}  // namespace

void add_observed(Answer& answer, const keepa::ObserveOutcome& outcome) {
  add_balance(answer, outcome.state);
  add_refill(answer, outcome.state);
  answer.add("drift", outcome.drift).add("applied", outcome.applied);
}

Answer answer_of(const keepa::AcquireOutcome& outcome) {
  return std::visit([](const auto& decided) { return decision(decided); }, outcome);
}

Answer answer_of(const keepa::ObserveOutcome& outcome) {
  Answer answer;
  add_observed(answer, outcome);
  return answer;
}

Answer answer_of(const keepa::SettleOutcome& outcome) {
  Answer answer;
  answer.add("settled", outcome.settled);
  add_observed(answer, outcome.observed);
  return answer;
}

Answer answer_of(const keepa::Status& status) {
  Answer answer;
  answer.add("known", status.state.known);
  add_balance(answer, status.state);
  answer.add("threshold", status.threshold).add("target", status.target);
  add_refill(answer, status.state);
  return answer.add("as_of_at", status.as_of)
      .add("reservations", answers_of(status.reservations))
      .add("places", answers_of(status.places))
      .add("unknown_tasks", status.unknown_tasks);
}

Answer answer_of(const keepa::Affordable& affordable, const keepa::AffordQuery& question) {
  std::optional<std::string_view> reason;
  if (affordable.reason) reason = keepa::name_of(*affordable.reason);
  keepa::KindCost cost = affordable.kind.value_or(keepa::KindCost{});
  return Answer()
      .add("task", question.task)
      .add("largest", affordable.largest)
      .add("available", affordable.available)
      .add("cost", question.cost)
      .add("now", affordable.now)
      .add("at", affordable.at)
      .add("reason", reason)
      .add("place", affordable.place)
      .add("target", affordable.target)
      .add("observe_due", affordable.observe_due)
      .add("kind", affordable.kind ? std::optional(question.kind) : std::nullopt)
      .add("calls", affordable.kind ? std::optional(cost.calls) : std::nullopt)
      .add("mean", cost.mean)
      .add("max", cost.max)
      .add("reserved_mean", cost.reserved_mean)
      .add("last_at", cost.last_at)
      .add("calls_affordable", affordable.calls_affordable);
}

Answer answer_of(const keepa::Policy& policy) {
  return Answer()
      .add("name", policy.name)
      .add("threshold", policy.threshold)
      .add("margin", policy.margin)
      .add("buffer", policy.buffer)
      .add("max_deficit", policy.max_deficit)
      .add("patience_ms", policy.patience);
}

Answer answer_of(const keepa::LedgerEntry& entry) {
  return Answer()
      .add("id", entry.id)
      .add("at", entry.at)
      .add("kind", entry.kind)
      .add("balance_change", entry.balance_change)
      .add("held_change", entry.held_change)
      .add("balance", entry.balance)
      .add("held", entry.held)
      .add("task", entry.task)
      .add("worker", entry.worker)
      .add("reservation", entry.reservation);
}

Answer answer_of(const keepa::LedgerVerification& verification) {
  return Answer()
      .add("entries", verification.entries)
      .add("balance_matches", verification.balance_matches)
      .add("held_matches", verification.held_matches);
}

}  // namespace purser::cli
