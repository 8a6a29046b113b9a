// purser-demo: eight real worker processes share one new database over ten simulated hours and call both
// services over real sockets: the local stand-in of Keepa and xAI, at 5 Keepa tokens a minute. One of them is
// killed while it holds a reservation. Then the same work runs under two other rules. At the end the ledger
// is compared with the stand-in's true account; the exit status is 1 if anything is wrong.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "demo/fleet.h"
#include "demo/scoreboard.h"
#include "demo/strategy.h"
#include "demo/worker.h"
#include "purser/create.h"
#include "purser/database.h"
#include "purser/frame/printable.h"
#include "purser/keepa.h"
#include "purser/keepa_status.h"
#include "purser/xai_quota.h"
#include "standin/client.h"

namespace demo {
namespace {

using namespace std::chrono_literals;
using purser::Duration;
using purser::Instant;
namespace fs = std::filesystem;
namespace keepa = purser::keepa;

constexpr auto kSpan = 10h;
constexpr auto kDeathAfter = 140min;  // in the pause: the first tokens of the second shift are the victim's
constexpr std::size_t kBooks = 100;
constexpr std::int64_t kLeastRealHourMs = 1500;  // so that a viewer at a terminal can follow
constexpr std::int64_t kRate = 5;                // Keepa tokens a minute
// A grant needs 50 available and costs 240 at the most: the policy lets the balance fall no deeper.
constexpr std::int64_t kLowestBalance = 50 - kBackfillCost;
// While all workers wait, the queue's cycle is one backfill and one upsert: 250 tokens at 5 a minute.
constexpr auto kQueueCycle = std::chrono::minutes((kBackfillCost + kUpsertCost) / kRate);

constexpr char kUsage[] =
    "usage: purser-demo --db PATH --books FILE [--standin PROGRAM]\n"
    "\n"
    "Makes a database at PATH, where none may be yet, and lets eight worker processes of two Keepa tasks\n"
    "share it over ten simulated hours, judge the prices of the books in FILE (the predecessor's\n"
    "xai_cache.json, or books.json beside this program's source), and call the stand-in of Keepa and xAI,\n"
    "which it starts on this machine's own addresses. Nothing is sent anywhere else. Then it runs the same\n"
    "work by two other rules. Exits 1 where anything went wrong.\n";

struct Options {
  fs::path database, books, standin;
};

// --- One live line, and what happens above it --------------------------------------------------------

class Progress {
 public:
  Progress(Stage& stage, const standin::Process& services, int events)
      : stage_(stage), services_(services), events_(events), live_(isatty(STDOUT_FILENO) == 1) {}

  // Shows the workers' events, waiting for them a moment at most, then the state.
  void show() {
    pollfd ready{events_, POLLIN, 0};
    if (poll(&ready, 1, 100) > 0) print_events();
    if (live_) {
      fmt::print("\r\033[K{}", line());
    } else if (elapsed() >= next_line_at_) {
      fmt::print("{}\n", line());
      next_line_at_ = elapsed() + 1h;
    }
    std::fflush(stdout);
  }

  void finish() {
    print_events();
    const bool is_shown = !live_ && elapsed() < next_line_at_;
    if (!is_shown) fmt::print("{}{}\n", live_ ? "\r\033[K" : "", line());
  }

 private:
  Duration elapsed() {
    figures_ = services_.state();
    return std::clamp<Duration>(Instant(Duration(figures_.now_ms)) - stage_.start, 0h, kSpan);
  }

  std::string line() {
    constexpr int kWidth = 16;
    const Duration so_far = elapsed();
    const auto filled = static_cast<std::size_t>(kWidth * so_far / Duration(kSpan));
    // Within 80 columns: a longer line would scroll instead of being overwritten.
    return fmt::format("{} [{:-<{}}] backfills {:2}, upserts {:2} | Keepa {:4} | xAI {:3} calls",
                       hours_and_minutes(so_far), std::string(filled, '#'), kWidth,
                       stage_.score.tally(Task::backfiller).grants, stage_.score.tally(Task::upserter).grants,
                       figures_.keepa.tokens, figures_.xai.billed);
  }

  void print_events() {
    char buffer[4096];
    for (ssize_t count = 0; (count = read(events_, buffer, sizeof buffer)) > 0;) {
      fmt::print("{}{}", live_ ? "\r\033[K" : "", std::string_view(buffer, static_cast<std::size_t>(count)));
    }
  }

