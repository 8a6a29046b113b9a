// Runs migrations inside the caller's transaction: for create_database, which begins with an empty file, and
// for migrate_up and migrate_down.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "purser/migrate.h"
#include "store/schema/embedded_sql.h"
#include "store/schema/script.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/transaction.h"

namespace purser::store {

enum class Direction { up, down };

struct Way {
  Direction direction = Direction::up;
  int target = 0;  // the version to reach; one that lies the other way: nothing to do
};

// The steps that the file records as applied, oldest first; `changed` where the text differs from `known`.
std::vector<MigrationStep> applied_steps(SqliteConnection& connection, std::span<const Migration> known);
std::vector<MigrationStep> applied_steps(Snapshot& view, std::span<const Migration> known);

// Throws migration_changed.
void require_unchanged_history(SqliteConnection& connection, std::span<const Migration> known);

MigrationStep pending_step(const Migration& migration);

// "migrations/0006_keepa_checks.up.sql"
Script script_of(const Migration& migration, Direction direction);

// The steps to run, in their order.
std::vector<const Migration*> steps_on(Way way, std::span<const Migration> known, int stored);

// Inserts the one row of the database's settings.
void store_setting(SqliteConnection& connection, Durability durability, Instant now);

// Sets the pragmas that a migration needs, which must come before its transaction.
void allow_rebuilding(SqliteConnection& connection);

// Called after each step.
using AfterStep = std::function<void(const Migration& migration, const std::vector<RanStatement>& ran)>;

// Drops the ops views, runs the steps with their records, and makes the views again where the newest schema
// is reached. Throws schema_newer, migration_changed, migration_failed; then the caller rolls back.
// REQUIRES: an open transaction with foreign keys off, which the caller commits.
std::vector<MigrationStep> run_steps(SqliteConnection& connection, std::span<const Migration> known, Way way,
                                     Instant now, const AfterStep& after_step = {});

// The same, for all that is newer than the stored version.
std::vector<MigrationStep> apply_pending(SqliteConnection& connection, std::span<const Migration> known,
                                         Instant now);

}  // namespace purser::store
