#include "keepa/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "frame/human.h"

namespace purser::cli {
namespace {

using keepa::AcquireRequest;
using keepa::BucketState;
using keepa::Granted;
using keepa::Never;
using keepa::Reason;
using keepa::Refused;

constexpr char kObserveDue[] =
    "the last observation is more than a minute old: purser keepa refresh makes a new one\n";

std::string text_or(const std::optional<Millitokens>& amount, std::string_view otherwise) {
  return amount ? to_string(*amount) : std::string(otherwise);
}

std::string text_or_dash(const std::optional<std::string>& text) { return text.value_or("-"); }

// A change, with its sign: "+5", "-80", "0".
std::string signed_text(Millitokens change) {
  return fmt::format("{}{}", change.count > 0 ? "+" : "", to_string(change));
}

std::string tokens_text(Millitokens amount) {
  return fmt::format("{} {}", to_string(amount), amount == tokens(1) ? "token" : "tokens");
}

// --- acquire -------------------------------------------------------------------------------------------

std::string grant_line(const Granted& granted, const AcquireRequest& request) {
  std::string what = asked_text(request);
  if (granted.ended) {
    return fmt::format("{}, once: that grant has ended ({}) and holds nothing", what,
                       keepa::name_of(*granted.ended));
  }
  if (granted.replayed) return what + ", the same grant as before (its idempotency key was used again)";
  if (!granted.available) return what + ": the balance is not known yet";
  return fmt::format("{}: {} available before, {} now", what, to_string(*granted.available + request.cost),
                     to_string(*granted.available));
}

std::string what_to_do_with(const Granted& granted, std::string_view account, const Reader& reader) {
  if (granted.ended) return fmt::format("reservation {}\n", granted.reservation);
  auto command = [&](const char* verb) {
    return keepa::keepa_command(account, fmt::format("{} {}", verb, granted.reservation));
  };
  return fmt::format(
      "reservation {}, until {} ({})\n"
      "afterwards: {} --response FILE   (never sent: {})\n",
      granted.reservation, rfc3339(granted.expires_at), from_now(granted.expires_at, reader.now),
      command("settle"), command("release"));
}

std::string text_of(Reason reason) {
  switch (reason) {
    case Reason::threshold: return "too few are available";
    case Reason::buffer: return "fewer than its buffer would be left";
    case Reason::max_deficit: return "the debt would be larger than its policy allows";
    case Reason::queued: return "another task is before it";
    case Reason::unknown_balance:
      return "the balance is not known yet: purser keepa refresh, or purser keepa observe --tokens-left N";
    case Reason::no_refill: return "nothing is refilled, so waiting does not help";
    case Reason::beyond_capacity: return "no refill ever reaches that";
  }
  return "";
}

std::string amounts(const std::optional<Millitokens>& available, const std::optional<Millitokens>& target) {
  std::string text = available ? fmt::format("{} available", to_string(*available)) : "";
  if (target) text += fmt::format("{}it needs {}", text.empty() ? "" : ", ", to_string(*target));
  return text.empty() ? text : " (" + text + ")";
}

std::string at_text(Instant at, const Reader& reader) {
  return fmt::format("{}, at {}", from_now(at, reader.now), rfc3339(at));
}

std::string place_and_retry(const Refused& refused, const Reader& reader) {
  std::string when = refused.retry_at ? at_text(*refused.retry_at, reader) : "";
  if (refused.advice == keepa::Advice::skip) {
    if (!refused.place) return "skip this run\n";
    std::string turn = when.empty() ? "" : fmt::format("; its turn is expected {}", when);
    return fmt::format("skip this run: place {} in the queue is kept for the task's next one{}\n",
                       *refused.place, turn);
  }
  std::string text;
  if (refused.place)
    text += fmt::format("place {} in the queue{}\n", *refused.place, refused.ahead ? "" : ": it is next");
  if (!when.empty()) text += fmt::format("ask again {}\n", when);
  return text;
}

// Which task is ahead in the queue, and what to do where that one is gone.
std::string ahead_text(const Refused& refused, std::string_view account, const Reader& reader) {
  if (!refused.ahead) return "";
  const keepa::Ahead& ahead = *refused.ahead;
  return fmt::format(
      "ahead is {} for {}, asked last {} by {}\n"
      "if that task will not ask again: {}\n",
      ahead.task, to_string(ahead.cost), from_now(ahead.asked_at, reader.now), ahead.worker,
      keepa::leave_command(account, ahead.task));
}

std::string decision(const Granted& granted, const AcquireRequest& request, std::string_view account,
                     const Reader& reader) {
  return fmt::format("{}  {}\n{}", decision_word("granted", Mood::good, reader.colour),
                     grant_line(granted, request), what_to_do_with(granted, account, reader));
}

std::string refusal_line(const Refused& refused, const AcquireRequest& request, const Reader& reader) {
  return fmt::format("{}  {}: {}{}\n", decision_word("refused", Mood::patient, reader.colour),
                     asked_text(request), text_of(refused.reason),
                     amounts(refused.available, refused.target));
}

std::string stale_text(const Refused& refused) {
  return refused.observe_due && refused.reason != Reason::unknown_balance ? kObserveDue : "";
}

std::string decision(const Never& never, const AcquireRequest& request, const Reader& reader) {
  return fmt::format("{}  {}: {}{}\n", decision_word("never", Mood::bad, reader.colour), asked_text(request),
                     text_of(never.reason), amounts(never.available, never.target));
}

// --- afford --------------------------------------------------------------------------------------------

std::string largest_text(const keepa::Affordable& affordable, const keepa::AffordQuery& asked, bool colour) {
  std::string has = amounts(affordable.available, std::nullopt);
  std::string task = one_line(asked.task);
  if (!affordable.largest) {
    return fmt::format("{}  to {}: it has no limit now{}\n", decision_word("any cost", Mood::good, colour),
                       task, has);
  }
  if (*affordable.largest == Millitokens{}) {
    return fmt::format("{}  to {} now{}\n", decision_word("nothing", Mood::patient, colour), task, has);
  }
  return fmt::format("{}  is the largest cost that {} is granted now{}\n",
                     decision_word(tokens_text(*affordable.largest), Mood::good, colour), task, has);
}

std::string expected_text(const std::optional<Instant>& at, const Reader& reader) {
  if (!at) return "";
  return fmt::format("; expected {}, at {}", from_now(std::max(*at, reader.now), reader.now), rfc3339(*at));
}

// When the cost that was asked about is granted; without one, when anything is, where nothing is now.
std::string forecast_text(const keepa::Affordable& affordable, const keepa::AffordQuery& question,
                          const Reader& reader) {
  if (!question.cost && affordable.now) return "";
  std::string what = question.cost ? tokens_text(*question.cost) : "anything at all";
  if (affordable.now) return what + ": granted now\n";
  std::string because = text_of(*affordable.reason) + amounts(std::nullopt, affordable.target);
  if (affordable.never) return fmt::format("{}: never, {}\n", what, because);
  std::string place = affordable.place ? fmt::format(", place {} in the queue", *affordable.place) : "";
  return fmt::format("{}: not now, {}{}{}\n", what, because, place, expected_text(affordable.at, reader));
}

std::string calls_text(std::int64_t calls) { return calls == 1 ? "1 call" : fmt::format("{} calls", calls); }

// "; reserved were 60 on average: they cost 337 % of it", which shows an estimate that is too small.
std::string reserved_text(const keepa::KindCost& cost) {
  std::int64_t reserved = cost.reserved_mean->count;
  if (reserved == 0) return "";
  std::int64_t percent = (cost.mean->count * 100 + reserved / 2) / reserved;
  return fmt::format("; reserved were {} on average: they cost {} % of it", to_string(*cost.reserved_mean),
                     percent);
}

std::string kind_text(const keepa::Affordable& affordable, const std::string& asked) {
  if (!affordable.kind) return "";
  std::string kind = one_line(asked);
  const keepa::KindCost& cost = *affordable.kind;
  if (cost.calls == 0) {
    return fmt::format("kind {}: no settled call of it has said yet what it cost\n", kind);
  }
  std::string text =
      fmt::format("kind {}: {} cost {} on average and {} at most{}\n", kind, calls_text(cost.calls),
                  to_string(*cost.mean), to_string(*cost.max), reserved_text(cost));
  if (affordable.calls_affordable == 0) text += "not even one call at that most fits now\n";
  if (affordable.calls_affordable > 0) {
    text += fmt::format("a batch of {} fits into one grant now, each at that most\n",
                        calls_text(*affordable.calls_affordable));
  }
  return text;
}

// --- The bucket ----------------------------------------------------------------------------------------

// Once its turn has come, "now", until its worker asks again.
std::string turn_text(const keepa::Place& place, const Reader& reader) {
  if (!place.expected_at) return "not foreseeable";
  return from_now(std::max(*place.expected_at, reader.now), reader.now);
}

std::string next_text(const std::vector<keepa::Place>& places, const Reader& reader) {
  if (places.empty()) return "nobody";
  return fmt::format("next is {} for {}: {}", places[0].task, to_string(places[0].cost),
                     turn_text(places[0], reader));
}

// A waiting worker asks every 5 s. One that has not asked for longer may be gone; its place then lapses.
constexpr Duration kLately = std::chrono::seconds(10);

std::string last_asked_text(const keepa::Place& place, const Reader& reader) {
  std::string asked = from_now(place.asked_at, reader.now);
  if (reader.now - place.asked_at <= kLately) return asked;
  return fmt::format("{}; lapses {}", asked, from_now(std::max(place.lapses_at, reader.now), reader.now));
}

std::string account_lines(const keepa::Status& status, std::string_view account, const Reader& reader) {
  const BucketState& state = status.state;
  if (!state.known) {
    return fmt::format(
        "Keepa account {}: the balance is not known yet ({} held)\n"
        "  make it known: purser keepa refresh, or purser keepa observe --tokens-left N --refill-rate R\n",
        one_line(account), to_string(state.held));
  }
  std::string observed =
      status.observed_at ? fmt::format("observed {}", from_now(*status.observed_at, reader.now)) : "";
  Table table({fmt::format("Keepa account {}", account), ">", ""});
  table.add({"  balance", to_string(state.balance), observed});
  table.add(
      {"  held", to_string(state.held), fmt::format("open reservations: {}", status.reservations.size())});
  table.add({"  available", to_string(state.available),
             fmt::format("standard tasks run from {}, and after a wait from {}", to_string(status.threshold),
                         to_string(status.target))});
  table.add({"  refill", to_string(state.refill_rate),
             fmt::format("a minute, up to {}", to_string(state.capacity))});
  table.add({"  waiting", std::to_string(status.places.size()), next_text(status.places, reader)});
  return table.text();
}

// About a screen; --json has all.
constexpr std::size_t kRowsShown = 20;

std::string and_more(std::size_t rows) {
  return rows > kRowsShown ? fmt::format("… and {} more: --json has all\n", rows - kRowsShown) : "";
}

std::string reservation_lines(const std::vector<keepa::Reservation>& reservations, const Reader& reader) {
  if (reservations.empty()) return "";
  Table table({"RESERVATION", "TASK", ">COST", "KIND", "WORKER", "GRANTED", "EXPIRES"});
  for (std::size_t i = 0; i < std::min(reservations.size(), kRowsShown); ++i) {
    const keepa::Reservation& reservation = reservations[i];
    table.add({reservation.id, reservation.task, to_string(reservation.cost),
               reservation.kind.empty() ? "-" : reservation.kind, reservation.worker,
               from_now(reservation.created_at, reader.now), from_now(reservation.expires_at, reader.now)});
  }
  return fmt::format("\n{}{}", table.text(), and_more(reservations.size()));
}

std::string place_lines(const std::vector<keepa::Place>& places, const Reader& reader) {
  if (places.empty()) return "";
  Table table(
      {">PLACE", "WAITING TASK", ">COST", ">NEEDS", "REASON", "SINCE", "ITS TURN", "LAST ASKED", "WORKER"});
  for (std::size_t i = 0; i < std::min(places.size(), kRowsShown); ++i) {
    const keepa::Place& place = places[i];
    table.add({std::to_string(place.place), place.task, to_string(place.cost), to_string(place.target),
               std::string(keepa::name_of(place.reason)), from_now(place.since, reader.now),
               turn_text(place, reader), last_asked_text(place, reader), place.worker});
  }
  return fmt::format("\n{}{}", table.text(), and_more(places.size()));
}

std::string unknown_task_lines(const std::vector<std::string>& tasks) {
  if (tasks.empty()) return "";
  return fmt::format("\nwithout a policy of their own, so standard applies: {}\n",
                     one_line(fmt::to_string(fmt::join(tasks, ", "))));
}

std::string text_of(const std::optional<keepa::NotApplied>& reason) {
  using keepa::NotApplied;
  switch (reason.value_or(NotApplied::no_envelope)) {
    case NotApplied::older: return "this answer of Keepa's, or a later one, is known";
    case NotApplied::from_before:
      return "it is older than the reservation, so it is the answer to another call, "
             "and the full cost is charged";
    case NotApplied::order_unknown:
      return "a timestamp is more than 5 minutes ahead of this machine's clock, "
             "and the lower count stays: look at the clock";
    case NotApplied::key_refused: return "Keepa refuses the API key, and counts nothing";
    case NotApplied::no_envelope: return "there are no token counts in it";
  }
  return "";
}

}  // namespace

std::string asked_text(const AcquireRequest& request) {
  return fmt::format("{} to {}", tokens_text(request.cost), one_line(request.task));
}

std::string place_text(const keepa::Affordable& affordable, Instant now) {
  if (!affordable.place) return "";
  std::string turn = affordable.at ? from_now(std::max(*affordable.at, now), now) : "not foreseeable";
  return fmt::format("place {}, its turn {}", *affordable.place, turn);
}

std::string text_of(const keepa::AcquireOutcome& outcome, const AcquireRequest& request,
                    std::string_view account, const Reader& reader) {
  if (const auto* refused = std::get_if<Refused>(&outcome)) {
    return refusal_line(*refused, request, reader) + ahead_text(*refused, account, reader) +
           place_and_retry(*refused, reader) + stale_text(*refused);
  }
  if (const auto* granted = std::get_if<Granted>(&outcome))
    return decision(*granted, request, account, reader);
  return decision(std::get<Never>(outcome), request, reader);
}

std::string text_of(const BucketState& state) {
  if (!state.known) return fmt::format("the balance is not known yet, {} held\n", to_string(state.held));
  return fmt::format("{} balance, {} held: {} available; {} a minute up to {}\n", to_string(state.balance),
                     to_string(state.held), to_string(state.available), to_string(state.refill_rate),
                     to_string(state.capacity));
}

std::string drift_text(const keepa::ObserveOutcome& outcome) {
  if (!outcome.drift || outcome.drift->count == 0) return "";
  return fmt::format(" (drift {} against what was expected)", signed_text(*outcome.drift));
}

std::string text_of(const keepa::ObserveOutcome& outcome) {
  std::string what = outcome.applied ? "observed" : fmt::format("not applied: {}", text_of(outcome.why));
  return fmt::format("{}{}\n{}", what, drift_text(outcome), text_of(outcome.state));
}

std::string text_of(const keepa::SettleOutcome& outcome) {
  std::string what = outcome.settled ? "settled" : "had ended before; nothing is settled twice";
  if (outcome.settled && outcome.observed.why) {
    what += fmt::format("; the answer's count was not applied: {}", text_of(outcome.observed.why));
  }
  return fmt::format("{}\n{}", what, text_of(outcome.observed.state));
}

std::string text_of(const keepa::Status& status, std::string_view account, const Reader& reader) {
  return account_lines(status, account, reader) + reservation_lines(status.reservations, reader) +
         place_lines(status.places, reader) + unknown_task_lines(status.unknown_tasks);
}

std::string text_of(const keepa::Affordable& affordable, const keepa::AffordQuery& question,
                    const Reader& reader) {
  std::string text = largest_text(affordable, question, reader.colour) +
                     forecast_text(affordable, question, reader) + kind_text(affordable, question.kind);
  return affordable.observe_due ? text + kObserveDue : text;
}

std::string text_of(const std::vector<keepa::Policy>& policies) {
  Table table({"POLICY", ">THRESHOLD", ">MARGIN", ">BUFFER", ">MAX DEFICIT", "PATIENCE"});
  for (const keepa::Policy& policy : policies) {
    table.add({policy.name, text_or(policy.threshold, "-"), text_or(policy.margin, "-"),
               text_or(policy.buffer, "-"), text_or(policy.max_deficit, policy.buffer ? "-" : "none"),
               human(policy.patience)});
  }
  return table.text();
}

std::string text_of(const std::vector<keepa::LedgerEntry>& entries) {
  if (entries.empty()) return "nothing has moved yet\n";
  Table table(
      {">ID", "AT", "KIND", ">BALANCE BY", ">HELD BY", ">BALANCE", ">HELD", "TASK", "WORKER", "RESERVATION"});
  for (const keepa::LedgerEntry& entry : entries) {
    table.add({std::to_string(entry.id), rfc3339(entry.at), entry.kind, signed_text(entry.balance_change),
               signed_text(entry.held_change), to_string(entry.balance), to_string(entry.held),
               text_or_dash(entry.task), text_or_dash(entry.worker), text_or_dash(entry.reservation)});
  }
  return table.text();
}

std::string text_of(const keepa::LedgerVerification& verification, const Reader& reader) {
  bool good = verification.balance_matches && verification.held_matches;
  auto matches = [](bool yes) { return yes ? "matches" : "does NOT match"; };
  return fmt::format("{}  {} ledger entries: their sum {} the balance and {} what is held\n",
                     decision_word(good ? "ok" : "broken", good ? Mood::good : Mood::bad, reader.colour),
                     verification.entries, matches(verification.balance_matches),
                     matches(verification.held_matches));
}

}  // namespace purser::cli
