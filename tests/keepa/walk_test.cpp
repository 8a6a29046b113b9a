// A random walk of one account beside Keepa's own bucket: responses out of order, late, lost and mixed up,
// stamps ahead by up to a day, a clock of ours that steps. The ledger never believes more available than is
// true, except where the rules allow it:
//
// - A call that ended without its own response (it was lost, or its hold had expired) and that Keepa charged
//   after it made the response which is the balance now: the ledger has not heard of the charge.
// - A clock of ours that stepped forward: the ticks that begin within the steps, a minute's tokens for each
//   minute that was begun, until the next response is applied.
// - An order that nothing can tell. A stamp that is ahead and believed (at most 5 minutes by our clock)
//   orders like any other. Where a stamp is not believed, a response without a known request is applied, and
//   so is one to a reservation since whose grant nothing was applied. Until the latest response comes, the
//   truth is unknown.
//
// PURSER_WALK_SEED repeats a walk.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "keepa/simulated_keepa.h"
#include "purser/create.h"
#include "purser/keepa_status.h"
#include "support/scratch.h"

namespace purser::keepa {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t kRate = 5;
constexpr Duration kBelieved = minutes(5);

struct Dangers {
  int lies = 0;   // stamps that are ahead, per thousand
  int steps = 0;  // of our clock, per thousand turns
};

// A response of Keepa, and when it was true.
struct Said {
  Observation envelope;
  Duration at{};
  Duration lie{};
  int applied_as = 0;  // the how manieth
};

struct Work {
  std::string id;
  Millitokens cost;
  Duration granted_at{};
  int granted_after = 0;  // so many answers were applied
  bool granted_by_guess = false;
  std::optional<Said> answer = {};
  std::optional<Duration> charged_at = {};
  bool ended = false;              // as far as its worker knows
  std::optional<int> closed = {};  // the turn in which its hold ended
};

class Walk {
 public:
  Walk(Dangers dangers, std::uint64_t seed) : dangers_(dangers), random_(seed) {
    options_.path = folder_.file("purser.db");
    options_.clock = &clock_;
    create_database(options_, Durability::normal);
    database_.emplace(Database::open(options_));
    ledger_.emplace(*database_);
    Said first = say({});
    note(first, ledger_->observe(first.envelope).applied, {});
  }

  void run(int turns) {
    for (int i = 0; i < turns && !::testing::Test::HasFailure(); ++i) {
      pass(Duration(pick(1, happens(50) ? 600'000 : 20'000)));
      if (happens(dangers_.steps)) step();
      ++turns_;
      turn();
      look();
    }
    LedgerVerification sums = ledger_->verify();
    EXPECT_TRUE(sums.balance_matches && sums.held_matches);
  }

  int states() const { return states_; }
  int judged() const { return judged_; }
  int grants() const { return grants_; }

 private:
  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool happens(int per_thousand) { return static_cast<int>(random_() % 1000) < per_thousand; }

  // --- time ---

