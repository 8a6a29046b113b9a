#include "purser/xai_verdicts.h"

#include <algorithm>

#include "base/text.h"
#include "store/connection.h"
#include "store/row_check.h"
#include "xai/flights.h"
#include "xai/old_verdicts.h"
#include "xai/pauses.h"
#include "xai/sql.h"
#include "xai/verdict_rows.h"

namespace purser::xai {
namespace {

constexpr std::size_t kReadAtOnce = 1000;

CachedVerdict cached_in(const store::Statement& row) {
  CachedVerdict cached;
  cached.question = {.title = row.get<std::string>(0),
                     .category = row.get<std::string>(1),
                     .season = row.get<std::string>(2),
                     .price = row.get<Cents>(3),
                     .question = row.get<std::string>(4)};
  cached.verdict = row.get<std::optional<bool>>(5);
  cached.model = row.get<std::optional<std::string>>(6);
  cached.stored_at = row.get<Instant>(7);
  cached.refused_at = row.get<std::optional<Instant>>(8);
  store::require_row(cached.verdict || cached.refused_at, "xai_verdict: there is a verdict or a refusal");
  return cached;
}

void require_valid(const Question& question, const ClaimOptions& options) {
  require_valid(question);
  if (!options.purpose.empty()) require_name("purpose", options.purpose);
  if (options.deadline < Duration{1} || options.deadline > kMaxDeadline) {
    throw Error(ErrorCode::usage, "deadline: must be from 1 ms to 1 hour");
  }
  if (options.max_age && *options.max_age < Duration::zero()) {
    throw Error(ErrorCode::usage, "max age: must not be negative");
  }
}

// Throws usage for a filter that says nothing.
Instant oldest_kept(const PruneFilter& filter, Instant now) {
  if (!filter.older_than && !filter.model) {
    throw Error(ErrorCode::usage, "what is to be removed: older than, or the model, or both");
  }
  if (!filter.older_than) return Instant::max();
  if (*filter.older_than < Duration::zero())
    throw Error(ErrorCode::usage, "older than: must not be negative");
  return now - *filter.older_than;
}

// What an abandoned call says about xAI: a new pause begins, or the probe of a pause ends.
void update_pauses(store::Transaction& change, const QuotaWriter& writer, const FlightRow& flight,
                   const Abandonment& how) {
  if (how.pause) {
    begin_pause(change, *how.pause, flight.fence);
  } else if (writer.row().paused) {
    end_probe(change, flight.fence, how.usage.calls > 0 || how.refused_content);
  }
}

}  // namespace

void Verdicts::commit(QuotaWriter& writer) {
  writer.count_lookups(hits_, misses_, assumed_);
  writer.commit();
  hits_ = misses_ = assumed_ = 0;
}

void Verdicts::store_counts() {
  if (hits_ == 0 && misses_ == 0 && assumed_ == 0) return;
  store::Transaction change(database_->connection());
  QuotaWriter writer(change);
  commit(writer);
}

// --- The cache -------------------------------------------------------------------------------------

std::optional<bool> Verdicts::get(const Question& question, const std::optional<Duration>& max_age) {
  require_valid(question);
  auto verdict = find_hit(database_->connection(), question, max_age);
  ++(verdict ? hits_ : misses_);
  return verdict;
}

// Not in one transaction, however many they are: a checkpoint cannot go past what a reader still sees.
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
  QuotaWriter writer(change);
  // As if the newest flight had brought it: a late answer does not undo what a person put meanwhile.
  put_verdict(change, question, verdict, {change.now(), find_newest_flight(change), model});
  commit(writer);
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

// In small transactions, so that no worker waits long for the lock.
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

// --- The flights -----------------------------------------------------------------------------------

ClaimOutcome Verdicts::claim(const Question& question, const ClaimOptions& options) {
  require_valid(question, options);
  store::Connection& connection = database_->connection();
  if (auto verdict = find_hit(connection, question, options.max_age)) {
    ++hits_;
    return Hit{*verdict};
  }
  store::Transaction change(connection);
  QuotaWriter writer(change, UnknownZone::refused);
  ClaimOutcome outcome = claim_question(change, writer, question, options);
  if (std::holds_alternative<InFlight>(outcome)) {
    writer.commit();  // a worker that waits looks often: that is no miss, and nothing is written
    return outcome;
  }
  ++(std::holds_alternative<Hit>(outcome) ? hits_ : misses_);
  if (options.assumes && std::holds_alternative<Denied>(outcome)) ++assumed_;
  commit(writer);
  return outcome;
}

bool Verdicts::answer(const std::string& flight, bool verdict) { return answer(flight, verdict, {}, {}); }

bool Verdicts::answer(const std::string& flight, bool verdict, const std::string& model, const Usage& usage,
                      const std::string& asker) {
  if (!model.empty()) require_name("model", model);
  store::Transaction change(database_->connection());
  QuotaWriter writer(change);
  FlightRow row = load_flight(change, flight);
  if (row.ended) {
    // Its usage is recorded already. Nothing is written, but what this answer rests on becomes durable first.
    writer.commit();
    return false;
  }
  bool newest = is_newest(change, row);
  if (newest) put_verdict(change, row.key, verdict, {change.now(), row.number, model});
  writer.record_usage(model, usage);
  end_by_answer(change, row);
  if (writer.row().paused) {
    end_probe(change, flight, true);
    end_disproved(change, asker);
  }
  commit(writer);
  return newest;
}

bool Verdicts::abandon(const std::string& flight, const Abandonment& how) {
  if (!how.failure.empty()) require_name("failure", how.failure);
  store::Transaction change(database_->connection());
  QuotaWriter writer(change);
  FlightRow row = load_flight(change, flight);
  if (row.ended) {
    writer.commit();  // as in answer
    return false;
  }
  bool released = how.never_sent && writer.release(row.unit);
  writer.record_usage(how.model, how.usage);
  end_by_abandonment(change, row, how.failure);
  if (how.refused_content && is_newest(change, row))
    put_refusal(change, row.key, {change.now(), row.number, how.model});
  update_pauses(change, writer, row, how);
  if (how.assumed) ++assumed_;
  commit(writer);
  return released;
}

std::optional<std::string> Verdicts::failure_of(std::int64_t number) const {
  store::Snapshot view(database_->connection());
  return find_failure(view, number);
}

}  // namespace purser::xai
