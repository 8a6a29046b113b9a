// `migrate up` and `down`: the migrator runs the steps; here is what comes before them, a backup, and what
// must be the same after them, the sums of every domain.
#include <fmt/format.h>

#include <algorithm>

#include "maintenance/state/sums.h"
#include "purser/backup.h"
#include "purser/migrate.h"
#include "store/schema/migrator.h"
#include "store/schema/schema_version.h"
#include "store/schema/table_counts.h"
#include "store/sqlite/sqlite_connection.h"

namespace purser {
namespace maintenance {
namespace {

using store::Direction;
using store::Way;

// --- The steps to run ----------------------------------------------------------------------------

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorCode::usage, why); }

void require_known(int target) {
  if (target <= store::newest_version()) return;
  refuse(fmt::format("this purser knows schemas up to {}, there is no {} to go to", store::newest_version(),
                     target));
}

Way way_up(int stored, std::optional<int> target) {
  int to = target.value_or(store::newest_version());
  require_known(to);
  if (to < stored)
    refuse(fmt::format("the file has schema {}: `purser migrate down --to {}` goes back", stored, to));
  return {Direction::up, to};
}

Way way_down(int stored, std::optional<int> target) {
  int to = target.value_or(stored - 1);
  require_known(to);
  if (to > stored)
    refuse(fmt::format("the file has schema {}: `purser migrate up --to {}` goes on", stored, to));
  if (to < 1)
    refuse(fmt::format("the file has schema {}, and 1 is the first: there is nothing before it", stored));
  return {Direction::down, to};
}

Way way_to(Direction direction, int stored, std::optional<int> target) {
  store::require_not_newer("the file", stored);
  return direction == Direction::up ? way_up(stored, target) : way_down(stored, target);
}

// --- The backup -------------------------------------------------------------------------------------

// "purser.db-before-schema-7-20261126T120000.123Z"
std::filesystem::path backup_path(const store::SqliteConnection& connection, int target) {
  std::string at = rfc3339(connection.clock().now());
  std::erase_if(at, [](char c) { return c == '-' || c == ':'; });
  auto path = connection.path();
  return path += fmt::format("-before-schema-{}-{}", target, at);
}

std::filesystem::path make_backup(const DatabaseOptions& options, const store::SqliteConnection& connection,
                                  Way way, const Progress& progress) {
  auto path = backup_path(connection, way.target);
  return backup(options, path, progress).file;
}

// A file that is not changed needs no backup: upgrades that fail again and again would fill the disk with
// them.
void remove_backup(Migrated& report) {
  std::error_code ignored;
  if (report.backup) std::filesystem::remove(*report.backup, ignored);
  report.backup.reset();
}

// --- The sums ---------------------------------------------------------------------------------------

// A domain has no sums in a schema that is older than the domain.
std::vector<std::string> sums_that_both_have(const std::vector<Check>& sums,
                                             const std::vector<Check>& others) {
  std::vector<std::string> all;
  for (const Check& sum : sums) {
    bool has =
        std::any_of(others.begin(), others.end(), [&](const Check& other) { return other.name == sum.name; });
    if (has) all.push_back(fmt::format("{}: {}{}", sum.name, sum.detail, sum.passed ? "" : " (wrong)"));
  }
  return all;
}

void require_same_sums(const std::vector<Check>& before, const std::vector<Check>& after) {
  auto was = sums_that_both_have(before, after);
  auto is = sums_that_both_have(after, before);
  if (was == is) return;
  auto differ = std::mismatch(was.begin(), was.end(), is.begin(), is.end());
  throw Error(ErrorCode::migration_failed,
              fmt::format("the migration would change what adds up, and was rolled back: before it `{}`, "
                          "after it `{}`",
                          differ.first == was.end() ? "nothing" : *differ.first,
                          differ.second == is.end() ? "nothing" : *differ.second));
}

// --- The dry run ----------------------------------------------------------------------------------

class Rehearsal {
 public:
  Rehearsal(store::SqliteConnection& connection, Direction direction)
      : connection_(connection), direction_(direction), last_(store::count_tables(connection)) {}

