#include "demo/worker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <variant>

#include "purser/database.h"
#include "purser/xai.h"

namespace demo {
namespace {

using namespace std::chrono_literals;
using purser::Duration;
using purser::Instant;
using purser::keepa::AcquireOutcome;
using purser::keepa::Granted;
using purser::keepa::Ledger;
using purser::keepa::Refused;

constexpr Duration kWorkOnAnswer = 90min;

// The library's own lines, such as the one about a dead worker's reservation.
class LinesToStage final : public purser::LogSink {
 public:
  explicit LinesToStage(const Stage& stage) : stage_(stage) {}
  void line(purser::LogLevel, std::string_view text) override { stage_.tell(text); }

 private:
  const Stage& stage_;
};

class Worker {
 public:
  Worker(Stage& stage, int slot)
      : stage_(stage),
        slot_(slot),
        lines_(stage),
        database_(purser::Database::open({.path = stage.database,
                                          .worker = purser::this_worker(),
                                          .clock = &stage.clock,
                                          .log = &lines_})),
        ledger_(database_),
        verdicts_(database_) {}

  // Waits until it has its tokens, asks Keepa, works on the answer, and is back for more. The seven of them
  // are more than the tokens suffice for: some are always waiting.
  void backfill() {
    for (std::int64_t cost = kFirstBackfillCost; now() < stage_.end; cost = kBackfillCost) {
      stage_.score.waits(Task::backfiller, now());
      AcquireOutcome outcome = ledger_.acquire_waiting(
          {.task = "backfiller", .cost = purser::tokens(cost), .kind = "product"}, stage_.end - now());
      const auto* granted = std::get_if<Granted>(&outcome);
      if (granted == nullptr) return stage_.score.gave_up(Task::backfiller, now());
      backfill_with(*granted, cost);
      judge_books();
      pause_for(std::min(kWorkOnAnswer, stage_.end - now()));
    }
  }

  // A short run every minute. Refused, it skips the run and comes back a minute later.
  void upsert() {
    bool waiting = false;
    for (Instant run = stage_.start; run < stage_.end; run += 1min) {
      pause_for(run - now());
      if (!waiting) stage_.score.waits(Task::upserter, now());
      AcquireOutcome outcome = ask_for_upsert();
      const auto* granted = std::get_if<Granted>(&outcome);
      waiting = granted == nullptr;
      if (granted == nullptr) continue;
      stage_.score.granted(Task::upserter, slot_, now());
      pause_for(1s);
      settle(*granted, stage_.keepa.product(kUpsertCost));
    }
    if (waiting) stage_.score.gave_up(Task::upserter, now());
  }

 private:
  Instant now() const { return stage_.clock.now(); }
  void pause_for(Duration time) { stage_.clock.sleep_until(stage_.clock.steady_now() + time); }

  void backfill_with(const Granted& granted, std::int64_t cost) {
    const int ordinal = stage_.score.granted(Task::backfiller, slot_, now());
    pause_for(2s);  // the request is on its way
    if (ordinal % 5 == 0) {
      settle(granted, stage_.keepa.senseless_product());
      stage_.tell(fmt::format("Keepa did not charge backfiller {}: the {} tokens held for it are free again",
                              slot_ + 1, cost));
      return;
    }
    Answer answer = stage_.keepa.product(cost);
    if (now() >= stage_.death && stage_.score.is_to_die({slot_, granted.reservation, cost})) {
      for (;;) pause();  // the answer has come and nobody has settled: here the parent kills us
    }
    settle(granted, answer);
  }

  // Is the price of each book reasonable? Somebody may have asked before, or be asking just now.
  void judge_books() {
    for (int i = 0; i < kBooksABackfill; ++i) {
      const Book& book = stage_.books[random_() % stage_.books.size()];
      const auto [verdict, source] = judge(book);
      stage_.score.judged(source, source == Source::fallback || verdict == book.verdict);
    }
    verdicts_.store_counts();
  }

  std::pair<bool, Source> judge(const Book& book) {
    constexpr bool kSafeAssumption = true;  // the price is reasonable; never stored
    for (;;) {
      auto outcome = verdicts_.claim(book.question, 90s);
      if (const auto* hit = std::get_if<purser::xai::Hit>(&outcome)) return {hit->verdict, Source::cache};
      if (const auto* claimed = std::get_if<purser::xai::Claimed>(&outcome)) {
        pause_for(3s);  // xAI thinks
        verdicts_.answer(claimed->flight, book.verdict);
        return {book.verdict, Source::call};
      }
      const auto* in_flight = std::get_if<purser::xai::InFlight>(&outcome);
      if (in_flight == nullptr) return {kSafeAssumption, Source::fallback};
      pause_for(in_flight->retry_at - now());
    }
  }

  // The refusal says when the ledger's belief is old; the free request refreshes it for everybody.
  AcquireOutcome ask_for_upsert() {
    const purser::keepa::AcquireRequest request{
        .task = "upserter", .cost = purser::tokens(kUpsertCost), .kind = "product"};
    AcquireOutcome outcome = ledger_.acquire(request);
    const auto* refused = std::get_if<Refused>(&outcome);
    if (refused == nullptr || !refused->observe_due) return outcome;
    ledger_.observe(purser::keepa::parse_envelope(stage_.keepa.token().body).value());
    return ledger_.acquire(request);
  }

  void settle(const Granted& granted, const Answer& answer) {
    ledger_.settle(granted.reservation, {.observation = purser::keepa::parse_envelope(answer.body)});
  }

  Stage& stage_;
  int slot_;
  LinesToStage lines_;
  purser::Database database_;
  Ledger ledger_;
  purser::xai::Verdicts verdicts_;
  std::minstd_rand random_{static_cast<unsigned>(slot_ + 1)};
};

}  // namespace

void Stage::tell(std::string_view what) const {
  // One write of a short line: pipes keep it whole beside those of other workers.
  const std::string line =
      fmt::format("{}  {}\n", hours_and_minutes(clock.now() - start), what.substr(0, 400));
  if (write(events, line.data(), line.size()) < 0) return;  // the viewer has gone
}

std::string hours_and_minutes(Duration since_start) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(since_start).count();
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

void work(Stage& stage, int slot) {
  stage.clock.use_slot(slot);
  Worker worker(stage, slot);
  if (slot == kUpserterSlot) {
    worker.upsert();
  } else {
    worker.backfill();
  }
}

}  // namespace demo
