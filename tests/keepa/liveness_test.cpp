// The promise of the queue, over simulated months on the real ledger: every task that keeps asking is granted
// within the bound of src/keepa/policy.h, and hardly a token more is lost than without a queue.
//
// PURSER_LIVENESS_SEED repeats a run, PURSER_LIVENESS_DAYS says how long each mix runs,
// PURSER_LIVENESS_REPORT=1 prints what came of each task.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>

#include "keepa/liveness_simulator.h"
#include "purser/create.h"

namespace purser::keepa::liveness {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::optional<std::uint64_t> number_from(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

Fleet backfillers(int workers, std::int64_t least, std::int64_t most) {
  return {"backfiller", {}, workers, least, most, seconds(1), Waits::sleeping};
}
// Advised to skip, it comes again in its own time.
Fleet upserter(std::int64_t least, std::int64_t most, Duration comes_every) {
  return {"upserter", {}, 1, least, most, comes_every, Waits::skipping, comes_every};
}
// Without a policy of its own.
Fleet gardeners() { return {"gardener", {}, 2, 1, 40, minutes(3), Waits::sleeping}; }
Fleet careful() {
  return {
      "careful",      PolicyChange{.max_deficit = DeficitChange::at_most(tokens(100))}, 2, 1, 390, seconds(5),
      Waits::sleeping};
}
// Needs a bucket that is nearly full, and looks every quarter of an hour.
Fleet hoarder() {
  PolicyChange policy{.buffer = tokens(20), .patience = minutes(20)};
  return {"hoarder", policy, 1, 200, 275, minutes(15), Waits::skipping, minutes(15)};
}

Fleet looking(Fleet fleet, Duration again) {
  fleet.waits = Waits::looking;
  fleet.look_again = again;
  return fleet;
}

Troubles deaths() {
  Troubles troubles;
  troubles.dies_over_call = 30;
  troubles.waiter_dies = hours(5);
  troubles.task_goes = hours(30);
  return troubles;
}
Troubles bad_answers() {
  Troubles troubles;
  troubles.answer_lost = 100;
  troubles.answer_late = 100;
  troubles.costs_more = 100;
  troubles.costs_less = 200;
  troubles.rate_lies = hours(3);
  return troubles;
}
Troubles changes() {
  Troubles troubles;
  troubles.plan_changes = hours(20);
  troubles.rate_lies = hours(4);
  troubles.policy_changes = hours(9);
  return troubles;
}
Troubles strangers() {
  Troubles troubles;
  troubles.purchases = minutes(20);
  troubles.purchase = 10;
  return troubles;
}
Troubles clocks() {
  Troubles troubles;
  troubles.drift_ppm = 200;
  troubles.clock_steps = hours(6);
  return troubles;
}
Troubles thrift() {
  Troubles troubles;
  troubles.costs_less = 700;
  return troubles;
}

struct Trial {
  Mix mix;
  double tolerance = 0.002;  // of the share of tokens used
};
void PrintTo(const Trial& trial, std::ostream* out) { *out << trial.mix.name; }

// The share of tokens that may be lost because a bucket runs over before its first waiter looks. A task that
// needs a nearly full bucket and looks every quarter of an hour, or sleeps on a forecast that was too long,
// loses the refill in between: in a bucket of 300 up to 75 tokens, once in its turn of 500 to 1,000.
constexpr double kNearlyFull = 0.03;

std::vector<Trial> trials() {
  auto quarter = minutes(15);
  Fleet usual = upserter(5, 100, quarter);
  Fleet watchful = looking(gardeners(), seconds(50));
  watchful.workers = 1;
  return {
      {{"modest beside greedy", {20}, {backfillers(3, 300, 500), usual, watchful}}},
      {{"sleepers alone", {5}, {backfillers(3, 1, 500), careful(), upserter(20, 60, quarter)}}, kNearlyFull},
      {{"sleepers who reserve too much", {5}, {backfillers(3, 1, 500), careful(), gardeners()}, thrift()},
       kNearlyFull},
      {{"near capacity", {5}, {backfillers(2, 1, 120), careful(), hoarder(), gardeners()}}, kNearlyFull},
      {{"deaths", {25}, {backfillers(5, 1, 500), usual, gardeners(), careful()}, deaths()}},
      {{"deaths near capacity", {5}, {backfillers(5, 1, 200), hoarder(), gardeners(), careful()}, deaths()},
       kNearlyFull},
      {{"bad answers", {20}, {backfillers(4, 1, 250), usual, gardeners()}, bad_answers()}},
      {{"a stranger with the same key",
        {5},
        {backfillers(3, 1, 240), upserter(5, 60, quarter), gardeners()},
        strangers()}},
      {{"plans that change",
        {20, 5, 25},
        {backfillers(3, 1, 500), upserter(5, 470, quarter), careful(), gardeners()},
        changes()},
       kNearlyFull},
      {{"clocks", {20}, {backfillers(3, 1, 500), usual, watchful}, clocks()}},
  };
}

// Anything that the parts above can be put together to.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  Mix mix(const std::string& name) {
    Mix mix{name, {one_of({5, 20, 25})}, {}};
    for (auto left = pick(1, 3); left > 0; --left) mix.plans.push_back(one_of({5, 20, 25}));
    for (auto left = pick(2, 6); left > 0; --left) mix.fleets.push_back(fleet(mix.fleets.size()));
    mix.troubles = troubles();
    return mix;
  }