  Instant keepa_now() const { return start_ + now_; }
  void pass(Duration time) {
    now_ += time;
    clock_.advance(time);
    keepa_.pass(keepa_now(), false);
  }
  void step() {
    Duration size{happens(300) ? pick(1, 86'400'000) : pick(1, 900'000)};
    bool back = happens(500);
    Duration wrong_by = clock_.now() - keepa_now();
    if (happens(500)) {  // it is put right
      back = wrong_by > Duration::zero();
      size = back ? wrong_by : -wrong_by;
    }
    clock_.jump(back ? -size : size);
    if (!back) stepped_ += size;
  }

  // --- Keepa ---

  Said say(Millitokens cost) {
    SimulatedKeepa::Response answer = keepa_.respond(keepa_now(), cost);
    Said said{answer.envelope, now_, {}};
    if (happens(dangers_.lies))
      said.lie = happens(300) ? Duration(pick(1, 300'000)) : Duration(pick(300'001, 86'000'000));
    *said.envelope.server_time += said.lie;
    return said;
  }
  bool is_believed(const Said& said) const { return *said.envelope.server_time - clock_.now() <= kBelieved; }

  // --- the worker ---

  void turn() {
    switch (pick(0, 9)) {
      case 0:
      case 1: acquire(); break;
      case 2:
      case 3:
        if (Work* work = any([](const Work& w) { return !w.ended && !w.answer; })) send(*work);
        break;
      case 4:
      case 5:
        if (Work* work = any([](const Work& w) { return !w.ended && w.answer; })) settle(*work);
        break;
      case 6: tokens_.push_back(say({})); break;
      case 7:
        if (!tokens_.empty()) observe();
        break;
      case 8:
        if (Work* work = any([](const Work& w) { return !w.ended && !w.answer; })) give_up(*work);
        break;
      case 9: ledger_->leave(kTasks[random_() % 3]); break;
    }
  }

  template <typename Fits>
  Work* any(Fits fits) {
    std::vector<Work*> all;
    for (Work& work : works_) {
      if (fits(work)) all.push_back(&work);
    }
    return all.empty() ? nullptr : all[random_() % all.size()];
  }

  void acquire() {
    AcquireRequest request{.task = kTasks[random_() % 3], .cost = tokens(pick(1, 90))};
    request.expires_in = happens(300) ? Duration(minutes(1)) : kDefaultLifetime;
    AcquireOutcome outcome = ledger_->acquire(request);
    if (auto* granted = std::get_if<Granted>(&outcome)) {
      ++grants_;
      works_.push_back({granted->reservation, request.cost, now_, applied_, guessing_});
    }
  }

  // A worker that has lost its hold gives up: a call without one would spend tokens that are not held.
  void send(Work& work) {
    if (!is_open(work)) {
      work.ended = true;
      return;
    }
    work.answer = say(work.cost);
    if (work.answer->envelope.consumed != Millitokens{}) work.charged_at = now_;
    if (happens(50)) work.ended = true;  // it dies over its answer
  }

  void settle(Work& work) {
    work.ended = true;
    Settlement how;
    const Said* said = nullptr;
    if (!happens(100)) said = happens(80) ? another_answer(work) : &*work.answer;
    if (said != nullptr) how.observation = said->envelope;
    bool was_open = is_open(work);
    Millitokens before = balance();
    SettleOutcome outcome;
    try {
      outcome = ledger_->settle(work.id, how);
    } catch (const Error& fault) {
      EXPECT_EQ(fault.code(), ErrorCode::timestamp_ahead);
      said = nullptr;
      outcome = ledger_->settle(work.id, {.consumed = work.answer->envelope.consumed});
    }
    if (said == nullptr) return;
    bool is_free = was_open && !outcome.observed.applied && balance() == before;
    if (is_free) note_free(work, *said);
    note(*said, outcome.observed.applied, work.granted_after != applied_);
  }

  // One that was known before the reservation was granted.
  const Said* another_answer(const Work& work) {
    std::size_t known = 0;
    while (known < heard_.size() && heard_[known].applied_as <= work.granted_after) ++known;
    return known == 0 ? &*work.answer : &heard_[random_() % known];
  }

  void observe() {
    std::size_t which = random_() % tokens_.size();
    Said said = tokens_[which];
    tokens_.erase(tokens_.begin() + static_cast<std::ptrdiff_t>(which));
    try {
      note(said, ledger_->observe(said.envelope).applied, {});
    } catch (const Error& fault) {
      EXPECT_EQ(fault.code(), ErrorCode::timestamp_ahead);
    }
  }

  void give_up(Work& work) {
    work.ended = true;
    if (happens(700)) ledger_->release(work.id);
  }

  // --- what may be expected ---

  // `since`: whether something was applied since the grant; nullopt: the response has no known request.
  void note(const Said& said, bool applied, std::optional<bool> since) {
    bool in_order = is_believed(said) && (!known_ || is_believed(*known_));
    bool lied = in_order && (said.lie > Duration::zero() || (known_ && known_->lie > Duration::zero()));
    if (!applied) return;
    bool is_older = said.at < newest_;
    bool lower_won = !in_order && since.value_or(false);
    if (is_older && !lower_won) {
      EXPECT_TRUE(!in_order || lied || guessing_) << "an older answer overwrote a newer one";
      guessing_ = true;
    }
    if (!is_older) guessing_ = false;
    ++applied_;
    if (!lower_won || *said.envelope.server_time > *known_->envelope.server_time) {
      known_ = said;
      heard_.push_back(said);
      heard_.back().applied_as = applied_;
    }
    if (lower_won && is_older) return;  // the balance has only fallen
    newest_ = std::max(newest_, said.at);
    true_at_ = said.at;
    true_since_ = turns_;
    stepped_ = {};
  }

  // A call whose charge is taken to be in the balance already.
  void note_free(const Work& work, const Said& said) {
    bool is_in_it = !work.charged_at || *work.charged_at <= true_at_;
    if (is_in_it) return;
    bool lied = said.lie > Duration::zero() || known_->lie > Duration::zero();
    EXPECT_TRUE(lied || guessing_ || work.granted_by_guess)
        << "a call was charged nothing, and is in no answer";
    guessing_ = true;
  }

  Millitokens balance() { return ledger_->status().state.balance; }
  bool is_open(const Work& work) { return is_open(ledger_->status(), work.id); }
  static bool is_open(const Status& status, const std::string& id) {
    return std::any_of(status.reservations.begin(), status.reservations.end(),
                       [&id](const Reservation& open) { return open.id == id; });
  }

  void look() {
    ++states_;
    Status status = ledger_->status();
    Millitokens truth = keepa_.respond(keepa_now(), {}).envelope.tokens_left;
    Millitokens untold;
    for (Work& work : works_) {
      bool open = is_open(status, work.id);
      if (!open && !work.closed) work.closed = turns_;
      if (open && !work.charged_at) truth -= work.cost;
      bool is_in_the_balance = !work.charged_at || *work.charged_at <= true_at_;
      if (!open && !is_in_the_balance && *work.closed <= true_since_) untold += work.cost;
    }
    forget_old_works();
    if (guessing_) return;
    ++judged_;
    std::int64_t ticks = (stepped_ + minutes(1) - Duration{1}) / minutes(1);
    Millitokens stepped = ticks * tokens(kRate);
    EXPECT_LE(status.state.available, truth + untold + stepped) << fmt::format(
        "turn {}: {} available, {} are true; untold {}, stepped {} s", turns_,
        to_string(status.state.available), to_string(truth), to_string(untold), stepped_.count() / 1000);
  }

  void forget_old_works() {
    auto is_old = [this](const Work& work) { return now_ - work.granted_at > hours(30); };
    works_.erase(std::remove_if(works_.begin(), works_.end(), is_old), works_.end());
    if (heard_.size() > 40) heard_.erase(heard_.begin(), heard_.begin() + 20);
    if (tokens_.size() > 20) tokens_.erase(tokens_.begin());
  }

  static constexpr const char* kTasks[] = {"backfiller", "upserter", "gardener"};

  Dangers dangers_;
  std::mt19937_64 random_;
  test::ScratchFolder folder_;
  test::TestClock clock_;
  Instant start_ = clock_.now();
  Duration now_{};
  SimulatedKeepa keepa_{start_, tokens(kRate), tokens(200)};
  DatabaseOptions options_;
  std::optional<Database> database_;
  std::optional<Ledger> ledger_;

  std::vector<Work> works_;
  std::vector<Said> tokens_, heard_;
  std::optional<Said> known_;  // the last that was applied
  int applied_ = 0, turns_ = 0;
  Duration newest_{}, true_at_{};  // of all that was applied; of the balance
  int true_since_ = 0;             // the turn in which it became the balance
  Duration stepped_{};             // forward, since
  bool guessing_ = false;
  int states_ = 0, judged_ = 0, grants_ = 0;
};

std::optional<std::uint64_t> seed_from_environment() {
  const char* text = std::getenv("PURSER_WALK_SEED");
  if (text == nullptr) return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(NDEBUG)
constexpr int kTurns = 500;
#else
constexpr int kTurns = 10'000;
#endif

// Returns how many of its states could be judged.
int walk(Dangers dangers, std::uint64_t seed) {
  SCOPED_TRACE(fmt::format("PURSER_WALK_SEED={}, {} lies, {} steps", seed, dangers.lies, dangers.steps));
  Walk walk(dangers, seed);
  walk.run(kTurns);
  EXPECT_EQ(walk.states(), kTurns);
  EXPECT_GT(walk.grants(), kTurns / 100);
  return walk.judged();
}

void walk_all(Dangers dangers, double least_judged) {
  std::vector<std::uint64_t> seeds = {1, 2, 3, 14, std::random_device{}()};
  if (auto seed = seed_from_environment()) seeds = {*seed};
  int judged = 0;
  for (std::uint64_t seed : seeds) judged += walk(dangers, seed);
  EXPECT_GT(judged, least_judged * kTurns * static_cast<double>(seeds.size()));
}

TEST(Walk, OutOfOrderLateLostAndMixedUpAnswersNeverRaiseTheBalanceAboveTheTruth) { walk_all({}, 0.99); }

TEST(Walk, NorDoStampsThatAreAheadAndClocksThatStep) { walk_all({50, 10}, 0.3); }

}  // namespace
}  // namespace purser::keepa
