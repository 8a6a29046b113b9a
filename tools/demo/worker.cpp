#include "demo/worker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <variant>

#include "purser/database.h"
#include "purser/keepa_service.h"
#include "purser/xai_service.h"
#include "standin/clock/worker_clock.h"

namespace demo {
namespace {

using purser::Duration;
using purser::Instant;
namespace keepa = purser::keepa;
namespace xai = purser::xai;

// Passes on the library's log, such as the line about a dead worker's reservation.
class LogToStage final : public purser::LogSink {
 public:
  LogToStage(const Stage& stage, const purser::Clock& clock) : stage_(stage), clock_(clock) {}
  void line(purser::LogLevel, std::string_view text) override { stage_.report(clock_.now(), text); }

 private:
  const Stage& stage_;
  const purser::Clock& clock_;
};

keepa::Call product_call(const std::string& task, std::int64_t cost, int products, bool with_offers) {
  std::string asins;
  for (int i = 0; i < products; ++i) asins += fmt::format("{}B{:09}", i > 0 ? "," : "", i);
  keepa::Call call{.task = task, .cost = purser::tokens(cost), .kind = "product", .path = "product"};
  call.parameters = {{"domain", "1"}, {"asin", asins}};
  if (with_offers) call.parameters.emplace_back("offers", "20");
  return call;
}

class Worker {
 public:
  Worker(Stage& stage, int slot)
      : stage_(stage),
        slot_(slot),
        clock_(stage.clock, fmt::format("worker {}", slot + 1)),
        log_(stage, clock_),
        database_(purser::Database::open(
            {.path = stage.database, .worker = purser::this_worker(), .clock = &clock_, .log = &log_})),
        keepa_(database_, {.api_key = stage.keepa_key, .base_url = stage.keepa_url}),
        xai_(database_, {.api_key = stage.xai_key, .base_url = stage.xai_url}) {}

  // While a shift lasts: waits for tokens, calls Keepa, judges the books that came, works on them, and starts
  // again.
  void backfill() {
    const keepa::Call call = product_call("backfiller", kBackfillCost, 20, true);
    while (now() < stage_.end) {
      if (now() >= shift_end()) {
        pause_until(next_shift());
        continue;
      }
      stage_.score.begin_wait(Task::backfiller, now());
      if (is_time_to_be_killed()) wait_to_be_killed(call);
      if (!is_answered(call)) {
        stage_.score.give_up(Task::backfiller, now());
        continue;
      }
      stage_.score.note_grant(Task::backfiller, slot_, now());
      judge_books();
      pause_until(std::min(now() + kWorkOnAnswer, stage_.end));
    }
  }

  // Makes a short run every ten minutes, and skips it if there are no tokens.
  void upsert() {
    const keepa::Call call = product_call("upserter", kUpsertCost, 10, false);
    bool waiting = false;
    for (Instant run = stage_.start + kUpsertOffset; run < stage_.end; run += kUpsertEvery) {
      pause_until(run);
      if (!waiting) stage_.score.begin_wait(Task::upserter, now());
      waiting = !std::holds_alternative<keepa::Reply>(keepa_.call(call, Duration::zero()));
      if (!waiting) stage_.score.note_grant(Task::upserter, slot_, now());
    }
    if (waiting) stage_.score.give_up(Task::upserter, now());
  }

 private:
  Instant now() const { return clock_.now(); }
  void pause_until(Instant when) { clock_.sleep_until(clock_.steady_now() + (when - now())); }
  Instant shift_start() const { return now() - (now() - stage_.start) % kCycle; }
  Instant shift_end() const { return shift_start() + kShift; }
  Instant next_shift() const { return std::min(shift_start() + kCycle, stage_.end); }

  // Returns false if no tokens came during the shift, or Keepa failed.
  bool is_answered(const keepa::Call& call) {
    try {
      return std::holds_alternative<keepa::Reply>(keepa_.call(call, shift_end() - now()));
    } catch (const purser::Error& fault) {
      stage_.report(now(), fault.what());
      return false;
    }
  }

  bool is_time_to_be_killed() const {
    return stage_.death && now() >= *stage_.death && !stage_.score.victim();
  }

  // The first worker that gets tokens here stops in the middle of its call, and the parent kills it.
  void wait_to_be_killed(const keepa::Call& call) {
    auto outcome =
        keepa_.acquire({.task = call.task, .cost = call.cost, .kind = call.kind}, shift_end() - now());
    auto* spending = std::get_if<keepa::Spending>(&outcome);
    if (spending == nullptr) return;
    if (stage_.score.choose_victim({slot_, spending->grant().reservation, kBackfillCost})) {
      for (;;) pause();
    }
    spending->release();
  }

  // Asks whether the price of each book is reasonable. Another worker may have asked before, or be asking
  // now.
  void judge_books() {
    for (int i = 0; i < kBooksABackfill; ++i) {
      const Book& book = stage_.books[random_() % stage_.books.size()];
      const xai::Judgement judgement = xai_.judge(book.question);
      bool right = judgement.source == xai::Source::fallback || judgement.verdict == book.verdict;
      stage_.score.note_verdict(judgement.source, right);
    }
  }

  Stage& stage_;
  int slot_;
  standin::WorkerClock clock_;
  LogToStage log_;
  purser::Database database_;
  keepa::Service keepa_;
  xai::Service xai_;
  std::minstd_rand random_{static_cast<unsigned>(slot_ + 1)};
};

}  // namespace

void Stage::report(Instant now, std::string_view what) const {
  if (events < 0) return;
  // A short line in one write: the pipe does not mix it with the lines of other workers.
  const std::string line = fmt::format("{}  {}\n", hours_and_minutes(now - start), what.substr(0, 400));
  if (write(events, line.data(), line.size()) < 0) return;  // nobody reads the pipe any more
}

std::string hours_and_minutes(Duration since_start) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(since_start).count();
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

void work(Stage& stage, int slot) {
  Worker worker(stage, slot);
  if (slot == kUpserterSlot) {
    worker.upsert();
  } else {
    worker.backfill();
  }
}

}  // namespace demo
