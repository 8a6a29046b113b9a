#include "keepa/liveness_simulator.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "keepa/simulated_keepa.h"
#include "purser/keepa_status.h"

namespace purser::keepa::liveness {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t kMostExtra = 375;  // what a call may cost beyond its reservation: 125 becomes 500
constexpr std::int64_t kMostCharged = 500;
constexpr Duration kQueuedNap = seconds(40);

bool chance(int per_thousand, std::mt19937_64& random) {
  return static_cast<int>(random() % 1000) < per_thousand;
}

// --- The bound, term by term as in policy.h --------------------------------------------------------

std::int64_t target_of(const Fleet& fleet, const Troubles& troubles) {
  std::int64_t target = 55;
  PolicyChange policy = fleet.policy.value_or(PolicyChange{});
  bool buffer = policy.buffer || (fleet.task == "upserter" && !fleet.policy);
  if (buffer || troubles.policy_changes > Duration::zero()) target = std::max(target, fleet.most + 20);
  if (policy.max_deficit.kind == DeficitChange::Kind::at_most)
    target = std::max(target, fleet.most - policy.max_deficit.limit.count / 1000);
  return target;
}

Duration patience_of(const Fleet& fleet) {
  if (fleet.policy && fleet.policy->patience) return *fleet.policy->patience;
  return fleet.task == "upserter" ? Duration(minutes(20)) : Duration(minutes(1));
}

// Comes again, but so late that its place does not hold the others up until then, unless it was passed
// before.
bool is_slow(const Fleet& fleet) {
  return fleet.waits == Waits::skipping && fleet.look_again > patience_of(fleet) / 2;
}
bool may_be_passed(const Fleet& fleet) { return fleet.waits == Waits::sleeping || is_slow(fleet); }

struct Terms {
  std::int64_t tasks = 0, workers = 0;
  std::int64_t target = 0, cost = 0, surprise = 0;  // tokens
  Duration between_asks{};
};

Terms terms_of(const Mix& mix) {
  const Troubles& troubles = mix.troubles;
  Terms terms;
  terms.tasks = static_cast<std::int64_t>(mix.fleets.size());
  for (const Fleet& fleet : mix.fleets) {
    terms.target = std::max(terms.target, target_of(fleet, troubles));
    terms.cost = std::max(terms.cost, fleet.most);
    terms.workers += fleet.workers;
    terms.between_asks = std::max({terms.between_asks, patience_of(fleet), fleet.look_again});
  }
  if (troubles.costs_more > 0) terms.surprise = std::min(3 * terms.cost, kMostExtra);
  bool counted_twice = troubles.answer_lost + troubles.answer_late + troubles.dies_over_call > 0;
  if (counted_twice) terms.surprise += terms.cost;
  return terms;
}

Duration refill_of(std::int64_t whole_tokens, Millitokens rate) {
  return Duration((whole_tokens * 60'000'000 + rate.count - 1) / rate.count);
}

// What a pass may cost a task: its tokens came early and another task took them.
Duration bound_of_a_pass(const Mix& mix, Millitokens rate) {
  Terms terms = terms_of(mix);
  return refill_of(terms.target + terms.cost + terms.surprise, rate) + kDefaultLifetime + terms.between_asks +
         minutes(1);
}

// --- The world -------------------------------------------------------------------------------------

enum class Phase { pausing, asking, sending, answering, dead };

struct Worker {
  std::size_t number, task;
  Duration next{};
  Phase phase = Phase::pausing;
  bool waits = false;  // refused, and means to ask again
  std::int64_t cost = 0, charged = 0;
  std::string reservation = {};
  std::int64_t grant = 0;
  Duration granted_at{}, sent_at{};
  bool granted_in_doubt = false, will_be_lost = false, dies = false;
  SimulatedKeepa::Response answer = {};
};

struct Task {
  const Fleet* fleet;
  TaskReport report;
  int waiting = 0;                            // workers
  std::optional<Duration> since = {};         // the first refusal that no grant has answered
  std::optional<Duration> came = {};          // likewise, but its workers may have died meanwhile
  std::optional<Duration> hungry_since = {};  // likewise, that no served call has answered
  Millitokens lowest_rate = {};
  int restarts = 0;         // what may cost a place its rank, or let the others pass it once
  int passed = 0;           // by grants of tasks that came later
  bool came_again = false;  // after it was passed
  Duration steps_back = {};
  bool changed_policy = false;
};

class World {
 public:
  World(const Mix& mix, Purse& purse, test::TestClock& clock, std::uint64_t seed)
      : mix_(mix),
        purse_(purse),
        clock_(clock),
        random_(seed),
        start_(clock.now()),
        keepa_(keepa_now(), tokens(mix.plans.front()), tokens(pick(-100, 60 * mix.plans.front()))) {
    for (const Fleet& fleet : mix.fleets) hire(fleet);
    every(mix.troubles.waiter_dies, &World::a_waiter_dies);
    every(mix.troubles.task_goes, &World::a_task_goes);
    every(mix.troubles.plan_changes, &World::the_plan_changes);
    every(mix.troubles.rate_lies, &World::the_rate_lies);
    every(mix.troubles.policy_changes, &World::a_policy_changes);
    every(mix.troubles.purchases, &World::a_stranger_buys);
    every(mix.troubles.clock_steps, &World::the_clock_steps);
  }

