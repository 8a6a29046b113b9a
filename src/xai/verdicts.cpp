// The cache of verdicts.
#include <algorithm>

#include "base/text.h"
#include "store/connection.h"
#include "xai/old_verdicts.h"
#include "xai/quota_book.h"
#include "xai/sql.h"
#include "xai/verdict_rows.h"

namespace purser::xai {

namespace {

constexpr std::size_t kReadAtOnce = 1000;

// After every flight that there was: a late answer does not undo what a person put meanwhile.
std::optional<std::int64_t> newest_flight(store::Snapshot& view) {
  auto row = view.rows(sql::kNewestFlight);
  row.step();
  return row.get<std::optional<std::int64_t>>(0);
}

CachedVerdict cached_in(const store::Statement& row) {
  CachedVerdict cached;
  cached.question = {row.get<std::string>(0),
                     row.get<std::string>(1),
                     row.get<std::string>(2),
                     {row.get<std::int64_t>(3)},
                     row.get<std::string>(4)};
  cached.verdict = row.get<std::optional<bool>>(5);
  cached.model = row.get<std::optional<std::string>>(6);
  cached.stored_at = row.get<Instant>(7);
  cached.refused_at = row.get<std::optional<Instant>>(8);
  return cached;
}

// What was stored before it goes.
Instant oldest_kept(const PruneFilter& filter, Instant now) {
  if (!filter.older_than && !filter.model) {
    throw Error(ErrorCode::usage, "what is to be removed: older than, or the model, or both");
  }
  if (!filter.older_than) return Instant::max();
  if (*filter.older_than < Duration::zero())
    throw Error(ErrorCode::usage, "older than: must not be negative");
  return now - *filter.older_than;
}

}  // namespace

std::optional<bool> Verdicts::get(const Question& question, const std::optional<Duration>& max_age) {
  require_valid(question);
  auto verdict = find_hit(database_->connection(), question, max_age);
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
      verdicts.push_back(find_hit(view, questions[verdicts.size()]));
      ++(verdicts.back() ? hits_ : misses_);
    }
  }
  return verdicts;
}

void Verdicts::put(const Question& question, bool verdict, const std::string& model) {
  require_valid(question);
  if (!model.empty()) require_name("model", model);
  store::Transaction change(database_->connection());
  QuotaBook book(change);
  put_verdict(change, question, verdict, {change.now(), newest_flight(change), model});
  store_counts(book);
  change.commit();
  forget_counts();
}

bool Verdicts::remove(const Question& question) {
  require_valid(question);
  store::Transaction change(database_->connection());
  auto row = find_verdict(change, question);
  if (row) change.run(sql::kDeleteVerdict, row->id);
  change.commit();
  return row.has_value();
}

std::vector<CachedVerdict> Verdicts::list(const CacheFilter& filter) const {
  if (filter.last < 1) throw Error(ErrorCode::usage, "last: must be at least 1");
  store::Snapshot view(database_->connection());
  std::vector<CachedVerdict> all;
  auto row = view.rows(sql::kLastVerdicts, filter.model, filter.question, filter.last);
  while (row.step()) all.push_back(cached_in(row));
  std::reverse(all.begin(), all.end());
  return all;
}

void Verdicts::store_counts() {
  if (hits_ == 0 && misses_ == 0 && assumed_ == 0) return;
  store::Transaction change(database_->connection());
  QuotaBook book(change);
  store_counts(book);
  change.commit();
  forget_counts();
}

void Verdicts::store_counts(QuotaBook& book) const { book.count_lookups(hits_, misses_, assumed_); }

CacheStats Verdicts::stats() const {
  store::Snapshot view(database_->connection());
  CacheStats stats;
  {
    auto row = view.rows(sql::kCacheStats);
    row.step();
    stats.entries = row.get<std::int64_t>(0);
    stats.oldest_at = row.get<std::optional<Instant>>(1);
    stats.newest_at = row.get<std::optional<Instant>>(2);
  }
  auto row = view.rows(sql::kLoadLookups, load_quota_at(view, view.now()).last_reset_date);
  if (row.step()) {
    stats.hits = row.get<std::int64_t>(0);
    stats.misses = row.get<std::int64_t>(1);
  }
  return stats;
}

// In small transactions, so that no worker waits long.
std::int64_t Verdicts::prune(const PruneFilter& filter) {
  Clock& clock = database_->connection().clock();
  OldVerdicts old(database_->connection(), oldest_kept(filter, clock.now()), filter.model);
  Portion portion(clock);
  std::int64_t removed = 0;
  while (auto some = old.remove_some(portion)) {
    removed += *some;
    portion.rest();
  }
  return removed;
}

}  // namespace purser::xai
