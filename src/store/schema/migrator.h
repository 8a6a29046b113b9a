// Runs migrations inside somebody's transaction: for `create`, which begins with nothing, for a copy that is
// to be restored, and for `migrate_up` and `migrate_down`.
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
  int target = 0;  // the version to arrive at; one that lies the other way: nothing to do
};

// The steps that the file says were applied, oldest first; `changed` where the text differs from `known`.
std::vector<MigrationStep> applied_steps(SqliteConnection& connection, std::span<const Migration> known);
std::vector<MigrationStep> applied_steps(Snapshot& view, std::span<const Migration> known);

// Throws migration_changed.
void require_unchanged_history(SqliteConnection& connection, std::span<const Migration> known);

MigrationStep pending_step(const Migration& migration);

// "migrations/0006_keepa_checks.up.sql"
Script script_of(const Migration& migration, Direction direction);

// What there is to do, in the order in which it is done.
std::vector<const Migration*> steps_on(Way way, std::span<const Migration> known, int stored);

// The one row of what was chosen for the database.
void store_setting(SqliteConnection& connection, Durability durability, Instant now);

// What a connection that is to migrate needs before its transaction, and no other has.
void allow_rebuilding(SqliteConnection& connection);

// Told after each step.
using AfterStep = std::function<void(const Migration& migration, const std::vector<RanStatement>& ran)>;

// Runs the steps with their records, then makes the views anew where it arrived at the newest. The caller has
// begun a transaction with foreign keys off and commits it; anything thrown means that he rolls back.
// Throws schema_newer, migration_changed, migration_failed.
std::vector<MigrationStep> run_steps(SqliteConnection& connection, std::span<const Migration> known, Way way,
                                     Instant now, const AfterStep& after_step = {});

// The same, for all that is newer than the stored version.
std::vector<MigrationStep> apply_pending(SqliteConnection& connection, std::span<const Migration> known,
                                         Instant now);

}  // namespace purser::store