  void note(const store::Migration& migration, const std::vector<store::RanStatement>& ran) {
    store::Script script = store::script_of(migration, direction_);
    RehearsedStep step{script.name, std::string(script.text), {}, {}};
    for (const store::RanStatement& statement : ran) {
      if (statement.rows == 0) continue;
      step.changes.push_back({statement.line, store::shortened(statement.text), statement.rows});
    }
    store::TableCounts now = store::count_tables(connection_);
    step.tables = store::changes_between(last_, now);
    last_ = std::move(now);
    steps_.push_back(std::move(step));
  }

  std::vector<RehearsedStep> take() { return std::move(steps_); }

 private:
  store::SqliteConnection& connection_;
  Direction direction_;
  store::TableCounts last_;
  std::vector<RehearsedStep> steps_;
};

// --- The upgrade ---------------------------------------------------------------------------------------

void run(store::SqliteConnection& connection, Way way, const MigrateOptions& how, Migrated& report) {
  store::Transaction change(connection, store::SchemaCheck::skipped);
  report.from_version = change.schema_version();
  bool from_nothing = report.from_version == 0;
  std::vector<Check> sums = verify_sums(change);
  std::optional<Rehearsal> rehearsal;
  store::AfterStep after_step;
  if (how.dry_run) {
    rehearsal.emplace(connection, way.direction);
    after_step = [&](const auto& migration, const auto& ran) { rehearsal->note(migration, ran); };
  }
  report.steps = store::run_steps(connection, store::embedded_migrations(), way, change.now(), after_step);
  if (from_nothing) store::store_setting(connection, Durability::full, change.now());
  require_same_sums(sums, verify_sums(change));
  report.schema_version = change.schema_version();
  if (rehearsal) report.rehearsed = rehearsal->take();
  if (!how.dry_run) change.commit();
}

Migrated migrate(const DatabaseOptions& options, Direction direction, const MigrateOptions& how) {
  auto connection = store::SqliteConnection::open(options, store::Accept::any_schema);
  int stored = connection->stored_schema_version();
  Way way = way_to(direction, stored, how.target);
  bool something_to_do = way.target != stored;
  Migrated report;
  // First, since the backup's checks would call a changed migration damage.
  store::require_unchanged_history(*connection, store::embedded_migrations());
  if (how.backup && something_to_do && !how.dry_run)
    report.backup = make_backup(options, *connection, way, how.progress);
  store::allow_rebuilding(*connection);
  try {
    run(*connection, way, how, report);
  } catch (const Error& fault) {
    // After an io_error the file may be migrated all the same: the disk did not confirm it.
    if (fault.code() != ErrorCode::io_error) remove_backup(report);
    throw;
  }
  if (report.steps.empty()) remove_backup(report);  // another migrator was quicker
  return report;
}

}  // namespace
}  // namespace maintenance

int newest_schema_version() noexcept { return store::newest_version(); }

MigrationReport migrate_status(const DatabaseOptions& options) {
  auto connection = store::SqliteConnection::open(options, store::Accept::any_schema);
  store::Snapshot view(*connection, store::SchemaCheck::skipped);
  auto known = store::embedded_migrations();
  MigrationReport report;
  report.schema_version = view.schema_version();
  report.known_version = store::newest_version();
  report.applied = store::applied_steps(view, known);
  for (const store::Migration& migration : known) {
    if (migration.version > report.schema_version) report.pending.push_back(store::pending_step(migration));
  }
  return report;
}

Migrated migrate_up(const DatabaseOptions& options, const MigrateOptions& how) {
  return maintenance::migrate(options, store::Direction::up, how);
}

Migrated migrate_down(const DatabaseOptions& options, const MigrateOptions& how) {
  return maintenance::migrate(options, store::Direction::down, how);
}

std::vector<MigrationStep> migrate_up(const DatabaseOptions& options) {
  return migrate_up(options, {}).steps;
}

}  // namespace purser
