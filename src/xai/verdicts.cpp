// The cache of verdicts.
#include <algorithm>

#include "store/connection.h"
#include "xai/prune.h"
#include "xai/quota_book.h"
#include "xai/sql.h"
#include "xai/verdict_rows.h"

namespace purser::xai {

namespace {

constexpr std::size_t kReadAtOnce = 1000;

// After every flight that there was: a late answer does not undo what a person put meanwhile.
std::optional<std::int64_t> newest_flight(store::Snapshot& view) {
  auto row = view.statement(sql::kNewestFlight);
  row.step();
  return row.get<std::optional<std::int64_t>>(0);
}

}  // namespace

// One statement is a snapshot of its own: no BEGIN, no lock that a writer wants, nothing written. The schema
// is looked at only where the statement fails.
std::optional<bool> Verdicts::look_up(const Question& question) {
  store::Connection& connection = database_->connection();
  try {
    auto row = bound_to(connection.statement(sql::kFindVerdict), question);
    return row.step() ? std::optional(row.get<bool>(0)) : std::nullopt;
  } catch (const Error&) {
    connection.require_unchanged_schema();
    throw;
  }
}

std::optional<bool> Verdicts::get(const Question& question) {
  require_valid(question);
  auto verdict = look_up(question);
  ++(verdict ? hits_ : misses_);
  return verdict;
}

// Not in one transaction, however many they are: the log is not copied beyond what a reader still sees.
std::vector<std::optional<bool>> Verdicts::get_all(const std::vector<Question>& questions) {
  for (const Question& question : questions) require_valid(question);
  std::vector<std::optional<bool>> verdicts;
  verdicts.reserve(questions.size());
  while (verdicts.size() < questions.size()) {
    store::Snapshot view(database_->connection());
    std::size_t end = std::min(verdicts.size() + kReadAtOnce, questions.size());
    while (verdicts.size() < end) {
      auto row = bound_to(view.statement(sql::kFindVerdict), questions[verdicts.size()]);
      verdicts.push_back(row.step() ? std::optional(row.get<bool>(0)) : std::nullopt);
      ++(verdicts.back() ? hits_ : misses_);
    }
  }
  return verdicts;
}

void Verdicts::put(const Question& question, bool verdict) {
  require_valid(question);
  store::Transaction change(database_->connection());
  QuotaBook book(change);
  put_verdict(change, question, verdict, newest_flight(change));
  book.count_lookups(hits_, misses_);
  change.commit();
  hits_ = misses_ = 0;
}

void Verdicts::store_counts() {
  if (hits_ == 0 && misses_ == 0) return;
  store::Transaction change(database_->connection());
  QuotaBook(change).count_lookups(hits_, misses_);
  change.commit();
  hits_ = misses_ = 0;
}

CacheStats Verdicts::stats() const {
  store::Snapshot view(database_->connection());
  CacheStats stats;
  {
    auto row = view.statement(sql::kCacheStats);
    row.step();
    stats.entries = row.get<std::int64_t>(0);
    stats.oldest_at = row.get<std::optional<Instant>>(1);
    stats.newest_at = row.get<std::optional<Instant>>(2);
  }
  auto row = view.statement(sql::kLoadLookups).bind(load_quota_at(view, view.now()).last_reset_date);
  if (row.step()) {
    stats.hits = row.get<std::int64_t>(0);
    stats.misses = row.get<std::int64_t>(1);
  }
  return stats;
}

// In small transactions, so that no worker waits long.
std::int64_t Verdicts::prune(Duration older_than) {
  if (older_than < Duration::zero()) throw Error(ErrorCode::usage, "older than: must not be negative");
  Clock& clock = database_->connection().clock();
  OldVerdicts old(database_->connection(), clock.now() - older_than);
  Portion portion(clock);
  std::int64_t removed = 0;
  while (auto some = old.remove_some(portion)) {
    removed += *some;
    portion.rest();
  }
  return removed;
}

}  // namespace purser::xai