 private:
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  std::int64_t one_of(const std::vector<std::int64_t>& values) { return values[random_() % values.size()]; }
  bool happens() { return random_() % 3 == 0; }

  Fleet fleet(std::size_t number) {
    Fleet fleet;
    fleet.task = "task" + std::to_string(number);
    fleet.workers = static_cast<int>(pick(1, 5));
    fleet.least = pick(1, 300);
    fleet.most = pick(fleet.least, 500);
    fleet.pause = seconds(pick(1, 300));
    fleet.has_network = pick(0, 3) > 0;
    fleet.waits = pick(0, 2) == 0 ? Waits::looking : Waits::sleeping;
    fleet.look_again = seconds(pick(30, 55));
    if (fleet.waits == Waits::looking) fleet.workers = 1;
    if (happens()) fleet.policy = PolicyChange{.max_deficit = DeficitChange::at_most(tokens(pick(0, 300)))};
    if (happens()) {
      fleet.policy = PolicyChange{.buffer = tokens(20), .patience = minutes(20)};
      fleet.waits = Waits::skipping;
      fleet.look_again = minutes(one_of({1, 5, 15}));
      fleet.workers = 1;
    }
    return fleet;
  }

  Troubles troubles() {
    Troubles all;
    if (happens()) all.dies_over_call = static_cast<int>(pick(1, 100));
    if (happens()) all.answer_lost = static_cast<int>(pick(1, 300));
    if (happens()) all.answer_late = static_cast<int>(pick(1, 300));
    if (happens()) all.costs_more = static_cast<int>(pick(1, 300));
    if (happens()) all.costs_less = static_cast<int>(pick(1, 900));
    if (happens()) all.waiter_dies = hours(pick(2, 20));
    if (happens()) all.task_goes = hours(pick(12, 60));
    if (happens()) all.plan_changes = hours(pick(6, 60));
    if (happens()) all.rate_lies = hours(pick(1, 20));
    if (happens()) all.policy_changes = hours(pick(4, 40));
    if (happens()) all.purchases = minutes(pick(10, 120));
    if (happens()) all.purchase = pick(1, 40);
    if (happens()) all.clock_steps = hours(pick(2, 40));
    if (happens()) all.drift_ppm = static_cast<int>(pick(-500, 500));
    if (all.purchase == 0) all.purchases = {};
    return all;
  }

  std::mt19937_64 random_;
};

// --- The world with the queue and the world without --------------------------------------------------

struct Scene {
  test::ScratchFolder folder;
  test::TestClock clock;
};

Report with_queue(const Mix& mix, Duration length, std::uint64_t seed) {
  Scene scene;
  DatabaseOptions options;
  options.path = scene.folder.file("purser.db");
  options.clock = &scene.clock;
  create_database(options, Durability::normal);  // the subject is the queue; months are many commits
  auto purse = ledger_purse(mix, options);
  return simulate(mix, *purse, scene.clock, length, seed);
}

Report without_queue(const Mix& mix, Duration length, std::uint64_t seed) {
  Scene scene;
  auto purse = bare_purse(mix, scene.clock);
  return simulate(mix, *purse, scene.clock, length, seed);
}

double in_minutes(Duration time) { return static_cast<double>(time.count()) / 60e3; }

