// purser-demo: eight real worker processes share one fresh database over eight simulated hours, at 5 Keepa
// tokens a minute, and one of them is killed while it holds a reservation. At the end it holds the ledger
// against the account that it stands for, and exits 1 where anything is wrong.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
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
#include "demo/keepa_bucket.h"
#include "demo/recorded_envelopes.h"
#include "demo/scoreboard.h"
#include "demo/stepped_clock.h"
#include "demo/worker.h"
#include "purser/database.h"
#include "purser/keepa.h"
#include "purser/xai.h"

namespace demo {
namespace {

using namespace std::chrono_literals;
using purser::Duration;
using purser::Instant;
namespace keepa = purser::keepa;

constexpr auto kSpan = 8h;
constexpr auto kDeathAfter = 3h;
constexpr std::size_t kBooks = 100;
constexpr auto kLeastRealHour = 2s;  // for a viewer at a terminal
// While all are in want, one costly backfill and one upsert are a cycle: 245 tokens at 5 a minute.
constexpr auto kCycle = std::chrono::minutes((kBackfillCost + kUpsertCost) / 5);

constexpr char kUsage[] =
    "usage: purser-demo --db PATH --books FILE\n"
    "\n"
    "Makes a database at PATH, where none may be yet, and lets eight worker processes of two Keepa tasks\n"
    "share it over eight simulated hours, and judge the prices of the books in FILE (the predecessor's\n"
    "xai_cache.json, or books.json beside this program's source). Nothing is sent anywhere. Exits 1 where\n"
    "anything went wrong.\n";

// --- One live line, and what happens above it --------------------------------------------------------

class Progress {
 public:
  Progress(Stage& stage, int events) : stage_(stage), events_(events), live_(isatty(STDOUT_FILENO) == 1) {}

  // Shows what workers told meanwhile, for at most a moment, then the state.
  void show() {
    pollfd ready{events_, POLLIN, 0};
    if (poll(&ready, 1, 50) > 0) print_events();
    if (live_) {
      fmt::print("\r\033[K{}", line());
    } else if (elapsed() >= next_plain_) {
      fmt::print("{}\n", line());
      next_plain_ = elapsed() + 1h;
    }
    std::fflush(stdout);
  }

  void finish() {
    print_events();
    fmt::print("{}{}\n", live_ ? "\r\033[K" : "", line());
  }

 private:
  Duration elapsed() const { return std::min<Duration>(stage_.clock.now() - stage_.start, kSpan); }

  std::string line() {
    constexpr int kWidth = 16;
    const auto filled = static_cast<std::size_t>(kWidth * elapsed() / Duration(kSpan));
    return fmt::format("{} [{:-<{}}] granted: backfiller {:2}, upserter {:2} | Keepa {:4} tokens",
                       hours_and_minutes(elapsed()), std::string(filled, '#'), kWidth,
                       stage_.score.tally(Task::backfiller).grants, stage_.score.tally(Task::upserter).grants,
                       stage_.keepa.figures().left);
  }

  void print_events() {
    char buffer[4096];
    for (ssize_t count = 0; (count = read(events_, buffer, sizeof buffer)) > 0;) {
      fmt::print("{}{}", live_ ? "\r\033[K" : "", std::string_view(buffer, static_cast<std::size_t>(count)));
    }
  }

