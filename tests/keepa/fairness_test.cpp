// Eight simulated hours at 5 tokens a minute: seven backfillers (80, then 240 tokens a call) and an upserter
// (5 tokens every minute), the real ledger on a real file, one connection a worker, a truth kept apart from
// it.
#include <algorithm>

#include "keepa/keepa_test.h"

namespace purser::keepa {
namespace {

// Keepa's own account: the balance that our ledger must never overestimate.
class Truth {
 public:
  explicit Truth(Instant start) : next_tick_(start + kTick), left_(tokens(100)) {}

  Observation answer(Instant now, Millitokens cost) {
    tick(now);
    overdrawn_ = overdrawn_ || left_ <= Millitokens{};  // a paid call without a positive balance is a 429
    left_ -= cost;
    Observation envelope;
    envelope.tokens_left = left_;
    envelope.refill_rate = tokens(5);
    envelope.refill_in = next_tick_ - now;
    envelope.server_time = now;
    envelope.consumed = cost;
    return envelope;
  }
  bool was_overdrawn() const { return overdrawn_; }
  Observation first(Instant now) {
    Observation envelope = answer(now, {});
    overdrawn_ = false;
    return envelope;
  }

 private:
  static constexpr Duration kTick = std::chrono::minutes(1);
  void tick(Instant now) {
    for (; next_tick_ <= now; next_tick_ += kTick)
      left_ = std::max(left_, std::min(left_ + tokens(5), tokens(300)));
  }
  Instant next_tick_;
  Millitokens left_;
  bool overdrawn_ = false;
};

struct Grant {
  std::string task;
  Instant at;
  Duration waited;
};

struct Worker {
  std::string task;
  std::vector<Millitokens> costs;  // the last one is repeated
  Duration pause;                  // between the end of a call and the next question
  Database database;
  Instant next;
  std::optional<Instant> asking_since = {};
  std::string reservation = {};
  std::size_t calls = 0;
  int grants = 0;

  Millitokens cost() const { return costs[std::min(calls, costs.size() - 1)]; }
};

class FairnessTest : public test::DatabaseTest {
 protected:
  FairnessTest() {
    std::filesystem::remove_all(folder_.file("purser.db"));
    for (const char* suffix : {"-wal", "-shm"})
      std::filesystem::remove(folder_.file(std::string("purser.db") + suffix));
    Database::create(options(), Durability::normal);  // the subject is fairness; eight hours are many commits
  }

  void hire(const std::string& task, std::vector<Millitokens> costs, Duration pause) {
    auto name = "test:" + std::to_string(workers_.size());
    workers_.push_back(
        {task, std::move(costs), pause, open(name), clock_.now() + Duration(workers_.size() * 137)});
  }

  void run(Duration length) {
    Instant end = clock_.now() + length;
    while (clock_.now() < end) {
      auto next = std::min_element(workers_.begin(), workers_.end(),
                                   [](const Worker& a, const Worker& b) { return a.next < b.next; });
      if (next->next > clock_.now()) clock_.advance(next->next - clock_.now());
      next->reservation.empty() ? ask(*next) : settle(*next);
    }
  }

  void ask(Worker& worker) {
    if (!worker.asking_since) worker.asking_since = clock_.now();
    Ledger ledger(worker.database);
    auto outcome = ledger.acquire({worker.task, worker.cost()});
    if (auto* granted = std::get_if<Granted>(&outcome)) {
      grants_.push_back({worker.task, clock_.now(), clock_.now() - *worker.asking_since});
      worker.asking_since.reset();
      worker.reservation = granted->reservation;
      ++worker.grants;
      answer_ = truth_.answer(clock_.now(), worker.cost());
      answers_.push_back(answer_);
      worker.next = clock_.now() + std::chrono::seconds(2);
      pending_[&worker - workers_.data()] = answer_;
      return;
    }
    const auto& refused = std::get<Refused>(outcome);
    bool skip = refused.advice == Advice::skip;
    Duration nap =
        std::min(refused.retry_after.value_or(std::chrono::seconds(5)), Duration(std::chrono::seconds(5)));
    worker.next = clock_.now() + (skip ? worker.pause : nap);
  }

  void settle(Worker& worker) {
    Ledger ledger(worker.database);
    ledger.settle(worker.reservation, {pending_.at(&worker - workers_.data())});
    worker.reservation.clear();
    ++worker.calls;
    worker.next = clock_.now() + worker.pause;
  }

  int grants_of(const std::string& task) const {
    return static_cast<int>(
        std::count_if(grants_.begin(), grants_.end(), [&](const Grant& g) { return g.task == task; }));
  }
  // The most grants of other tasks while one grant of `task` was being waited for.
  int most_overtaken(const std::string& task) const {
    int worst = 0;
    for (const Grant& grant : grants_) {
      if (grant.task != task) continue;
      worst = std::max(
          worst, static_cast<int>(std::count_if(grants_.begin(), grants_.end(), [&](const Grant& other) {
            return other.task != task && other.at < grant.at && other.at > grant.at - grant.waited;
          })));
    }
    return worst;
  }

  std::vector<Worker> workers_;
  std::vector<Grant> grants_;
  std::vector<Observation> answers_;
  std::map<std::ptrdiff_t, Observation> pending_;
  Observation answer_;
  Truth truth_{clock_.now()};
};

TEST_F(FairnessTest, BothTasksAreGrantedInTurn) {
  Database observer = open();
  Ledger(observer).observe(truth_.first(clock_.now()));
  for (int i = 0; i < 7; ++i) hire("backfiller", {tokens(80), tokens(240)}, std::chrono::seconds(1));
  hire("upserter", {tokens(5)}, std::chrono::minutes(1));
  run(std::chrono::hours(8));

  // 8 h x 300 + 100 tokens; a cycle of the two costs 245, and calls of 80 fit in the beginning.
  EXPECT_GE(grants_of("backfiller"), 8);
  EXPECT_GE(grants_of("upserter"), 8);
  EXPECT_LE(most_overtaken("upserter"), 2);
  EXPECT_LE(std::abs(grants_of("backfiller") - grants_of("upserter")), 10);
  EXPECT_FALSE(truth_.was_overdrawn()) << "a grant met a 429";

  // A cycle is what the others may spend before it is one's turn again: 240 + 5 tokens, and the
  // threshold's 55.
  Duration cycle = std::chrono::minutes((240 + 5 + 55) / 5);
  for (const Grant& grant : grants_) {
    if (grant.task != "upserter") continue;
    EXPECT_LE(grant.waited, 2 * cycle);
  }
  Verification verified = Ledger(observer).verify();
  EXPECT_TRUE(verified.balance_matches && verified.held_matches);
}

TEST_F(FairnessTest, OneBackfillerAndOneUpserterTakeTurnsToo) {
  Database observer = open();
  Ledger(observer).observe(truth_.first(clock_.now()));
  hire("backfiller", {tokens(80), tokens(240)}, std::chrono::seconds(1));
  hire("upserter", {tokens(5)}, std::chrono::minutes(1));
  run(std::chrono::hours(8));
  EXPECT_GE(grants_of("backfiller"), 8);
  EXPECT_GE(grants_of("upserter"), 8);
  EXPECT_LE(most_overtaken("upserter"), 2);
  EXPECT_LE(most_overtaken("backfiller"), 2);
  EXPECT_FALSE(truth_.was_overdrawn());
}

}  // namespace
}  // namespace purser::keepa
