#include "xai/pauses.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/names.h"
#include "xai/sql.h"
#include "xai/usage.h"

namespace purser::xai {
namespace {

constexpr std::array kReasons = {PauseReason::rate_limited, PauseReason::wrong_key,
                                 PauseReason::no_permission, PauseReason::unknown_model};

// While somebody probes, his answer may come at any moment.
constexpr Duration kLookAgain = std::chrono::seconds(10);
constexpr std::size_t kAskerDigits = 32;

// Nobody waits longer for who probes, whatever his own deadline is: he may have died.
constexpr Duration kLongestProbe = kDefaultDeadline + kLapseMargin;

struct Row {
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
  // Empty: he does not say with which key and model he asks.
  bool is_of(const std::string& who) const { return who.empty() ? !others_answered : who == asker; }
  bool is_probed_at(Instant now) const { return probe_since && is_within(now, *probe_since, *probe_lasts); }
};

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

Row row_in(const store::Statement& row) {
  return {row.get<std::string>(0),
          stored_value(kReasons, row.get<std::string>(1)),
          row.get<Instant>(2),
          row.get<Duration>(3),
          row.get<std::int64_t>(4),
          row.get<std::string>(5),
          row.get<std::string>(6),
          row.get<bool>(7),
          row.get<std::optional<std::string>>(8),
          row.get<std::optional<Instant>>(9),
          row.get<std::optional<Duration>>(10)};
}

// Those that are there and over too: of every key and model that was refused within a day, so they are few.
std::vector<Row> load_rows(store::Snapshot& view) {
  std::vector<Row> rows;
  auto row = view.rows(sql::kLoadPauses);
  while (row.step()) rows.push_back(row_in(row));
  return rows;
}

// When to look again; nullopt: it holds nobody up.
std::optional<Instant> end_of(const Row& row, Instant now) {
  if (row.lasts_at(now)) return row.since + row.lasts;
  if (!row.is_probed_at(now)) return std::nullopt;
  return std::min(*row.probe_since + *row.probe_lasts, now + kLookAgain);
}

void note(store::Transaction& change) { change.run(sql::kNotePauses); }

std::optional<Row> find_row(store::Snapshot& view, const std::string& asker) {
  for (Row& row : load_rows(view)) {
    if (row.asker == asker) return std::move(row);
  }
  return std::nullopt;
}

template <typename EndOf>
std::optional<Pause> longest_of(store::Snapshot& view, const EndOf& end_of_row) {
  std::optional<Pause> longest;
  for (const Row& row : load_rows(view)) {
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

// `found`: the row that is there, if any; `flight`: of the call that was refused.
Row next_pause(const std::optional<Row>& found, const PauseCall& call, const std::string& flight,
               Instant now) {
  bool same = found && found->reason == call.reason;
  bool is_its_probe = found && found->probe && *found->probe == flight;
  Row next;
  next.reason = call.reason;
  next.since = now;
  next.times = same ? found->times + 1 : 1;
  if (same && found->lasts_at(now) && !is_its_probe) {
    // Of a call that was on its way when the pause began: no further refusal in a row.
    next.times = found->times;
    next.lasts = std::min(call.retry_after.value_or(Duration{0}), kLongestPause);
  } else {
    next.lasts = length_of_pause(call.reason, next.times, call.retry_after);
  }
  return next;
}

}  // namespace

std::optional<Pause> pause_of(store::Snapshot& view, const std::string& asker) {
  return longest_of(
      view, [&](const Row& row) { return row.is_of(asker) ? end_of(row, view.now()) : std::nullopt; });
}

std::optional<Pause> last_pause(store::Snapshot& view) {
  return longest_of(view, [&](const Row& row) {
    auto until = end_of(row, view.now());
    bool is_open = row.reason != PauseReason::rate_limited && !row.others_answered && row.since <= view.now();
    return until || !is_open ? until : std::optional(row.since + row.lasts);
  });
}

Pause begin_pause(store::Transaction& change, const PauseCall& call, const std::string& flight) {
  require_asker(call.asker);
  const Instant now = change.now();
  auto found = find_row(change, call.asker);
  Row next = next_pause(found, call, flight, now);
  if (found && found->lasts_at(now) && found->since + found->lasts >= next.since + next.lasts) {
    return {found->reason, found->since + found->lasts, found->model, found->worker, found->others_answered};
  }
  std::string model = stored_model(call.model);
  change.run(sql::kPutPause, call.asker, name_of(next.reason), next.since, next.lasts, next.times, model, change.worker());
  note(change);
  bool is_known = found && found->reason == next.reason && found->others_answered;
  return {next.reason, next.since + next.lasts, model, change.worker(), is_known};
}

void take_probe(store::Transaction& change, const std::string& asker, const std::string& flight,
                Duration lasts) {
  change.run(sql::kTakeProbe, unless_empty(asker), flight, change.worker(), change.now(), std::min(lasts, kLongestProbe));
}

void end_probe(store::Transaction& change, const std::string& flight, bool answered) {
  if (!answered) {
    change.run(sql::kLeaveProbe, flight);
    return;
  }
  change.run(sql::kEndProbedPauses, flight);
  note(change);
}

void end_disproved(store::Transaction& change, const std::string& asker) {
  if (asker.empty()) return;
  change.run(sql::kEndDisproved, asker);
  change.run(sql::kNoteOthersAnswered, asker);
  note(change);
}

void end_pause_of(store::Transaction& change, const std::string& asker) {
  change.run(sql::kEndPausesOf, asker);
  note(change);
}

void end_pauses(store::Transaction& change) {
  if (change.count_rows(sql::kEndPauses) > 0) note(change);
}

}  // namespace purser::xai
