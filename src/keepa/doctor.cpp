// The findings of maintenance.h.
#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"
#include "keepa/account.h"
#include "keepa/maintenance.h"
#include "keepa/queue.h"
#include "keepa/sql.h"
#include "purser/keepa_status.h"

namespace purser::keepa {
namespace {

// An observation that is older than this is no ground to spend on.
constexpr Duration kStaleObservation = std::chrono::hours(24);
// Correcting a machine's clock moves it by less than this.
constexpr Duration kClockSlack = std::chrono::minutes(1);
// A waiting task asks every 5 s. One that has been silent for this long sleeps until its turn, or is gone.
constexpr Duration kSilence = std::chrono::minutes(1);
// The time over which spending and expiries are judged.
constexpr Duration kLookBack = std::chrono::hours(24);
// More than one in ten is no accident.
constexpr int kTolerated = 10;

struct Account {
  std::string name;
  AccountRow row;
  std::optional<Instant> last_entry_at, forgotten_at;
  Instant now;
};

Account look_at(store::Snapshot& view, const std::string& name) {
  Account account{name, load_account(view, name), {}, {}, view.now()};
  auto row = view.rows(sql::kLastEntryAt, account.row.id);
  if (row.step()) account.last_entry_at = row.get<Instant>(0);
  if (account.row.bucket.known) return account;
  auto forgotten = view.rows(sql::kForgottenAt, account.row.id);
  if (forgotten.step()) account.forgotten_at = forgotten.get<std::optional<Instant>>(0);
  return account;
}

std::string refresh_of(const Account& account) { return keepa_command(account.name, "refresh"); }

Finding balance_of(const Account& account) {
  const char* name = "keepa_balance";
  if (!account.row.bucket.known && !account.last_entry_at) {
    return {name, Level::ok,
            fmt::format("account {} was never observed: nothing that costs is granted before", account.name),
            "before the first work: " + refresh_of(account)};
  }
  if (!account.row.bucket.known) {
    Instant since = account.forgotten_at.value_or(*account.last_entry_at);
    return {name, Level::problem,
            fmt::format("the balance of account {} is unknown since {} (a restore, or another key): "
                        "nothing that costs is granted",
                        account.name, rfc3339(since)),
            refresh_of(account)};
  }
  Instant observed = *account.row.observed_at;
  std::string text =
      fmt::format("account {} was observed {} ago", account.name, in_words(account.now - observed));
  if (account.last_entry_at.value_or(observed) - observed <= kStaleObservation)
    return {name, Level::ok, text, ""};
  return {name, Level::warning, text + ", and tokens are spent since by the projection alone",
          refresh_of(account)};
}

Finding holds_of(store::Snapshot& view, const Account& account) {
  auto row = view.rows(sql::kOpenHolds, account.row.id, account.now);
  row.step();
  auto open = row.get<std::int64_t>(0);
  auto overdue = row.get<std::int64_t>(2);
  std::string text = fmt::format("account {}: {} open", account.name, open);
  if (open > 0) text += fmt::format(", the oldest for {}", in_words(account.now - row.get<Instant>(1)));
  if (overdue == 0) return {"keepa_holds", Level::ok, text, ""};
  return {
      "keepa_holds", Level::warning, fmt::format("{}; {} overdue that nobody has booked", text, overdue),
      "the next acquire counts them as spent; `purser keepa status` says which workers did not settle them"};
}

// The place whose turn comes first, and the one behind it.
struct Line {
  const PlaceRow* first = nullptr;
  const PlaceRow* next = nullptr;
};

Line line_of(const std::vector<PlaceRow>& places) {
  auto first = std::find_if(places.begin(), places.end(), [](const PlaceRow& row) { return row.holds_up; });
  if (first == places.end()) return {};
  auto next = std::next(first);
  return {&*first, next == places.end() ? nullptr : &*next};
}

Finding queue_of(store::Snapshot& view, const Account& account) {
  auto row = view.rows(sql::kCountPlaces, account.row.id, account.now);
  row.step();
  auto waiting = row.get<std::int64_t>(0);
  auto lapsed = row.get<std::int64_t>(1);
  std::string text = fmt::format("account {}: {} waiting", account.name, waiting - lapsed);
  if (lapsed > 0) text += fmt::format(", {} gave up", lapsed);
  auto places = live_places(view, account.row.id, bucket_now(view, account.row));
  auto [first, next] = line_of(places);
  if (first == nullptr) return {"keepa_queue", Level::ok, text, ""};
  Duration silent = account.now - asked_at_of(first->life, account.now);
  text += fmt::format("; first is {} for {}, asked last {} ago by {}", first->task, to_string(first->cost),
                      in_words(silent), first->worker);
  if (silent <= kSilence) return {"keepa_queue", Level::ok, text, ""};
  std::string advice = "if that task will not ask again: " + leave_command(account.name, first->task);
  if (next == nullptr || !next->target_reached) return {"keepa_queue", Level::ok, text, advice};
  text += fmt::format(", and {} waits for it although its tokens are there", next->task);
  return {"keepa_queue", Level::warning, text, advice};
}

// A killed worker leaves one reservation to expire; a task that never settles leaves all of its.
Finding expired_of(store::Snapshot& view, const Account& account) {
  const char* name = "keepa_expired";
  std::string tasks;
  auto row = view.rows(sql::kExpiredByTask, account.row.id, account.now - kLookBack);
  while (row.step()) {
    auto expired = row.get<std::int64_t>(1), all = row.get<std::int64_t>(2);
    if (expired < 2 || expired * kTolerated <= all) continue;
    tasks += fmt::format("{}{} of {} grants of {} (last worker {})", tasks.empty() ? "" : ", ", expired, all,
                         row.get<std::string>(0), row.get<std::string>(3));
  }
  if (tasks.empty()) {
    return {name, Level::ok, fmt::format("account {}: grants of the last day were settled", account.name),
            ""};
  }
  return {name, Level::warning,
          fmt::format("account {}: in the last day expired unsettled: {}", account.name, tasks),
          "what expires is charged in full: let that task settle each grant, "
          "or release it where no call was sent, and look whether it is killed in its calls"};
}

// Keepa has fewer tokens than the tasks left: others spent them, or the calls cost more than was stated.
Finding drift_of(store::Snapshot& view, const Account& account) {
  const char* name = "keepa_drift";
  auto row = view.rows(sql::kSpentAndDrift, account.row.id, account.now - kLookBack);
  row.step();
  auto spent = row.get<Millitokens>(0), drift = row.get<Millitokens>(1);
  std::string text =
      fmt::format("account {}: in the last day the tasks spent {}, and Keepa's counts differ by {}",
                  account.name, to_string(spent), to_string(drift));
  // One tick of refill more or less depends on the instant of the observation.
  bool is_small = -drift <= account.row.bucket.refill_rate || kTolerated * -drift <= spent;
  if (is_small) return {name, Level::ok, text, ""};
  return {name, Level::warning, text + ": tokens went that no task was granted",
          "look whether somebody else uses this API key, or a worker calls Keepa without a grant "
          "or settles for less than the call cost (settle --response knows)"};
}

Finding clock_of(const Account& account) {
  if (!account.last_entry_at || *account.last_entry_at - account.now <= kClockSlack) {
    return {"clock", Level::ok, fmt::format("not before the last entry of account {}", account.name), ""};
  }
  return {"clock", Level::problem,
          fmt::format("the clock is {} before the last entry of account {} (at {}): "
                      "it was ahead then, or is behind now, and meanwhile nothing is refilled",
                      in_words(*account.last_entry_at - account.now), account.name,
                      rfc3339(*account.last_entry_at)),
          "put the clock right, then " + refresh_of(account)};
}

}  // namespace

std::vector<Finding> findings(store::Snapshot& view) {
  std::vector<Finding> all;
  for (const std::string& name : account_names(view)) {
    Account account = look_at(view, name);
    all.push_back(balance_of(account));
    all.push_back(holds_of(view, account));
    all.push_back(expired_of(view, account));
    all.push_back(drift_of(view, account));
    all.push_back(queue_of(view, account));
    all.push_back(clock_of(account));
  }
  return all;
}

}  // namespace purser::keepa