void print(const Mix& mix, const Report& fair, const Report& bare) {
  std::cout << fmt::format("{}: {} asks; used {:.4f}, without the queue {:.4f}; 429s {} and {}\n", mix.name,
                           fair.asks, fair.used(), bare.used(), fair.refused_by_keepa, bare.refused_by_keepa);
  if (std::getenv("PURSER_LIVENESS_REPORT") == nullptr) return;
  for (std::size_t i = 0; i < fair.tasks.size(); ++i) {
    const TaskReport& its = fair.tasks[i];
    std::cout << fmt::format(
        "  {:<10} {:>6} grants, longest wait {:>6.1f} min, at most {:.2f} of its bound; served within "
        "{:>6.1f}; "
        "without the queue {:>6} grants, {:>8.1f} min\n",
        its.task, its.grants, in_minutes(its.longest), its.nearest, in_minutes(its.longest_served),
        bare.tasks[i].grants, in_minutes(bare.tasks[i].longest));
  }
}

void expect_the_promise(const Report& report) {
  for (const std::string& fault : report.faults) ADD_FAILURE() << fault;
  EXPECT_EQ(report.unexplained, 0);
  for (const TaskReport& its : report.tasks)
    EXPECT_EQ(its.passed, 0) << its.task << " was passed by a task that came later";
}

Duration length_of_run() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(NDEBUG)
  constexpr std::uint64_t kDays = 2;
#else
  constexpr std::uint64_t kDays = 20;
#endif
  return hours(24 * number_from("PURSER_LIVENESS_DAYS").value_or(kDays));
}

// --- The tests -------------------------------------------------------------------------------------

class LivenessOfMix : public ::testing::TestWithParam<Trial> {};

TEST_P(LivenessOfMix, EveryTaskIsGrantedWithinTheBound) {
  const Trial& trial = GetParam();
  std::uint64_t seed = number_from("PURSER_LIVENESS_SEED").value_or(20260101);
  SCOPED_TRACE(fmt::format("PURSER_LIVENESS_SEED={}", seed));
  Report fair = with_queue(trial.mix, length_of_run(), seed);
  Report bare = without_queue(trial.mix, length_of_run(), seed);
  print(trial.mix, fair, bare);
  expect_the_promise(fair);
  for (const TaskReport& its : fair.tasks) EXPECT_GT(its.grants, 0) << its.task;
  EXPECT_GE(fair.used(), bare.used() - trial.tolerance);
}

INSTANTIATE_TEST_SUITE_P(Mixes, LivenessOfMix, ::testing::ValuesIn(trials()), [](const auto& trial) {
  std::string name = trial.param.mix.name;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
});

TEST(Liveness, OfMixesThatNobodyThoughtOf) {
  std::uint64_t seed = number_from("PURSER_LIVENESS_SEED").value_or(std::random_device{}());
  for (std::uint64_t round = 0; round < 3; ++round, ++seed) {
    SCOPED_TRACE(fmt::format("PURSER_LIVENESS_SEED={}", seed));
    Mix mix = Dice(seed).mix(fmt::format("seed {}", seed));
    Report fair = with_queue(mix, length_of_run() / 3, seed);
    print(mix, fair, without_queue(mix, length_of_run() / 3, seed));
    expect_the_promise(fair);
  }
}

// A working day of the plan that most begin with: 80, then up to 240 tokens a call beside 5 every minute, all
// looking every 5 s. A round of the two costs at most 245 tokens.
TEST(Liveness, TheTwoOfTheFirstPlanTakeTurns) {
  for (int workers : {1, 7}) {
    Mix mix{"the first plan",
            {5},
            {looking(backfillers(workers, 80, 240), seconds(5)), upserter(5, 5, minutes(1))}};
    Report report = with_queue(mix, hours(8), 20260101);
    expect_the_promise(report);
    EXPECT_GE(report.tasks[0].grants, 8);
    EXPECT_LE(std::abs(report.tasks[0].grants - report.tasks[1].grants), 2);
    EXPECT_EQ(report.refused_by_keepa, 0);
    for (const TaskReport& its : report.tasks) EXPECT_LE(its.longest, 2 * minutes((245 + 55) / 5));
  }
}

// A large buyer whose turns take exactly three of the rhythm of a small one that is advised to skip: it may
// be passed in one round, but not in all of them.
TEST(Liveness, NoRhythmOfTheOthersPassesATaskForEver) {
  for (auto comes_every : {minutes(15), minutes(12), minutes(9)}) {
    Fleet small = upserter(5, 5, comes_every);
    Mix mix{"in step", {5}, {looking(backfillers(1, 225, 225), seconds(5)), small}};
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      SCOPED_TRACE(fmt::format("every {} min, seed {}", comes_every.count(), seed));
      Report report = with_queue(mix, hours(30), seed);
      expect_the_promise(report);
      EXPECT_GE(report.tasks[1].grants, report.tasks[0].grants / 3);
    }
  }
}

}  // namespace
}  // namespace purser::keepa::liveness
