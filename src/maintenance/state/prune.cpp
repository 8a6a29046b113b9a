#include "purser/prune.h"

#include "keepa/prune.h"
#include "xai/old_verdicts.h"
#include "xai/prune.h"

namespace purser {
namespace {

void require_valid(const PruneOptions& options) {
  const auto ages = {options.ledger_older_than, options.days_older_than, options.cache_older_than};
  bool any = false;
  for (const auto& age : ages) {
    any = any || age.has_value();
    if (age && *age <= Duration::zero())
      throw Error(ErrorCode::usage, "older than: must be more than nothing");
  }
  if (!any)
    throw Error(ErrorCode::usage, "nothing to prune: say how old the ledger, days or verdicts may become");
  if (options.ledger_older_than && *options.ledger_older_than < kLeastLedgerAge) {
    throw Error(ErrorCode::usage,
                "ledger older than: must be at least 25 h, since a repeated idempotency key finds its grant "
                "for 24 h and a grant may be open for 1 h");
  }
}

void add(PruneReport& report, const keepa::OldEntries::Count& some) {
  report.ledger_entries += some.entries;
  report.reservations += some.reservations;
}

void add(PruneReport& report, const xai::OldDays::Count& some) {
  report.days += some.days;
  report.units += some.units;
  report.flights += some.flights;
  report.usage += some.usage;
}

void add(PruneReport& report, std::int64_t verdicts) { report.verdicts += verdicts; }

// The old rows of all domains, as they were when the pruning began.
class Pruning {
 public:
  Pruning(store::Connection& connection, const PruneOptions& options) : portion_(connection.clock()) {
    Instant now = connection.clock().now();
    if (options.ledger_older_than) entries_.emplace(connection, now - *options.ledger_older_than);
    if (options.days_older_than) days_.emplace(connection, now - *options.days_older_than);
    if (options.cache_older_than) verdicts_.emplace(connection, now - *options.cache_older_than);
    if (entries_) add(found_, entries_->found());
    if (days_) add(found_, days_->found());
    if (verdicts_) add(found_, verdicts_->count());
  }

  const PruneReport& found() const { return found_; }

  PruneReport remove(const Progress& progress) {
    if (entries_) remove_all(*entries_, progress);
    if (days_) remove_all(*days_, progress);
    if (verdicts_) remove_all(*verdicts_, progress);
    return removed_;
  }

 private:
  template <typename Old>
  void remove_all(Old& old, const Progress& progress) {
    while (auto some = old.remove_some(portion_)) {
      add(removed_, *some);
      portion_.rest();
      if (progress) progress(removed_.rows(), found_.rows());
    }
  }

  Portion portion_;
  std::optional<keepa::OldEntries> entries_;
  std::optional<xai::OldDays> days_;
  std::optional<xai::OldVerdicts> verdicts_;
  PruneReport found_, removed_;
};

}  // namespace

PruneReport prune(Database& database, const PruneOptions& options, const Progress& progress) {
  require_valid(options);
  store::Connection& connection = database.connection();
  Pruning pruning(connection, options);
  PruneReport report = options.dry_run ? pruning.found() : pruning.remove(progress);
  store::Snapshot view(connection);
  report.free_bytes = connection.free_bytes();
  return report;
}

}  // namespace purser
