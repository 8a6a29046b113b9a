#include "json/keepa.h"

#include "json/exit_status.h"

namespace purser::json {
namespace {

using keepa::BucketState;

std::optional<Millitokens> when_known(const BucketState& state, Millitokens amount) {
  return state.known ? std::optional(amount) : std::nullopt;
}

void add_balance(Object& object, const BucketState& state) {
  object.add("balance", when_known(state, state.balance))
      .add("held", state.held)
      .add("available", when_known(state, state.available));
}

void add_refill(Object& object, const BucketState& state) {
  object.add("refill_rate", when_known(state, state.refill_rate))
      .add("capacity", when_known(state, state.capacity));
}

std::optional<Object> ahead_of(const keepa::Refused& refused) {
  if (!refused.ahead) return std::nullopt;
  return Object()
      .add("task", refused.ahead->task)
      .add("cost", refused.ahead->cost)
      .add("worker", refused.ahead->worker)
      .add("last_asked_at", refused.ahead->asked_at);
}

Object encode_reservation(const keepa::Reservation& reservation) {
  return Object()
      .add("id", reservation.id)
      .add("task", reservation.task)
      .add("worker", reservation.worker)
      .add("kind", reservation.kind.empty() ? std::nullopt : std::optional(reservation.kind))
      .add("cost", reservation.cost)
      .add("created_at", reservation.created_at)
      .add("expires_at", reservation.expires_at);
}

Object encode_place(const keepa::Place& place) {
  return Object()
      .add("place", place.place)
      .add("task", place.task)
      .add("worker", place.worker)
      .add("reason", keepa::name_of(place.reason))
      .add("cost", place.cost)
      .add("target", place.target)
      .add("since_at", place.since)
      .add("asked_at", place.asked_at)
      .add("lapses_at", place.lapses_at)
      .add("expected_at", place.expected_at);
}

}  // namespace

void add_observed(Object& object, const keepa::ObserveOutcome& outcome) {
  add_balance(object, outcome.state);
  add_refill(object, outcome.state);
  object.add("drift", outcome.drift).add("applied", outcome.applied);
}

Object encode(const keepa::Granted& granted) {
  std::optional<std::string_view> ended;
  if (granted.ended) ended = keepa::name_of(*granted.ended);
  return Object()
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

Object encode(const keepa::Refused& refused) {
  return Object()
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

Object encode(const keepa::Never& never) {
  return Object()
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

Object encode(const keepa::AcquireOutcome& outcome) {
  return std::visit([](const auto& decision) { return encode(decision); }, outcome);
}

int exit_status(const keepa::AcquireOutcome& outcome) {
  if (std::holds_alternative<keepa::Granted>(outcome)) return kYes;
  return std::holds_alternative<keepa::Refused>(outcome) ? kRefused : kImpossible;
}

Object encode(const keepa::ObserveOutcome& outcome, const std::optional<std::string>& error_type) {
  Object object;
  add_observed(object, outcome);
  return object.add("error_type", error_type);
}

Object encode(const keepa::SettleOutcome& outcome, const std::optional<std::string>& error_type) {
  Object object;
  object.add("settled", outcome.settled);
  add_observed(object, outcome.observed);
  return object.add("error_type", error_type);
}

Object encode_release(bool released) { return Object().add("released", released); }
Object encode_leave(bool left) { return Object().add("left", left); }

Object encode(const keepa::Status& status) {
  Object object;
  object.add("known", status.state.known);
  add_balance(object, status.state);
  object.add("threshold", status.threshold).add("target", status.target);
  add_refill(object, status.state);
  return object.add("as_of_at", status.as_of)
      .add("reservations", encode_each(status.reservations, encode_reservation))
      .add("places", encode_each(status.places, encode_place))
      .add("unknown_tasks", status.unknown_tasks);
}

Object encode(const keepa::Affordable& affordable, const keepa::AffordQuery& question) {
  std::optional<std::string_view> reason;
  if (affordable.reason) reason = keepa::name_of(*affordable.reason);
  keepa::KindCost cost = affordable.kind.value_or(keepa::KindCost{});
  return Object()
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

Object encode(const keepa::Policy& policy) {
  return Object()
      .add("name", policy.name)
      .add("threshold", policy.threshold)
      .add("margin", policy.margin)
      .add("buffer", policy.buffer)
      .add("max_deficit", policy.max_deficit)
      .add("patience_ms", policy.patience);
}

Object encode(const keepa::LedgerEntry& entry) {
  return Object()
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

Object encode(const keepa::LedgerVerification& verification) {
  return Object()
      .add("entries", verification.entries)
      .add("balance_matches", verification.balance_matches)
      .add("held_matches", verification.held_matches);
}

}  // namespace purser::json
