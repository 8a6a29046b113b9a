#include "keepa/policies.h"

#include <fmt/format.h>

#include "base/text.h"
#include "keepa/sql.h"
#include "store/row_check.h"

namespace purser::keepa {
namespace {

constexpr Duration kMaxPatience = std::chrono::hours(24 * 30);

// Deciding relies on all of these.
void require_valid(const Policy& policy) {
  using store::require_row;
  require_row(policy.threshold.has_value() == policy.margin.has_value(),
              "keepa_policy: threshold and margin are both there or neither is");
  require_row(policy.threshold.has_value() != policy.buffer.has_value(),
              "keepa_policy: there is a threshold or a buffer, not both");
  require_row(!policy.buffer || !policy.max_deficit, "keepa_policy: beside a buffer is no max_deficit");
  require_row(policy.patience >= Duration::zero(), "keepa_policy: patience is never negative");
}

Policy read_policy(const store::Statement& row) {
  Policy policy{row.get<std::string>(0),
                row.get<std::optional<Millitokens>>(1),
                row.get<std::optional<Millitokens>>(2),
                row.get<std::optional<Millitokens>>(3),
                row.get<std::optional<Millitokens>>(4),
                row.get<Duration>(5)};
  require_valid(policy);
  return policy;
}

Error usage(const std::string& message) { return {ErrorCode::usage, message}; }

void require_amount(const char* what, const std::optional<Millitokens>& amount) {
  if (amount && (*amount < Millitokens{} || *amount > kMaxCost)) {
    throw usage(fmt::format("{}: must be from 0 to {} tokens", what, to_string(kMaxCost)));
  }
}

void require_valid(const PolicyChange& change) {
  require_amount("threshold", change.threshold);
  require_amount("margin", change.margin);
  require_amount("buffer", change.buffer);
  if (change.max_deficit.kind == DeficitChange::Kind::at_most) {
    require_amount("max deficit", change.max_deficit.limit);
  }
  if (change.buffer && (change.threshold || change.margin)) {
    throw usage("a policy has a threshold and a margin, or a buffer: not both");
  }
  if (change.patience && (*change.patience < Duration::zero() || *change.patience > kMaxPatience)) {
    throw usage("patience: must be from 0 to 30 days");
  }
}

std::optional<Millitokens> changed(std::optional<Millitokens> max_deficit, const DeficitChange& change) {
  switch (change.kind) {
    case DeficitChange::Kind::keep: return max_deficit;
    case DeficitChange::Kind::none: return std::nullopt;
    case DeficitChange::Kind::at_most: return change.limit;
  }
  return max_deficit;
}

// A policy that turns from a buffer to a threshold starts from the standard one's values.
Policy changed(Policy policy, const PolicyChange& change, const Policy& standard) {
  if (change.buffer) {
    policy.buffer = change.buffer;
    policy.threshold = policy.margin = policy.max_deficit = std::nullopt;
  }
  if (change.threshold || change.margin) {
    policy.threshold = change.threshold   ? change.threshold
                       : policy.threshold ? policy.threshold
                                          : standard.threshold;
    policy.margin = change.margin ? change.margin : policy.margin ? policy.margin : standard.margin;
    policy.buffer = std::nullopt;
  }
  policy.max_deficit = changed(policy.max_deficit, change.max_deficit);
  if (change.patience) policy.patience = *change.patience;
  if (policy.buffer && policy.max_deficit) throw usage("a policy with a buffer has no deficit to limit");
  if (!policy.buffer && (!policy.threshold || !policy.margin)) {
    throw usage("say both threshold and margin: the standard policy lends neither");
  }
  return policy;
}

std::optional<Policy> find_own_policy(store::Snapshot& view, std::string_view name) {
  auto row = view.rows(sql::kLoadPolicy, name);
  if (!row.step()) return std::nullopt;
  return read_policy(row);
}

std::optional<Policy> find_policy(store::Snapshot& view, const std::string& task) {
  auto own = find_own_policy(view, task);
  return own ? own : find_own_policy(view, "standard");
}

// For a database whose operator deleted even the standard policy.
Policy blank_policy() { return {{}, {}, {}, {}, {}, std::chrono::seconds(60)}; }

}  // namespace

Policy load_policy(store::Snapshot& view, const std::string& task) {
  if (auto policy = find_policy(view, task)) return *policy;
  throw Error(ErrorCode::corrupt,
              "the policy 'standard' is missing: "
              "`purser keepa policy set standard --threshold 50 --margin 5` makes it");
}

std::vector<Policy> policies(Database& database) {
  store::Snapshot view(database.connection());
  std::vector<Policy> all;
  auto row = view.rows(sql::kListPolicies);
  while (row.step()) all.push_back(read_policy(row));
  return all;
}

Policy set_policy(Database& database, const std::string& name, const PolicyChange& change) {
  require_name("policy", name);
  require_valid(change);
  store::Transaction transaction(database.connection());
  Policy standard = find_policy(transaction, "standard").value_or(blank_policy());
  Policy policy = changed(find_policy(transaction, name).value_or(blank_policy()), change, standard);
  policy.name = name;
  transaction.run(sql::kStorePolicy, name, policy.threshold, policy.margin, policy.buffer, policy.max_deficit,
                  policy.patience);
  transaction.commit();
  return policy;
}

}  // namespace purser::keepa
