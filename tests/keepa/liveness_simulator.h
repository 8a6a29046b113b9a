// A simulated world of workers that live on one Keepa account: what they ask, what goes wrong around them,
// and what came of it. No sleeping: time is an event's instant, moved on an injected clock.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "purser/keepa.h"
#include "purser/keepa_policy.h"
#include "support/scratch.h"

namespace purser::keepa::liveness {

enum class Waits {
  looking,   // asks again at retry_at, at the latest after look_again
  sleeping,  // sleeps until retry_at, however long
  skipping,  // gives this run up and comes again after look_again, with other work
};

// A task and its workers.
struct Fleet {
  std::string task;
  std::optional<PolicyChange> policy = {};  // none: follows `standard`, or the upserter's
  int workers = 1;
  std::int64_t least = 1, most = 100;  // tokens that a call reserves
  Duration pause = std::chrono::seconds(1);
  Waits waits = Waits::looking;
  Duration look_again = std::chrono::seconds(5);
  bool has_network = true;  // asks Keepa for the balance where it is due
};

// Odds are per thousand calls, intervals means; 0 and zero: never.
struct Troubles {
  int dies_over_call = 0;  // the worker is gone with a grant in its hands, half of them with the call sent
  int answer_lost = 0;     // settled without an envelope
  int answer_late = 0;     // by minutes: out of order, some after the hold has expired
  int costs_more = 0;      // than reserved: up to four times
  int costs_less = 0;      // down to a quarter
  Duration waiter_dies{};
  Duration task_goes{};  // all its workers, for hours
  Duration plan_changes{};
  Duration rate_lies{};
  Duration policy_changes{};
  Duration purchases{};  // of a foreign consumer of the same key
  std::int64_t purchase = 0;
  Duration clock_steps{};
  int drift_ppm = 0;  // of the workers' clock against Keepa's
};

struct Mix {
  std::string name;
  std::vector<std::int64_t> plans = {5};  // tokens a minute; the first is what it begins with
  std::vector<Fleet> fleets;
  Troubles troubles = {};
};

// Who grants: the ledger, or what it is compared with.
class Purse {
 public:
  virtual ~Purse() = default;
  virtual AcquireOutcome acquire(std::size_t worker, const std::string& task, Millitokens cost) = 0;
  virtual bool settle(std::size_t worker, const std::string& reservation, const Settlement& with) = 0;
  virtual bool observe(std::size_t worker, const Observation& observation) = 0;  // true: applied
  virtual void set_policy(const std::string& task, const PolicyChange& change) = 0;
  virtual bool verify() = 0;
};

// The real ledger on a real file, one connection a worker.
std::unique_ptr<Purse> ledger_purse(const Mix& mix, const DatabaseOptions& options);
// The world without the queue: every task by its thresholds alone, none waits for another.
std::unique_ptr<Purse> bare_purse(const Mix& mix, const test::TestClock& clock);

struct TaskReport {
  std::string task;
  int grants = 0;
  int refused_by_keepa = 0;  // grants that met a 429
  int passed = 0;            // grants of tasks that came later than this one, which should have waited for it
  Duration longest{};        // wait of the task for a grant
  Duration allowed{};        // the bound of that wait
  double nearest = 0;        // the largest share of its bound that a wait has used
  Duration longest_served{};  // until a call was served, 429s included
};

struct Report {
  std::vector<TaskReport> tasks;
  std::vector<std::string> faults;  // what broke a promise
  Millitokens generated, lost;      // while somebody waited
  int refused_by_keepa = 0;         // 429s, and those that nothing explains
  int unexplained = 0;
  std::int64_t asks = 0;
  double used() const;  // share of the tokens that came while somebody waited
};

// The bound of src/keepa/policy.h for a task of `mix`, at so many tokens a minute.
Duration bound(const Mix& mix, Millitokens rate);

Report simulate(const Mix& mix, Purse& purse, test::TestClock& clock, Duration length, std::uint64_t seed);

}  // namespace purser::keepa::liveness