  Stage& stage_;
  const standin::Process& services_;
  int events_;
  bool live_;
  standin::Figures figures_;
  Duration next_line_at_{0};
};

// --- One run -----------------------------------------------------------------------------------------

// The result of a run: the stand-in's account, and the score.
struct Outcome {
  standin::Figures services;
  Scoreboard::Tally backfiller, upserter;
  bool ended_well = false;

  std::int64_t tokens_given() const { return services.keepa.opening + services.keepa.generated; }
  // The share of Keepa's tokens that was used, in per mille, rounded.
  std::int64_t used() const { return (1000 * services.keepa.consumed + tokens_given() / 2) / tokens_given(); }
};

std::string percent(std::int64_t per_mille) { return fmt::format("{}.{} %", per_mille / 10, per_mille % 10); }

std::vector<std::string> standin_options(Instant start, bool watched) {
  std::vector<std::string> options = {
      "--stepped", std::to_string(kWorkers),   "--start", std::to_string(start.time_since_epoch().count()),
      "--tokens",  std::to_string(60 * kRate), "--rate",  std::to_string(kRate)};
  if (watched) options.insert(options.end(), {"--least-real-hour", std::to_string(kLeastRealHourMs)});
  return options;
}

// A clock that stands still, for making and reading a database while no worker runs.
class StandingClock final : public purser::Clock {
 public:
  explicit StandingClock(Instant at) : at_(at) {}
  Instant now() const override { return at_; }
  purser::SteadyInstant steady_now() const override { return purser::SteadyInstant{at_.time_since_epoch()}; }
  void sleep_until(purser::SteadyInstant) override {}

 private:
  Instant at_;
};

// Makes the database and closes it, before the workers are forked. Its balance is unknown: the first worker
// asks Keepa.
void make_database(const Stage& stage, Strategy strategy) {
  StandingClock clock(stage.start);
  // `normal` is quicker on a slow disk and survives every kill; it may lose the last moment before a power
  // cut, which does not matter here. The default is `full`.
  const purser::DatabaseOptions options{.path = stage.database, .clock = &clock};
  if (!purser::create_database(options, purser::Durability::normal)) {
    throw purser::Error(purser::ErrorCode::usage,
                        fmt::format("{} is there already", stage.database.string()));
  }
  purser::Database database = purser::Database::open(options);
  purser::xai::Quota(database).set_limit(kCallsADay);
  set_policies(database, strategy);
}

bool run_watched(Stage& stage, const standin::Process& services) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0)
    throw std::runtime_error("no pipe for the workers' lines");
  stage.events = pipe_ends[1];
  Progress progress(stage, services, pipe_ends[0]);
  Fleet fleet(stage);
  while (fleet.supervise()) progress.show();
  progress.finish();
  return !fleet.failed();
}

bool run_unwatched(Stage& stage) {
  Fleet fleet(stage);
  while (fleet.supervise()) poll(nullptr, 0, 20);
  return !fleet.failed();
}

Stage stage_for(const fs::path& database, Instant end, const standin::Process& services, Scoreboard& score,
                const std::vector<Book>& books) {
  return {database,
          end - kSpan,
          end,
          std::nullopt,
          services.clock(),
          services.keepa_url(),
          services.keepa_key(),
          services.xai_url(),
          services.xai_key(),
          score,
          books,
          -1};
}