  Report run(Duration length) {
    every(length / 4, &World::verify);
    look_at_keepa(workers_.front());
    for (;;) {
      Worker& worker = *std::min_element(workers_.begin(), workers_.end(),
                                         [](const Worker& a, const Worker& b) { return a.next < b.next; });
      auto timer = std::min_element(timers_.begin(), timers_.end(),
                                    [](const Timer& a, const Timer& b) { return a.next < b.next; });
      bool is_timer = timer != timers_.end() && timer->next < worker.next;
      Duration next = is_timer ? timer->next : worker.next;
      if (next > length) break;
      require_progress(next, worker);
      pass_to(next);
      if (is_timer) {
        timer->next = now_ + around(timer->mean);
        (this->*timer->act)();
      } else {
        act(worker);
      }
    }
    return close();
  }

 private:
  struct Timer {
    Duration next, mean;
    void (World::*act)();
  };

  // --- time ---

  Instant keepa_now() const { return start_ + now_ + milliseconds(137); }

  // Fails if a task is refused with no wait, asks again at once, and so on for ever.
  void require_progress(Duration next, const Worker& worker) {
    constexpr int kMostAtOnce = 100'000;
    acts_at_once_ = next > now_ ? 0 : acts_at_once_ + 1;
    if (acts_at_once_ <= kMostAtOnce) return;
    throw std::runtime_error("time stands still: " + task(worker).fleet->task + " asks for " +
                             std::to_string(worker.cost) + " tokens again and again at one instant");
  }

  void pass_to(Duration next) {
    Duration passed = std::max(next - now_, Duration::zero());
    now_ += passed;
    keepa_.pass(keepa_now(), somebody_waits());
    clock_.advance(passed);
    drift_ += passed.count() * mix_.troubles.drift_ppm;
    clock_.jump(Duration(drift_ / 1'000'000));
    drift_ %= 1'000'000;
  }
  void every(Duration mean, void (World::*what)()) {
    if (mean > Duration::zero()) timers_.push_back({around(mean), mean, what});
  }
  Duration around(Duration mean) { return mean / 2 + Duration(pick(0, mean.count())); }
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool happens(int per_thousand) { return chance(per_thousand, random_); }

  // --- a worker's life ---

