// What to send next: what an acquire would be answered, without asking for it. No lock, no row.
#include <fmt/format.h>

#include "base/text.h"
#include "keepa/book.h"
#include "keepa/policies.h"
#include "keepa/queue.h"
#include "keepa/sql.h"

namespace purser::keepa {
namespace {

// Where no cost is asked about: when is anything granted at all?
constexpr Millitokens kLeastCost{1};

void require_valid(const AffordQuestion& question) {
  require_name("task", question.task);
  if (!question.kind.empty()) require_name("kind", question.kind);
  if (question.cost && (*question.cost < Millitokens{} || *question.cost > kMaxCost)) {
    throw Error(ErrorCode::usage, fmt::format("cost: must be from 0 to {} tokens", to_string(kMaxCost)));
  }
}

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

void add_verdict(Affordable& affordable, const Verdict& verdict, Instant now) {
  affordable.now = verdict.answer == Answer::grant;
  affordable.never = verdict.answer == Answer::never;
  affordable.reason = verdict.reason;
  affordable.place = verdict.place;
  affordable.target = verdict.target;
  if (affordable.now) affordable.at = now;
  if (verdict.retry_after) affordable.at = now + *verdict.retry_after;
}

}  // namespace

Affordable Ledger::afford(const AffordQuestion& question) const {
  require_valid(question);
  store::Snapshot view(database_->connection());
  AccountRow account = load_account(view, account_);
  Bucket bucket = project(account.bucket, due_holds(view, account.id, view.now()), view.now()).bucket;
  Policy policy = load_policy(view, question.task);
  auto queue = as_queue(live_places(view, account.id, bucket));
  Question asked{bucket, policy, queue, question.task, question.cost.value_or(kLeastCost), view.now()};
  Affordable affordable;
  affordable.largest = largest_granted(asked);
  if (bucket.known) affordable.available = available(bucket);
  affordable.observe_due = observe_due(account.observed_at, view.now());
  add_verdict(affordable, decide(asked), view.now());
  if (!question.kind.empty()) {
    affordable.kind = kind_cost(view, account.id, question.kind);
    affordable.calls_affordable = calls_within(affordable.largest, *affordable.kind);
  }
  return affordable;
}

}  // namespace purser::keepa
