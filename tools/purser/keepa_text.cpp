#include "keepa_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "human.h"

namespace purser::cli {
namespace {

using keepa::AcquireRequest;
using keepa::BucketState;
using keepa::Granted;
using keepa::Never;
using keepa::Reason;
using keepa::Refused;

std::string text_or(const std::optional<Millitokens>& amount, std::string_view otherwise) {
  return amount ? to_string(*amount) : std::string(otherwise);
}

std::string text_or_dash(const std::optional<std::string>& text) { return text.value_or("-"); }

// "+5", "-80", "0": a change, not a state.
std::string signed_text(Millitokens change) {
  return fmt::format("{}{}", change.count > 0 ? "+" : "", to_string(change));
}

std::string asked(const AcquireRequest& request) {
  return fmt::format("{} {} to {}", to_string(request.cost), request.cost == tokens(1) ? "token" : "tokens",
                     request.task);
}

// --- acquire -------------------------------------------------------------------------------------------

std::string grant_line(const Granted& granted, const AcquireRequest& request) {
  std::string what = asked(request);
  if (granted.ended) {
    return fmt::format("{}, once: that grant has ended ({}) and holds nothing", what,
                       keepa::name_of(*granted.ended));
  }
  if (granted.replayed) return what + ", the same grant as before (its idempotency key was used again)";
  if (!granted.available) return what + ": the balance is not known yet";
  return fmt::format("{}: {} available before, {} now", what, to_string(*granted.available + request.cost),
                     to_string(*granted.available));
}

std::string what_to_do_with(const Granted& granted, const Reader& reader) {
  if (granted.ended) return fmt::format("reservation {}\n", granted.reservation);
  return fmt::format(
      "reservation {}, until {} ({})\n"
      "afterwards: purser keepa settle {} --response FILE   (never sent: purser keepa release {})\n",
      granted.reservation, rfc3339(granted.expires_at), from_now(granted.expires_at, reader.now),
      granted.reservation, granted.reservation);
}

std::string why(Reason reason) {
  switch (reason) {
    case Reason::threshold: return "too few are available";
    case Reason::buffer: return "its buffer would not be kept";
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

std::string when_to_retry(const Refused& refused, const Reader& reader) {
  if (refused.advice == keepa::Advice::skip) return "skip this run\n";
  if (!refused.retry_at) return "";
  return fmt::format("ask again {}, at {}\n", from_now(*refused.retry_at, reader.now),
                     rfc3339(*refused.retry_at));
}

std::string decision(const Granted& granted, const AcquireRequest& request, const Reader& reader) {
  return fmt::format("{}  {}\n{}", decision_word("granted", Mood::good, reader.colour),
                     grant_line(granted, request), what_to_do_with(granted, reader));
}

std::string decision(const Refused& refused, const AcquireRequest& request, const Reader& reader) {
  std::string text =
      fmt::format("{}  {}: {}{}\n", decision_word("refused", Mood::patient, reader.colour), asked(request),
                  why(refused.reason), amounts(refused.available, refused.target));
  if (refused.place) {
    text +=
        fmt::format("place {} in the queue{}\n", *refused.place, *refused.place == 1 ? ": it is next" : "");
  }
  text += when_to_retry(refused, reader);
  if (refused.observe_due && refused.reason != keepa::Reason::unknown_balance)
    text += "the last observation is more than a minute old: purser keepa refresh makes a new one\n";
  return text;
}

std::string decision(const Never& never, const AcquireRequest& request, const Reader& reader) {
  return fmt::format("{}  {}: {}{}\n", decision_word("never", Mood::bad, reader.colour), asked(request),
                     why(never.reason), amounts(never.available, never.target));
}

// --- The bucket ----------------------------------------------------------------------------------------

std::string account_lines(const keepa::Status& status, std::string_view account, const Reader& reader) {
  const BucketState& state = status.state;
  if (!state.known) {
    return fmt::format(
        "Keepa account {}: the balance is not known yet ({} held)\n"
        "  make it known: purser keepa refresh, or purser keepa observe --tokens-left N --refill-rate R\n",
        account, to_string(state.held));
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
  return table.text();
}

// A glance has an end: what is beyond a screen is in --json.
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
  Table table({">PLACE", "WAITING TASK", ">COST", ">NEEDS", "REASON", "WORKER", "SINCE", "ITS TURN"});
  for (std::size_t i = 0; i < std::min(places.size(), kRowsShown); ++i) {
    const keepa::Place& place = places[i];
    table.add({std::to_string(place.place), place.task, to_string(place.cost), to_string(place.target),
               std::string(keepa::name_of(place.reason)), place.worker, from_now(place.since, reader.now),
               place.expected_at ? from_now(*place.expected_at, reader.now) : "not foreseeable"});
  }
  return fmt::format("\n{}{}", table.text(), and_more(places.size()));
}

std::string unknown_task_lines(const std::vector<std::string>& tasks) {
  if (tasks.empty()) return "";
  return fmt::format("\nwithout a policy of their own, so standard applies: {}\n", fmt::join(tasks, ", "));
}

}  // namespace

std::string text_of(const keepa::AcquireOutcome& outcome, const AcquireRequest& request,
                    const Reader& reader) {
  return std::visit([&](const auto& decided) { return decision(decided, request, reader); }, outcome);
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
  std::string_view what =
      outcome.applied ? "observed" : "not applied: older than what is known, or no token counts in it";
  return fmt::format("{}{}\n{}", what, drift_text(outcome), text_of(outcome.state));
}

std::string text_of(const keepa::SettleOutcome& outcome) {
  return (outcome.settled ? "settled\n" : "had ended before; nothing is settled twice\n") +
         text_of(outcome.observed.state);
}

std::string text_of(const keepa::Status& status, std::string_view account, const Reader& reader) {
  return account_lines(status, account, reader) + reservation_lines(status.reservations, reader) +
         place_lines(status.places, reader) + unknown_task_lines(status.unknown_tasks);
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

std::string text_of(const keepa::Verification& verification, const Reader& reader) {
  bool good = verification.balance_matches && verification.held_matches;
  auto matches = [](bool yes) { return yes ? "matches" : "does NOT match"; };
  return fmt::format("{}  {} ledger entries: their sum {} the balance and {} what is held\n",
                     decision_word(good ? "ok" : "broken", good ? Mood::good : Mood::bad, reader.colour),
                     verification.entries, matches(verification.balance_matches),
                     matches(verification.held_matches));
}

}  // namespace purser::cli