  Stage& stage_;
  int events_;
  bool live_;
  Duration next_plain_{0};
};

// --- Before and after --------------------------------------------------------------------------------

void show_reading(const RecordedAnswer& answer) {
  const auto seen = keepa::parse_envelope(answer.body);
  const std::string reading =
      seen ? fmt::format("{} tokens left, {} a minute, the next in {} ms", to_string(seen->tokens_left),
                         to_string(seen->refill_rate.value()), seen->refill_in.value().count())
           : "says nothing of the tokens";
  fmt::print("  {:<20} {}\n", answer.what, reading);
}

// The account opens as a recorded answer says. Closed again before the workers are forked.
void open_account(Stage& stage) {
  // `normal` is quicker on a slow disk and survives every kill; what it may lose is the last moment before
  // a power cut. A demonstration can bear that; the default is `full`.
  const purser::DatabaseOptions options{.path = stage.database, .clock = &stage.clock};
  if (!purser::Database::create(options, purser::Durability::normal)) {
    throw purser::Error(purser::ErrorCode::usage,
                        fmt::format("{} is there already", stage.database.string()));
  }
  purser::Database database = purser::Database::open(options);
  keepa::Ledger(database).observe(keepa::parse_envelope(kOkWithError.body).value());
  purser::xai::Quota(database).set_limit(kCallsADay);
}

bool run_workers(Stage& stage) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("no pipe for the workers' lines");
  stage.events = ends[1];
  Progress progress(stage, ends[0]);
  Fleet fleet(stage);
  while (fleet.look_after()) progress.show();
  progress.finish();
  return !fleet.failed();
}

std::string in_minutes(std::int64_t ms) { return fmt::format("{} min", (ms + 59'999) / 60'000); }

void show_service(Stage& stage) {
  const auto backfiller = stage.score.tally(Task::backfiller);
  const auto upserter = stage.score.tally(Task::upserter);
  std::vector<int> grants;
  grants.reserve(kBackfillers);
  for (int slot = 0; slot < kBackfillers; ++slot) grants.push_back(stage.score.grants_of(slot));
  const auto [least, most] = std::minmax_element(grants.begin(), grants.end());
  fmt::print("\n{:<12}{:>8}{:>16}\n", "task", "grants", "longest wait");
  fmt::print("{:<12}{:>8}{:>16}   seven workers, the least served got {}, the most {}\n", "backfiller",
             backfiller.grants, in_minutes(backfiller.longest_wait_ms), *least, *most);
  fmt::print("{:<12}{:>8}{:>16}   one worker\n", "upserter", upserter.grants,
             in_minutes(upserter.longest_wait_ms));
}

void show_tokens(const KeepaBucket::Figures& keepa) {
  const auto all = keepa.opening + keepa.generated;
  fmt::print(
      "\nKeepa gave {} tokens: {} at the start, 5 a minute since. Requests cost {}, {} expired unused, {} "
      "are left:\n"
      "{} % were used, counting the deficit. Of {} paid requests {} were answered with 429.\n",
      all, keepa.opening, keepa.consumed, keepa.unused, keepa.left, (100 * keepa.consumed + all / 2) / all,
      keepa.requests, keepa.refused);
}

void show_verdicts(Stage& stage) {
  fmt::print(
      "\nAfter each backfill, {} questions about the prices of {} books: {} answered from the cache, {} by a "
      "call to "
      "xAI\n({} a day are allowed), {} by the safe assumption.\n",
      kBooksABackfill, stage.books.size(), stage.score.verdicts(Source::cache),
      stage.score.verdicts(Source::call), kCallsADay, stage.score.verdicts(Source::fallback));
}

// The units of all days are the calls that were made, and no day has more than it may.
bool quota_is_kept(Stage& stage, const purser::xai::Quota& quota) {
  std::int64_t calls = 0;
  for (const purser::xai::Day& day : quota.days(10)) {
    if (day.calls > kCallsADay) return false;
    calls += day.calls;
  }
  return quota.verify() && calls == stage.score.verdicts(Source::call);
}

// What the ledger kept of the worker that died. True when its tokens were booked as spent.
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

// --- What must hold ----------------------------------------------------------------------------------

class Verdict {
 public:
  void require(bool holds, std::string_view what) {
    fmt::print("  {}  {}\n", holds ? "ok   " : "WRONG", what);
    all_hold_ = all_hold_ && holds;
  }
  bool all_hold() const { return all_hold_; }

 private:
  bool all_hold_ = true;
};

bool judge(Stage& stage, bool workers_ended_well) {
  purser::Database database = purser::Database::open({.path = stage.database, .clock = &stage.clock});
  const keepa::Ledger ledger(database);
  const KeepaBucket::Figures keepa = stage.keepa.figures();
  const auto backfiller = stage.score.tally(Task::backfiller);
  const auto upserter = stage.score.tally(Task::upserter);

  show_service(stage);
  show_tokens(keepa);
  show_verdicts(stage);
  const bool death_is_booked = show_death(stage, ledger, stage.score.victim());

  fmt::print("\n");
  const keepa::Verification sums = ledger.verify();
  const purser::Millitokens balance = ledger.status().state.balance;
  const auto longest = std::max(backfiller.longest_wait_ms, upserter.longest_wait_ms);
  Verdict verdict;
  verdict.require(workers_ended_well, "every worker ended as it should");
  verdict.require(backfiller.grants > 0 && upserter.grants > 0, "both tasks were granted tokens");
  verdict.require(Duration(longest) <= 2 * Duration(kCycle),
                  fmt::format("no task waited longer than two cycles ({} min)", (2 * kCycle).count()));
  verdict.require(keepa.refused == 0, "no request met a 429");
  verdict.require(death_is_booked, "the killed worker's tokens were booked as spent");
  verdict.require(sums.balance_matches && sums.held_matches,
                  fmt::format("the {} rows of the ledger add up", sums.entries));
  verdict.require(
      balance == purser::tokens(keepa.left),
      fmt::format("the ledger says {} tokens, Keepa's account holds {}", to_string(balance), keepa.left));
  verdict.require(quota_is_kept(stage, purser::xai::Quota(database)),
                  "xAI's quota was kept, and its units add up");
  verdict.require(stage.score.all_verdicts_right(), "every verdict was the one that xAI gave");
  return verdict.all_hold();
}

int run(const std::filesystem::path& path, const std::filesystem::path& books_file) {
  const std::vector<Book> books = load_books(books_file, kBooks);
  // It ends at the present minute, so that the program finds the database as if the workers had just stopped.
  const Instant end = std::chrono::floor<std::chrono::minutes>(purser::system_clock().now());
  const Instant start = end - kSpan;
  SteppedClock clock(start, isatty(STDOUT_FILENO) == 1 ? Duration(kLeastRealHour) : Duration::zero());
  KeepaBucket bucket(clock, keepa::parse_envelope(kOkWithError.body).value());
  Scoreboard score;
  Stage stage{path, start, end, start + kDeathAfter, clock, bucket, score, books};

  fmt::print("Recorded answers of Keepa, as the library reads them:\n");
  for (const RecordedAnswer* answer : {&kTokenAnswer, &kOkWithError, &kWrongKey}) show_reading(*answer);
  open_account(stage);
  fmt::print(
      "\nThe account opens as the second of them says. Seven backfillers ({} tokens, then {}) and an "
      "upserter\n"
      "({} a minute) share it in {}\n\n",
      kFirstBackfillCost, kBackfillCost, kUpsertCost, path.string());
  const bool workers_ended_well = run_workers(stage);
  return judge(stage, workers_ended_well) ? 0 : 1;
}

}  // namespace
}  // namespace demo

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--help") == 0) {
    fmt::print("{}", demo::kUsage);
    return 0;
  }
  if (argc != 5 || std::strcmp(argv[1], "--db") != 0 || std::strcmp(argv[3], "--books") != 0) {
    fmt::print(stderr, "{}", demo::kUsage);
    return 64;
  }
  try {
    return demo::run(argv[2], argv[4]);
  } catch (const std::exception& e) {
    fmt::print(stderr, "purser-demo: {}\n", e.what());
    return 1;
  }
}
