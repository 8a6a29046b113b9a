#include "store/migrator.h"

#include <fmt/format.h>

#include "store/transaction.h"

namespace purser::store {
namespace {

constexpr char kApplied[] =
    "SELECT version, name, checksum, applied_at_ms FROM schema_migration ORDER BY version";
constexpr char kRecord[] =
    "INSERT INTO schema_migration (version, name, checksum, applied_at_ms) VALUES (?1, ?2, ?3, ?4)";
constexpr char kHasRecords[] =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'";
constexpr char kOpsViews[] =
    "SELECT name FROM sqlite_schema WHERE type = 'view' AND name LIKE 'ops\\_%' ESCAPE '\\'";
constexpr char kStoreSetting[] =
    "INSERT INTO database_setting (id, durability, created_at_ms) VALUES (1, ?1, ?2)";
constexpr char kForeignKeyCheck[] = "PRAGMA foreign_key_check";

const Migration* find(std::span<const Migration> known, int version) {
  for (const Migration& migration : known) {
    if (migration.version == version) return &migration;
  }
  return nullptr;
}

void run_step(Connection& connection, const Migration& migration) {
  try {
    connection.execute(migration.up);
  } catch (const Error& fault) {
    if (fault.code() != ErrorCode::internal) throw;  // the disk's fault, not the step's
    throw Error(ErrorCode::migration_failed, fmt::format("migration {:04}_{} failed and was rolled back: {}",
                                                         migration.version, migration.name, fault.what()));
  }
}

void record_step(Connection& connection, const Migration& migration, Instant now) {
  connection.statement(kRecord).bind(migration.version, migration.name, migration.checksum, now).run();
  connection.execute(fmt::format("PRAGMA user_version = {}", migration.version).c_str());
}

// Views hold no data and mirror the rules of this very library: they are made anew by every upgrade. The old
// ones go first, since SQLite renames no table while a view speaks of one that is not there.
void drop_views(Connection& connection) {
  std::string drops;
  {
    auto views = connection.statement(kOpsViews);
    while (views.step()) drops += fmt::format("DROP VIEW {};", views.get<std::string>(0));
  }
  connection.execute(drops.c_str());
}

void make_views(Connection& connection) { connection.execute(std::string(embedded_views()).c_str()); }

void require_unbroken_references(Connection& connection) {
  auto broken = connection.statement(kForeignKeyCheck);
  if (broken.step()) {
    throw Error(ErrorCode::migration_failed,
                fmt::format("the migration would leave rows of {} that refer to nothing; it was rolled back",
                            broken.get<std::string>(0)));
  }
}

void require_unchanged_history(const std::vector<MigrationStep>& applied) {
  for (const MigrationStep& step : applied) {
    if (!step.changed) continue;
    throw Error(
        ErrorCode::migration_changed,
        fmt::format("migration {:04}_{} was applied to this file with another text than this purser has: "
                    "use the purser that it was made with",
                    step.version, step.name));
  }
}

void require_known(int stored, int newest) {
  if (stored <= newest) return;
  throw Error(ErrorCode::schema_newer,
              fmt::format("the file has schema {}, this purser knows up to {}: install a newer purser",
                          stored, newest));
}

}  // namespace

MigrationStep pending_step(const Migration& migration) {
  return {migration.version, migration.name, {}, false};
}

std::vector<MigrationStep> applied_steps(Connection& connection, std::span<const Migration> known) {
  {
    auto has_records = connection.statement(kHasRecords);
    if (has_records.step() && has_records.get<int>(0) == 0) return {};
  }
  std::vector<MigrationStep> steps;
  auto row = connection.statement(kApplied);
  while (row.step()) {
    auto version = row.get<int>(0);
    const Migration* migration = find(known, version);
    bool changed = migration != nullptr && row.get<std::string>(2) != migration->checksum;
    steps.push_back({version, row.get<std::string>(1), row.get<Instant>(3), changed});
  }
  return steps;
}

void store_setting(Connection& connection, Durability durability, Instant now) {
  connection.statement(kStoreSetting).bind(durability == Durability::full ? "full" : "normal", now).run();
}

std::vector<MigrationStep> apply_pending(Connection& connection, std::span<const Migration> known,
                                         Instant now) {
  int stored = connection.stored_schema_version();
  require_known(stored, known.back().version);
  require_unchanged_history(applied_steps(connection, known));
  drop_views(connection);
  std::vector<MigrationStep> done;
  for (const Migration& migration : known) {
    if (migration.version <= stored) continue;
    run_step(connection, migration);
    record_step(connection, migration, now);
    done.push_back(pending_step(migration));
    done.back().applied_at = now;
  }
  make_views(connection);
  require_unbroken_references(connection);
  return done;
}

}  // namespace purser::store

namespace purser {

MigrationReport migrate_status(const DatabaseOptions& options) {
  auto connection = store::Connection::open(options, store::Accept::any_schema);
  connection->execute("BEGIN");  // one state for all that follows; ended with the connection
  auto known = store::embedded_migrations();
  MigrationReport report;
  report.schema_version = connection->stored_schema_version();
  report.known_version = store::newest_version();
  report.applied = store::applied_steps(*connection, known);
  for (const store::Migration& migration : known) {
    if (migration.version > report.schema_version) report.pending.push_back(store::pending_step(migration));
  }
  return report;
}

std::vector<MigrationStep> migrate_up(const DatabaseOptions& options) {
  auto connection = store::Connection::open(options, store::Accept::any_schema);
  // A step may rebuild a table that others refer to; PRAGMA foreign_keys does nothing inside a transaction.
  connection->execute("PRAGMA foreign_keys = OFF");
  store::Transaction transaction(*connection, store::SchemaCheck::skipped);
  bool from_nothing = connection->stored_schema_version() == 0;
  auto done = store::apply_pending(*connection, store::embedded_migrations(), transaction.now());
  if (from_nothing) store::store_setting(*connection, Durability::full, transaction.now());
  transaction.commit();
  return done;
}

}  // namespace purser
