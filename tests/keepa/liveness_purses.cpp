// Who grants in the simulated world: the real ledger, and bare thresholds to compare it with.
#include <algorithm>

#include "keepa/liveness_simulator.h"
#include "keepa/policy.h"
#include "purser/keepa_status.h"

namespace purser::keepa::liveness {
namespace {

Policy with(const PolicyChange& change) {
  Policy policy{{}, tokens(50), tokens(5), {}, {}, std::chrono::seconds(60)};
  if (change.buffer) policy = {{}, {}, {}, change.buffer, {}, std::chrono::seconds(60)};
  if (change.threshold) policy.threshold = change.threshold;
  if (change.margin) policy.margin = change.margin;
  if (change.max_deficit.kind == DeficitChange::Kind::at_most) policy.max_deficit = change.max_deficit.limit;
  return policy;
}

class LedgerPurse final : public Purse {
 public:
  LedgerPurse(const Mix& mix, DatabaseOptions options) {
    for (const Fleet& fleet : mix.fleets) {
      for (int i = 0; i < fleet.workers; ++i) {
        options.worker = "test:" + std::to_string(databases_.size());
        databases_.push_back(Database::open(options));
      }
      if (fleet.policy) keepa::set_policy(databases_.front(), fleet.task, *fleet.policy);
    }
    for (Database& database : databases_) ledgers_.emplace_back(database);
  }
  AcquireOutcome acquire(std::size_t worker, const std::string& task, Millitokens cost) override {
    return ledgers_[worker].acquire({.task = task, .cost = cost});
  }
  bool settle(std::size_t worker, const std::string& reservation, const Settlement& how) override {
    return ledgers_[worker].settle(reservation, how).observed.applied;
  }
  bool observe(std::size_t worker, const Observation& observation) override {
    return ledgers_[worker].observe(observation).applied;
  }
  void set_policy(const std::string& task, const PolicyChange& change) override {
    keepa::set_policy(databases_.front(), task, change);
  }
  bool verify() override {
    LedgerVerification verified = ledgers_.front().verify();
    return verified.balance_matches && verified.held_matches;
  }

 private:
  std::vector<Database> databases_;
  std::vector<Ledger> ledgers_;
};

class BarePurse final : public Purse {
 public:
  BarePurse(const Mix& mix, const test::TestClock& clock) : clock_(clock) {
    policies_["upserter"] = with({.buffer = tokens(20)});
    for (const Fleet& fleet : mix.fleets) {
      if (fleet.policy) policies_[fleet.task] = with(*fleet.policy);
    }
  }
  AcquireOutcome acquire(std::size_t, const std::string& task, Millitokens cost) override {
    pass();
    auto own = policies_.find(task);
    Policy policy = own == policies_.end() ? with({}) : own->second;
    Decision decision = decide({bucket_, policy, {}, task, cost, clock_.now()});
    bool due = observe_due(observed_at_, clock_.now());
    if (decision.kind == DecisionKind::never) return Never{*decision.reason, {}, decision.target, due};
    if (decision.kind == DecisionKind::refuse)
      return Refused{*decision.reason, {}, decision.target, {}, decision.retry_after, {}, due};
    bucket_.held += cost;
    Instant expires_at = clock_.now() + kDefaultLifetime;
    holds_.push_back({std::to_string(++count_), task, {}, cost, expires_at, kDefaultLifetime});
    return Granted{holds_.back().id, {}, expires_at, false, {}};
  }
  bool settle(std::size_t, const std::string& reservation, const Settlement& how) override {
    pass();
    bool news = how.observation && is_news(*how.observation);
    auto hold = std::find_if(holds_.begin(), holds_.end(),
                             [&](const OpenHold& open) { return open.id == reservation; });
    if (hold != holds_.end()) {
      if (!how.observation) bucket_.balance -= hold->cost;
      bucket_.held -= hold->cost;
      holds_.erase(hold);
    }
    if (news) apply(*how.observation);
    return news;
  }
  bool observe(std::size_t, const Observation& observation) override {
    pass();
    bool news = is_news(observation);
    if (news) apply(observation);
    return news;
  }
  void set_policy(const std::string& task, const PolicyChange& change) override {
    policies_[task] = with(change);
  }
  bool verify() override { return true; }

 private:
  void pass() {
    std::vector<OpenHold> due;
    for (const OpenHold& hold : holds_) {
      if (hold.expires_at <= clock_.now()) due.push_back(hold);
    }
    auto by_instant = [](const OpenHold& a, const OpenHold& b) { return a.expires_at < b.expires_at; };
    std::stable_sort(due.begin(), due.end(), by_instant);
    bucket_ = project(bucket_, due, clock_.now()).bucket;
    auto is_due = [this](const OpenHold& hold) { return hold.expires_at <= clock_.now(); };
    holds_.erase(std::remove_if(holds_.begin(), holds_.end(), is_due), holds_.end());
  }
  bool is_news(const Observation& observation) const {
    return !server_time_ || *observation.server_time > *server_time_;
  }
  void apply(const Observation& observation) {
    bucket_.known = true;
    bucket_.balance = observation.tokens_left;
    bucket_.refill_rate = *observation.refill_rate;
    bucket_.as_of = clock_.now();
    bucket_.next_tick = clock_.now() + *observation.refill_in;
    observed_at_ = clock_.now();
    server_time_ = observation.server_time;
  }

  const test::TestClock& clock_;
  std::map<std::string, Policy> policies_;
  Bucket bucket_;
  std::vector<OpenHold> holds_;
  std::int64_t count_ = 0;
  std::optional<Instant> observed_at_, server_time_;
};

}  // namespace

std::unique_ptr<Purse> ledger_purse(const Mix& mix, const DatabaseOptions& options) {
  return std::make_unique<LedgerPurse>(mix, options);
}

std::unique_ptr<Purse> bare_purse(const Mix& mix, const test::TestClock& clock) {
  return std::make_unique<BarePurse>(mix, clock);
}

}  // namespace purser::keepa::liveness