Outcome outcome_of(const standin::Process& services, Scoreboard& score, bool ended_well) {
  return {services.state(), score.tally(Task::backfiller), score.tally(Task::upserter), ended_well};
}

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (fs::temp_directory_path() / "purser-demo-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  fs::path file(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

Outcome run_by(Strategy strategy, const Options& options, Instant end, const std::vector<Book>& books) {
  ScratchFolder folder;
  standin::Process services(options.standin, standin_options(end - kSpan, false));
  Scoreboard score;
  Stage stage = stage_for(folder.file("purser.db"), end, services, score, books);
  make_database(stage, strategy);
  const bool ended_well = run_unwatched(stage);
  return outcome_of(services, score, ended_well);
}

// --- What is shown -----------------------------------------------------------------------------------

std::string in_minutes(std::int64_t ms) { return fmt::format("{} min", (ms + 59'999) / 60'000); }

void show_service(const Outcome& outcome, Scoreboard& score) {
  std::vector<int> grants;
  grants.reserve(kBackfillers);
  for (int slot = 0; slot < kBackfillers; ++slot) grants.push_back(score.grants_of(slot));
  const auto [least, most] = std::minmax_element(grants.begin(), grants.end());
  fmt::print("\n{:<12}{:>8}{:>16}\n", "task", "answers", "longest wait");
  fmt::print(
      "{:<12}{:>8}{:>16}   seven workers took turns with the other task, not among themselves: "
      "{} to {} each\n",
      "backfiller", outcome.backfiller.grants, in_minutes(outcome.backfiller.longest_wait_ms), *least, *most);
  fmt::print("{:<12}{:>8}{:>16}   one worker\n", "upserter", outcome.upserter.grants,
             in_minutes(outcome.upserter.longest_wait_ms));
}

void show_tokens(const Outcome& outcome) {
  const standin::KeepaFigures& keepa = outcome.services.keepa;
  fmt::print(
      "\nKeepa gave {} tokens: {} at the start, {} a minute since. "
      "Requests cost {}, {} expired unused, {} are left.\n"
      "Of {} paid requests {} were answered with 429; the balance was asked for {} times, which is free.\n",
      outcome.tokens_given(), keepa.opening, keepa.rate, keepa.consumed, keepa.expired_unused, keepa.tokens,
      keepa.paid_requests, keepa.refused, keepa.token_requests);
}

void show_verdicts(Stage& stage) {
  using purser::xai::Source;
  fmt::print(
      "\nAfter each backfill, {} questions about the prices of {} books: "
      "{} answered from the cache, {} by a call to\n"
      "xAI ({} a day are allowed), {} were assumed.\n",
      kBooksABackfill, stage.books.size(), stage.score.verdicts(Source::cache),
      stage.score.verdicts(Source::xai), kCallsADay, stage.score.verdicts(Source::fallback));
}

// Whether the units of all days are the calls that xAI billed, and no day exceeds the limit.
bool quota_is_kept(const Outcome& outcome, const purser::xai::Quota& quota) {
  std::int64_t calls = 0;
  for (const purser::xai::Day& day : quota.days(10)) {
    if (day.calls > kCallsADay) return false;
    calls += day.calls;
  }
  return quota.verify() && calls == outcome.services.xai.billed &&
         outcome.services.xai.most_for_one_prompt <= 1;
}

// Shows the ledger's rows of the killed worker. Returns true if its tokens were booked as spent.
bool show_death(const Stage& stage, const keepa::Ledger& ledger, const std::optional<Victim>& victim) {
  if (!victim) return false;
  fmt::print("\nThe reservation of the killed worker, in the ledger:\n");
  bool expired = false;
  for (const keepa::LedgerEntry& entry : ledger.entries(1'000'000)) {
    if (entry.reservation != victim->reservation) continue;
    fmt::print("  {}  {:<7} balance {:>5}  held {:>5}\n", hours_and_minutes(entry.at - stage.start),
               entry.kind, to_string(entry.balance_change), to_string(entry.held_change));
    expired = expired || entry.kind == "expire";
  }
  return expired;
}

void show_strategies(const std::vector<Outcome>& outcomes) {
  fmt::print("\nThe same fleet and the same work, by three rules (75 minutes of work, 75 of pause):\n\n");
  constexpr auto kRow = "{:<26}{:>12}{:>10}{:>16}{:>11}{:>9}{:>15}\n";
  fmt::print(kRow, "rule", "tokens used", "of given", "expired unused", "backfills", "upserts",
             "least balance");
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& outcome = outcomes[i];
    const standin::KeepaFigures& keepa = outcome.services.keepa;
    fmt::print(kRow, name_of(kStrategies[i]), keepa.consumed, percent(outcome.used()), keepa.expired_unused,
               outcome.backfiller.grants, outcome.upserter.grants, keepa.lowest);
  }
}

// --- What must hold ----------------------------------------------------------------------------------

class Checks {
 public:
  void require(bool holds, std::string_view what) {
    fmt::print("  {}  {}\n", holds ? "ok   " : "WRONG", what);
    all_hold_ = all_hold_ && holds;
  }
  bool all_hold() const { return all_hold_; }

 private:
  bool all_hold_ = true;
};

void check_run(Stage& stage, const Outcome& outcome, Checks& checks) {
  StandingClock clock(stage.end);
  purser::Database database = purser::Database::open({.path = stage.database, .clock = &clock});
  const keepa::Ledger ledger(database);
  show_service(outcome, stage.score);
  show_tokens(outcome);
  show_verdicts(stage);
  const bool death_is_booked = show_death(stage, ledger, stage.score.victim());

  fmt::print("\n");
  const keepa::LedgerVerification sums = ledger.verify();
  const purser::Millitokens balance = ledger.status().state.balance;
  const auto longest = std::max(outcome.backfiller.longest_wait_ms, outcome.upserter.longest_wait_ms);
  checks.require(outcome.ended_well, "every worker ended as it should");
  checks.require(outcome.backfiller.grants > 0 && outcome.upserter.grants > 0, "both tasks got answers");
  checks.require(
      Duration(longest) <= 2 * Duration(kQueueCycle),
      fmt::format("no task waited longer than two cycles of the queue ({} min)", (2 * kQueueCycle).count()));
  checks.require(death_is_booked, "the killed worker's tokens were booked as spent");
  checks.require(sums.balance_matches && sums.held_matches,
                 fmt::format("the {} rows of the ledger add up", sums.entries));
  checks.require(balance == purser::tokens(outcome.services.keepa.tokens),
                 fmt::format("the ledger says {} tokens, Keepa's account holds {}", to_string(balance),
                             outcome.services.keepa.tokens));
  checks.require(quota_is_kept(outcome, purser::xai::Quota(database)),
                 "xAI's quota was kept, its units add up, and no question was paid for twice");
  checks.require(stage.score.all_verdicts_right(), "every verdict was the one that xAI gave");
}

void check_strategies(const std::vector<Outcome>& outcomes, Checks& checks) {
  show_strategies(outcomes);
  fmt::print("\n");
  const Outcome& deficit = outcomes.front();
  bool no_429 = std::all_of(outcomes.begin(), outcomes.end(),
                            [](const Outcome& outcome) { return outcome.services.keepa.refused == 0; });
  checks.require(no_429, "no request met a 429, by any rule");
  checks.require(deficit.services.keepa.lowest >= kLowestBalance,
                 fmt::format("the balance never fell below what the policy allows ({})", kLowestBalance));
  checks.require(
      std::all_of(outcomes.begin() + 1, outcomes.end(),
                  [&](const Outcome& other) { return other.ended_well && deficit.used() > other.used(); }),
      "the controlled deficit used more of the tokens than either of the other rules");
}

// --- All of it ---------------------------------------------------------------------------------------

int run(const Options& options) {
  const std::vector<Book> books = load_books(options.books, kBooks);
  // The run ends at the present minute, so that the program purser finds the workers as if they had just
  // stopped.
  const Instant end = std::chrono::floor<std::chrono::minutes>(purser::system_clock().now());
  standin::Process services(options.standin, standin_options(end - kSpan, isatty(STDOUT_FILENO) == 1));
  Scoreboard score;
  Stage stage = stage_for(options.database, end, services, score, books);
  stage.death = stage.start + kDeathAfter;
  make_database(stage, Strategy::controlled_deficit);
  fmt::print(
      "Stand-in of Keepa at {}, of xAI at {}.\n"
      "Seven backfillers ({} tokens a call) and an upserter ({} every {} minutes) share {}\n\n",
      services.keepa_url(), services.xai_url(), kBackfillCost, kUpsertCost,
      std::chrono::duration_cast<std::chrono::minutes>(kUpsertEvery).count(), options.database.string());
  const bool ended_well = run_watched(stage, services);
  std::vector<Outcome> outcomes = {outcome_of(services, score, ended_well)};
  Checks checks;
  check_run(stage, outcomes.front(), checks);
  fmt::print("\nThe same by the other rules, unwatched …\n");
  std::fflush(stdout);
  for (std::size_t i = 1; i < kStrategies.size(); ++i)
    outcomes.push_back(run_by(kStrategies[i], options, end, books));
  check_strategies(outcomes, checks);
  return checks.all_hold() ? 0 : 1;
}

std::optional<Options> options_of(int count, char** words) {
  Options options;
  options.standin = fs::read_symlink("/proc/self/exe").parent_path() / "standin" / "purser-standin";
  for (int i = 1; i + 1 < count; i += 2) {
    fs::path* value = std::strcmp(words[i], "--db") == 0        ? &options.database
                      : std::strcmp(words[i], "--books") == 0   ? &options.books
                      : std::strcmp(words[i], "--standin") == 0 ? &options.standin
                                                                : nullptr;
    if (value == nullptr) return std::nullopt;
    *value = words[i + 1];
  }
  if (count % 2 == 0 || options.database.empty() || options.books.empty()) return std::nullopt;
  return options;
}

}  // namespace
}  // namespace demo

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--help") == 0) {
    fmt::print("{}", demo::kUsage);
    return 0;
  }
  const auto options = demo::options_of(argc, argv);
  if (!options) {
    fmt::print(stderr, "{}", demo::kUsage);
    return 64;
  }
  try {
    return demo::run(*options);
  } catch (const std::exception& e) {
    fmt::print(stderr, "purser-demo: {}\n", purser::cli::error_line(e.what()));
    return 1;
  }
}
