// Ledger::afford: what an acquire would be answered, without one. Takes no lock and writes nothing.
#include <fmt/format.h>

#include "base/text.h"
#include "keepa/account.h"
#include "keepa/policies.h"
#include "keepa/queue.h"
#include "keepa/sql.h"
#include "purser/keepa_status.h"

namespace purser::keepa {
namespace {

// Decided on where the query names no cost: when is anything granted at all?
constexpr Millitokens kLeastCost{1};

void require_valid(const AffordQuery& query) {
  require_name("task", query.task);
  if (!query.kind.empty()) require_name("kind", query.kind);
  if (query.cost && (*query.cost < Millitokens{} || *query.cost > kMaxCost)) {
    throw Error(ErrorCode::usage, fmt::format("cost: must be from 0 to {} tokens", to_string(kMaxCost)));
  }
}

// Rounded up. REQUIRES: sum >= 0, calls > 0.
Millitokens mean_of(Millitokens sum, std::int64_t calls) { return {(sum.count + calls - 1) / calls}; }

KindCost kind_cost(store::Snapshot& view, std::int64_t account, const std::string& kind) {
  auto row = view.rows(sql::kKindCost, account, kind, view.now(), kKindWindow);
  row.step();
  KindCost cost;
  cost.calls = row.get<std::int64_t>(0);
  if (cost.calls == 0) return cost;
  cost.mean = mean_of(row.get<Millitokens>(1), cost.calls);
  cost.max = row.get<Millitokens>(2);
  cost.reserved_mean = mean_of(row.get<Millitokens>(3), cost.calls);
  cost.last_at = row.get<Instant>(4);
  return cost;
}

std::optional<std::int64_t> calls_within(std::optional<Millitokens> largest, const KindCost& cost) {
  if (!largest || !cost.max || *cost.max == Millitokens{}) return std::nullopt;
  return largest->count / cost.max->count;
}

void add_decision(Affordable& affordable, const Decision& decision, Instant now) {
  affordable.now = decision.kind == DecisionKind::grant;
  affordable.never = decision.kind == DecisionKind::never;
  affordable.reason = decision.reason;
  affordable.place = decision.place;
  affordable.target = decision.target;
  if (affordable.now) affordable.at = now;
  if (decision.retry_after) affordable.at = now + *decision.retry_after;
}

}  // namespace

Affordable Ledger::afford(const AffordQuery& query) const {
  require_valid(query);
  store::Snapshot view(database_->connection());
  AccountRow account = load_account(view, account_);
  Bucket bucket = bucket_now(view, account);
  Policy policy = load_policy(view, query.task);
  auto queue = as_queue(live_places(view, account.id, bucket));
  AcquireQuery acquire{bucket, policy, queue, query.task, query.cost.value_or(kLeastCost), view.now()};
  Affordable affordable;
  affordable.largest = largest_granted(acquire);
  if (bucket.known) affordable.available = available(bucket);
  affordable.observe_due = observe_due(account.observed_at, view.now());
  add_decision(affordable, decide(acquire), view.now());
  if (!query.kind.empty()) {
    affordable.kind = kind_cost(view, account.id, query.kind);
    affordable.calls_affordable = calls_within(affordable.largest, *affordable.kind);
  }
  return affordable;
}

}  // namespace purser::keepa
