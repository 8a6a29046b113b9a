#include "xai/pauses.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/names.h"
#include "purser/xai_verdicts.h"
#include "store/row_check.h"
#include "xai/sql.h"
#include "xai/usage.h"

namespace purser::xai {
namespace {

constexpr std::array kReasons = {PauseReason::rate_limited, PauseReason::wrong_key,
                                 PauseReason::no_permission, PauseReason::unknown_model};

// While a worker probes, the others look this often: its answer may come at any moment.
constexpr Duration kLookAgain = std::chrono::seconds(10);
constexpr std::size_t kAskerDigits = 32;

// No worker waits longer for a probe, whatever its deadline is: the prober may have died.
constexpr Duration kLongestProbe = kDefaultDeadline + kLapseMargin;

struct PauseRow {
  std::string asker;
  PauseReason reason = PauseReason::rate_limited;
  Instant since{};
  Duration lasts{};
  std::int64_t times = 0;
  std::string model, worker;
  bool others_answered = false;
  std::optional<std::string> probe;
  std::optional<Instant> probe_since;
  std::optional<Duration> probe_lasts;

  bool lasts_at(Instant now) const { return is_within(now, since, lasts); }
  bool holds_up(const std::string& who) const { return who.empty() ? !others_answered : who == asker; }
  bool is_probed_at(Instant now) const { return probe_since && is_within(now, *probe_since, *probe_lasts); }
};

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

PauseRow pause_in(const store::Statement& row) {
  PauseRow pause;
  pause.asker = row.get<std::string>(0);
  pause.reason = stored_value(kReasons, row.get<std::string>(1));
  pause.since = row.get<Instant>(2);
  pause.lasts = row.get<Duration>(3);
  pause.times = row.get<std::int64_t>(4);
  pause.model = row.get<std::string>(5);
  pause.worker = row.get<std::string>(6);
  pause.others_answered = row.get<bool>(7);
  pause.probe = row.get<std::optional<std::string>>(8);
  pause.probe_since = row.get<std::optional<Instant>>(9);
  pause.probe_lasts = row.get<std::optional<Duration>>(10);
  store::require_row(pause.lasts > Duration{0} && pause.times >= 1,
                     "xai_pause: lasts and times are positive");
  store::require_row(pause.probe_since.has_value() == pause.probe.has_value() &&
                         pause.probe_lasts.has_value() == pause.probe.has_value(),
                     "xai_pause: a probe is there with its begin and length, or none of them");
  return pause;
}

// Also those that are over. They are few: one for each key and model that was refused within a day.
std::vector<PauseRow> load_rows(store::Snapshot& view) {
  std::vector<PauseRow> rows;
  auto row = view.rows(sql::kLoadPauses);
  while (row.step()) rows.push_back(pause_in(row));
  return rows;
}

// When to look again; nullopt: the pause is over, and no worker probes it.
std::optional<Instant> end_of(const PauseRow& row, Instant now) {
  if (row.lasts_at(now)) return row.since + row.lasts;
  if (!row.is_probed_at(now)) return std::nullopt;
  return std::min(*row.probe_since + *row.probe_lasts, now + kLookAgain);
}

// Keeps QuotaRow::paused true to whether there are pauses.
void note_pauses(store::Transaction& change) { change.run(sql::kNotePauses); }

std::optional<PauseRow> find_row(store::Snapshot& view, const std::string& asker) {
  for (PauseRow& row : load_rows(view)) {
    if (row.asker == asker) return std::move(row);
  }
  return std::nullopt;
}

template <typename EndOf>
std::optional<Pause> longest_of(store::Snapshot& view, const EndOf& end_of_row) {
  std::optional<Pause> longest;
  for (const PauseRow& row : load_rows(view)) {
    std::optional<Instant> until = end_of_row(row);
    if (until && (!longest || *until > longest->until_at))
      longest = Pause{row.reason, *until, row.model, row.worker, row.others_answered};
  }
  return longest;
}

void require_asker(const std::string& asker) {
  if (asker.size() == kAskerDigits && asker.find_first_not_of("0123456789abcdef") == std::string::npos)
    return;
  throw Error(ErrorCode::usage, "asker: must be 32 hex digits, in lower case");
}

// `found`: the row of the asker, if any; `flight`: the one of the call that was refused.
PauseRow next_pause(const std::optional<PauseRow>& found, const PauseCall& call, const std::string& flight,
                    Instant now) {
  bool is_same = found && found->reason == call.reason;
  bool is_its_probe = found && found->probe && *found->probe == flight;
  PauseRow next;
  next.reason = call.reason;
  next.since = now;
  next.times = is_same ? found->times + 1 : 1;
  if (is_same && found->lasts_at(now) && !is_its_probe) {
    // The call was on its way when the pause began, so this is not a further refusal in a row.
    next.times = found->times;
    next.lasts = std::min(call.retry_after.value_or(Duration{0}), kLongestPause);
  } else {
    next.lasts = length_of_pause(call.reason, next.times, call.retry_after);
  }
  return next;
}

}  // namespace

std::optional<Pause> find_pause(store::Snapshot& view, const std::string& asker) {
  return longest_of(view, [&](const PauseRow& row) {
    return row.holds_up(asker) ? end_of(row, view.now()) : std::nullopt;
  });
}

std::optional<Pause> find_last_pause(store::Snapshot& view) {
  return longest_of(view, [&](const PauseRow& row) {
    auto until = end_of(row, view.now());
    bool is_open = row.reason != PauseReason::rate_limited && !row.others_answered && row.since <= view.now();
    return until || !is_open ? until : std::optional(row.since + row.lasts);
  });
}

Pause begin_pause(store::Transaction& change, const PauseCall& call, const std::string& flight) {
  require_asker(call.asker);
  const Instant now = change.now();
  auto found = find_row(change, call.asker);
  PauseRow next = next_pause(found, call, flight, now);
  if (found && found->lasts_at(now) && found->since + found->lasts >= next.since + next.lasts) {
    return {found->reason, found->since + found->lasts, found->model, found->worker, found->others_answered};
  }
  std::string model = stored_model(call.model);
  change.run(sql::kPutPause, call.asker, name_of(next.reason), next.since, next.lasts, next.times, model,
             change.worker());
  note_pauses(change);
  bool is_known = found && found->reason == next.reason && found->others_answered;
  return {next.reason, next.since + next.lasts, model, change.worker(), is_known};
}

void take_probe(store::Transaction& change, const std::string& asker, const std::string& flight,
                Duration lasts) {
  change.run(sql::kTakeProbe, unless_empty(asker), flight, change.worker(), change.now(),
             std::min(lasts, kLongestProbe));
}

void end_probe(store::Transaction& change, const std::string& flight, bool answered) {
  if (!answered) {
    change.run(sql::kLeaveProbe, flight);
    return;
  }
  change.run(sql::kEndProbedPauses, flight);
  note_pauses(change);
}

void end_disproved(store::Transaction& change, const std::string& asker) {
  if (asker.empty()) return;
  change.run(sql::kEndDisproved, asker);
  change.run(sql::kNoteOthersAnswered, asker);
  note_pauses(change);
}

void end_pause_of(store::Transaction& change, const std::string& asker) {
  change.run(sql::kEndPausesOf, asker);
  note_pauses(change);
}

void end_pauses(store::Transaction& change) {
  if (change.count_rows(sql::kEndPauses) > 0) note_pauses(change);
}

}  // namespace purser::xai