  void hire(const Fleet& fleet) {
    for (int i = 0; i < fleet.workers; ++i)
      workers_.push_back({workers_.size(), tasks_.size(), Duration(pick(0, 60'000))});
    tasks_.push_back({&fleet, {fleet.task}});
  }

  void act(Worker& worker) {
    switch (worker.phase) {
      case Phase::dead:
      case Phase::pausing: begin(worker); break;
      case Phase::asking: ask(worker); break;
      case Phase::sending: send(worker); break;
      case Phase::answering: settle(worker); break;
    }
  }

  void begin(Worker& worker) {
    const Fleet& fleet = *task(worker).fleet;
    worker.phase = Phase::asking;
    worker.cost = pick(fleet.least, fleet.most);
    worker.charged = worker.cost;
    if (happens(mix_.troubles.costs_more))
      worker.charged = std::min({pick(2, 4) * worker.cost, kMostCharged, worker.cost + kMostExtra});
    if (happens(mix_.troubles.costs_less))
      worker.charged = std::max<std::int64_t>(1, worker.cost / pick(2, 4));
    ask(worker);
  }

  AcquireOutcome acquire(const Worker& worker) {
    ++report_.asks;
    return purse_.acquire(worker.number, task(worker).fleet->task, tokens(worker.cost));
  }

  void ask(Worker& worker) {
    AcquireOutcome outcome = acquire(worker);
    auto* refused = std::get_if<Refused>(&outcome);
    auto* never = std::get_if<Never>(&outcome);
    bool due = refused != nullptr ? refused->observe_due : never != nullptr && never->observe_due;
    if (due && task(worker).fleet->has_network) {
      look_at_keepa(worker);
      outcome = acquire(worker);
    }
    if (auto* granted = std::get_if<Granted>(&outcome)) {
      take(worker, *granted);
    } else if (auto* told = std::get_if<Refused>(&outcome)) {
      wait(worker, *told);
    } else {
      stop_waiting(worker);  // never: it comes again with other work
      worker.phase = Phase::pausing;
      worker.next = now_ + around(minutes(15));
    }
  }

  void look_at_keepa(const Worker& worker) {
    auto answer = keepa_.respond(keepa_now(), {});
    Duration asked_at = now_;
    if (purse_.observe(worker.number, answer.envelope)) believe(asked_at, answer);
  }

  void wait(Worker& worker, const Refused& refused) {
    Task& its = task(worker);
    if (!worker.waits) ++its.waiting;
    worker.waits = true;
    if (!its.hungry_since) its.hungry_since = now_;
    if (!its.since) start_wait(its);
    its.came_again = its.passed > 0;
    if (!its.came) its.came = now_;
    Duration told = refused.retry_after.value_or(its.fleet->look_again);
    // A task that waits only for a slow one's turn is given one second; many asks within the patience are
    // one.
    if (refused.reason == Reason::queued) told = std::max(told, kQueuedNap);
    switch (its.fleet->waits) {
      case Waits::looking: worker.next = now_ + std::min(told, its.fleet->look_again); break;
      case Waits::sleeping: worker.next = now_ + told; break;
      case Waits::skipping:
        worker.phase = Phase::pausing;
        worker.next = now_ + its.fleet->look_again;
        break;
    }
  }

  void start_wait(Task& its) {
    its.since = now_;
    its.lowest_rate = keepa_.rate();
    its.restarts = 0;
    its.passed = 0;
    its.came_again = false;
    its.steps_back = {};
  }

  void stop_waiting(Worker& worker) {
    if (!worker.waits) return;
    worker.waits = false;
    if (--task(worker).waiting > 0) return;
    task(worker).since.reset();
    task(worker).hungry_since.reset();
  }

  void take(Worker& worker, const Granted& granted) {
    Task& its = task(worker);
    ++its.report.grants;
    note_wait(its);
    note_passing(its);
    its.since.reset();
    its.came.reset();
    auto hungry = its.hungry_since;
    stop_waiting(worker);
    its.hungry_since = hungry;
    worker.reservation = granted.reservation;
    worker.grant = ++grants_;
    worker.granted_at = now_;
    worker.granted_in_doubt = doubt_.has_value();
    worker.will_be_lost = happens(mix_.troubles.answer_lost);
    worker.dies = happens(mix_.troubles.dies_over_call);
    worker.phase = Phase::sending;
    worker.next = now_ + Duration(pick(100, 2'000));
    if (worker.dies && happens(500)) die(worker, around(hours(1)));
  }

  void send(Worker& worker) {
    worker.sent_at = now_;
    worker.answer = keepa_.respond(keepa_now(), tokens(worker.charged));
    if (worker.answer.refused) {
      ++report_.refused_by_keepa;
      ++task(worker).report.refused_by_keepa;
      // A later grant may go into debt and be sent earlier: that is within the rules, too.
      bool explained = worker.granted_in_doubt || (disturbed_ && *disturbed_ >= worker.granted_at) ||
                       latest_charged_ > worker.grant;
      if (!explained) {
        ++report_.unexplained;
        fault(fmt::format("{}: a grant of {} tokens met a 429", task(worker).report.task, worker.cost));
      }
    } else {
      note_served(task(worker));
      latest_charged_ = std::max(latest_charged_, worker.grant);
      if (worker.charged > worker.cost || worker.will_be_lost || worker.dies) disturb();
    }
    worker.phase = Phase::answering;
    worker.next = now_ + Duration(pick(200, 5'000));
    if (happens(mix_.troubles.answer_late)) worker.next = now_ + Duration(pick(60'000, 720'000));
    if (worker.dies) die(worker, around(hours(1)));
  }

  void settle(Worker& worker) {
    Settlement how;
    bool lost = worker.will_be_lost && !worker.answer.refused;
    if (!lost) how.observation = worker.answer.envelope;
    if (purse_.settle(worker.number, worker.reservation, how)) believe(worker.sent_at, worker.answer);
    bool again = worker.answer.refused;
    worker.phase = again ? Phase::asking : Phase::pausing;
    Duration nap = std::clamp(*worker.answer.envelope.refill_in, Duration(seconds(1)), Duration(seconds(5)));
    worker.next = now_ + (again ? nap : task(worker).fleet->pause);
  }

  void die(Worker& worker, Duration away) {
    stop_waiting(worker);
    worker.phase = Phase::dead;
    worker.next = now_ + away;
  }

  // --- what the purse believes, and whether it can ---

  // An answer of the instant `at` became the balance.
  void believe(Duration at, const SimulatedKeepa::Response& answer) {
    Millitokens rate = *answer.envelope.refill_rate;
    if (rate < believed_rate_) others_may_pass(rate);
    believed_rate_ = rate;
    if (at < believed_) doubt_ = believed_;  // a clock that stepped back let an older answer pass
    believed_ = std::max(believed_, at);
    if (answer.lies) {
      disturb();
    } else if (doubt_ && at >= *doubt_) {
      doubt_.reset();
    }
  }
  // From now on the belief may be above the truth, until an answer of a later instant.
  void disturb() { doubt_ = disturbed_ = now_; }

  // --- troubles ---

  void a_waiter_dies() {
    std::vector<Worker*> waiting;
    for (Worker& worker : workers_) {
      if (worker.waits) waiting.push_back(&worker);
    }
    if (!waiting.empty()) die(*waiting[random_() % waiting.size()], Duration(pick(60'000, 21'600'000)));
  }
  void a_task_goes() {
    std::size_t gone = random_() % tasks_.size();
    for (Worker& worker : workers_) {
      if (worker.task == gone) die(worker, Duration(pick(3'600'000, 86'400'000)));
    }
  }
  void the_plan_changes() {
    Millitokens rate = tokens(mix_.plans[random_() % mix_.plans.size()]);
    keepa_.change_plan(rate);
    for (Task& its : tasks_) its.lowest_rate = std::min(its.lowest_rate, rate);
    disturb();
  }
  void the_rate_lies() {
    bool up = happens(700);
    keepa_.lie_once({keepa_.rate().count * (up ? 12 : 2) / (up ? 5 : 4)});
  }
  void a_policy_changes() {
    Task& its = tasks_[random_() % tasks_.size()];
    if (its.fleet->policy || its.fleet->task == "upserter") return;
    its.changed_policy = !its.changed_policy;
    bool now_buffer = its.changed_policy;
    purse_.set_policy(its.fleet->task, now_buffer
                                           ? PolicyChange{.buffer = tokens(20)}
                                           : PolicyChange{.threshold = tokens(50), .margin = tokens(5)});
  }
  void a_stranger_buys() {
    keepa_.respond(keepa_now(), tokens(pick(1, mix_.troubles.purchase)));
    disturb();
  }
  void the_clock_steps() {
    Duration size{pick(1, 2'000)};
    if (happens(250)) size = Duration(pick(1'000, 600'000));
    if (happens(50)) size = Duration(pick(600'000, 3'000'000));
    bool back = happens(500);
    clock_.jump(back ? -size : size);
    disturb();
    for (Task& its : tasks_) {
      if (back) its.steps_back += size;
      // Who asks every 5 s keeps its place over a step of less than its patience.
      if (!back && size > patience_of(*its.fleet) / 4) ++its.restarts;
    }
  }
  // A believed capacity that shrinks may put targets out of reach.
  void others_may_pass(Millitokens rate) {
    for (Task& its : tasks_) {
      ++its.restarts;
      its.lowest_rate = std::min(its.lowest_rate, rate);
    }
  }

  // --- the books ---

  Task& task(const Worker& worker) { return tasks_[worker.task]; }
  bool somebody_waits() const {
    return std::any_of(tasks_.begin(), tasks_.end(), [](const Task& its) { return its.waiting > 0; });
  }
  void fault(const std::string& what) {
    if (report_.faults.size() < 10)
      report_.faults.push_back(
          fmt::format("day {:.3f}: {}", static_cast<double>(now_.count()) / 86.4e6, what));
  }
  Duration allowed(const Task& its) const {
    Duration all = (1 + its.restarts) * bound(mix_, its.lowest_rate) + its.steps_back;
    if (may_be_passed(*its.fleet)) all += its.passed * bound_of_a_pass(mix_, its.lowest_rate);
    return all;
  }
  void note_passing(const Task& granted) {
    Duration came = granted.came.value_or(now_);
    for (Task& its : tasks_) {
      if (!its.since || *its.since >= came || &its == &granted) continue;
      ++its.passed;
      bool excused = its.fleet->waits == Waits::sleeping || (is_slow(*its.fleet) && !its.came_again);
      if (!excused && its.restarts == 0) ++its.report.passed;
    }
  }
  void note_wait(Task& its) {
    if (!its.since) return;
    Duration waited = now_ - *its.since;
    Duration most = allowed(its);
    if (waited > its.report.longest) {
      its.report.longest = waited;
      its.report.allowed = most;
    }
    its.report.nearest =
        std::max(its.report.nearest, static_cast<double>(waited.count()) / static_cast<double>(most.count()));
    if (waited > most) {
      fault(fmt::format("{} waited {:.1f} minutes, where {:.1f} are the bound", its.report.task,
                        static_cast<double>(waited.count()) / 60e3,
                        static_cast<double>(most.count()) / 60e3));
    }
  }
  void note_served(Task& its) {
    if (its.hungry_since)
      its.report.longest_served = std::max(its.report.longest_served, now_ - *its.hungry_since);
    its.hungry_since.reset();
  }
  void verify() {
    if (!purse_.verify()) fault("the sums of the ledger are wrong");
  }

  Report close() {
    for (Task& its : tasks_) {
      note_wait(its);  // of a task that still waits at the end, too
      report_.tasks.push_back(its.report);
    }
    verify();
    report_.generated = keepa_.generated();
    report_.lost = keepa_.lost();
    return report_;
  }

  const Mix& mix_;
  Purse& purse_;
  test::TestClock& clock_;
  std::mt19937_64 random_;
  Instant start_;
  Duration now_{};  // true time since start_
  int acts_at_once_ = 0;
  std::int64_t drift_ = 0;
  SimulatedKeepa keepa_;
  std::vector<Task> tasks_;
  std::vector<Worker> workers_;
  std::vector<Timer> timers_;
  Duration believed_{};
  Millitokens believed_rate_;
  std::optional<Duration> doubt_, disturbed_;
  std::int64_t grants_ = 0, latest_charged_ = 0;  // in the order of the grants
  Report report_;
};

}  // namespace

double Report::used() const {
  if (generated == Millitokens{}) return 1;
  return 1 - static_cast<double>(lost.count) / static_cast<double>(generated.count);
}

Duration bound(const Mix& mix, Millitokens rate) {
  Terms terms = terms_of(mix);
  std::int64_t needed =
      terms.target + terms.tasks * (terms.cost + terms.surprise) + terms.workers * terms.surprise;
  return refill_of(needed, rate) + terms.tasks * (kDefaultLifetime + terms.between_asks + minutes(1));
}

Report simulate(const Mix& mix, Purse& purse, test::TestClock& clock, Duration length, std::uint64_t seed) {
  return World(mix, purse, clock, seed).run(length);
}

}  // namespace purser::keepa::liveness
