// Upgrades the schema of the database, for operators; a worker never migrates.
//
//   auto report = purser::migrate_status({.path = path});
//   if (!report.pending.empty()) purser::migrate_up({.path = path}, {.backup = true});
//
//   // Before an older program comes back:
//   purser::migrate_down({.path = path}, {.target = 5, .backup = true});
//
// All steps of one call and their records are one transaction, under the write gate and SQLite's write lock:
// a failure or a kill leaves the file as it was, and of several migrators one works while the others wait.
// Before it commits, references must be whole, and what each part of the purse adds up to must be the same
// as before. The ops views are dropped and made again; a schema older than the newest has none.
//
// Workers that have the file open either wait or get ErrorCode::schema_changed, and then reopen; if the file
// then has an older schema than theirs, opening it throws schema_older. They settle their reservations after
// that: reservations, flights and leases stay as they are.
//
// With `backup`, the call first makes a checked copy beside the file (backup.h), before it asks for the lock,
// so that workers go on meanwhile. What they write after that is in the migrated file and not in the copy.
//
// A `dry_run` really runs the steps, and rolls them back: workers wait for as long as the upgrade would take,
// a step that would fail fails, and nothing is changed.
//
// Throws as Database::open does, except schema_older; migration_changed where a step that was applied is not
// the one compiled in; migration_failed, with file, line, SQLite's words and the statement, where the SQL
// fails, or with what did not add up; usage for a target that lies the other way from the file's schema, or
// that does not exist; and as `backup` does.
// Library: purser::maintenance.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "purser/database.h"
#include "purser/progress.h"

namespace purser {

struct MigrationStep {
  int version = 0;
  std::string name;
  std::optional<Instant> applied_at;  // nullopt: pending, or undone
  bool changed = false;               // applied, but with another text than the one compiled in
  std::string loses = {};             // what undoing the step loses beside whole tables; "" for nothing
};

struct MigrationReport {
  int schema_version = 0;  // of the file
  int known_version = 0;   // the newest that this library knows
  std::vector<MigrationStep> applied;
  std::vector<MigrationStep> pending;
};

// The schema version of a database that this library makes.
int newest_schema_version() noexcept;

// Read-only; takes no lock. A newer file is reported, not refused.
MigrationReport migrate_status(const DatabaseOptions& options);

struct MigrateOptions {
  std::optional<int> target = {};  // the schema to reach; nullopt: up to the newest, down by one step
  bool backup = false;             // makes a copy first, unless nothing is pending or this is a dry run
  bool dry_run = false;
  Progress progress = {};  // of the backup
};

// What a dry run saw: the statements that changed rows, and the tables that changed. The rest is in `sql`.
struct MigratedRows {
  int line = 0;  // of the step's file
  std::string statement;
  std::int64_t rows = 0;  // inserted, changed or deleted
};
struct MigratedTable {  // made, dropped, rebuilt, or with more or fewer rows
  std::string name;
  std::optional<std::int64_t> rows_before, rows_after;  // nullopt: it is not there
};
struct RehearsedStep {
  std::string file;  // "migrations/0006_keepa_checks.up.sql"
  std::string sql;
  std::vector<MigratedRows> changes;
  std::vector<MigratedTable> tables;
};

struct Migrated {
  int from_version = 0;                         // before the migration
  int schema_version = 0;                       // after it; of a dry run: as it would be
  std::vector<MigrationStep> steps;             // in the order in which they ran
  std::vector<RehearsedStep> rehearsed;         // of a dry run: one for each step
  std::optional<std::filesystem::path> backup;  // nullopt: none was made
};

Migrated migrate_up(const DatabaseOptions& options, const MigrateOptions& how);
Migrated migrate_down(const DatabaseOptions& options, const MigrateOptions& how);

// Up to the newest, without a backup. Returns what it applied; an empty list when there was nothing to do
// (the views are made again all the same).
std::vector<MigrationStep> migrate_up(const DatabaseOptions& options);

}  // namespace purser
