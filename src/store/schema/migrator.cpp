#include "store/schema/migrator.h"
#include "store/sqlite/sqlite_connection.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/schema/schema_version.h"

namespace purser::store {
namespace {

constexpr char kApplied[] =
    "SELECT version, name, checksum, applied_at_ms FROM schema_migration ORDER BY version";
constexpr char kRecord[] =
    "INSERT INTO schema_migration (version, name, checksum, applied_at_ms) VALUES (?1, ?2, ?3, ?4)";
constexpr char kRemoveRecord[] = "DELETE FROM schema_migration WHERE version = ?1";
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

std::vector<RanStatement> run_script_of(SqliteConnection& connection, const Migration& migration,
                                        Direction direction) {
  try {
    return run_script(connection, script_of(migration, direction));
  } catch (const Error& fault) {
    if (fault.code() != ErrorCode::internal) throw;  // the disk's fault, not the step's
    throw Error(ErrorCode::migration_failed,
                fmt::format("migration {:04}_{} failed, and everything was rolled "
                            "back: {}",
                            migration.version, migration.name, fault.what()));
  }
}

// A step that loses more than whole tables says so in its first lines: "-- Loses ...".
std::string losses_of(std::string_view down) {
  constexpr std::string_view kMark = "-- Loses ";
  std::string losses;
  while (down.substr(0, kMark.size()) == kMark) {
    std::string_view line = down.substr(kMark.size(), down.find('\n') - kMark.size());
    if (!losses.empty()) losses += ' ';
    losses += line;
    down.remove_prefix(kMark.size() + line.size() + 1);
  }
  return losses;
}

void store_version(SqliteConnection& connection, int version) {
  connection.execute(fmt::format("PRAGMA user_version = {}", version).c_str());
}

void record_step(SqliteConnection& connection, const Migration& migration, Instant now) {
  connection.run(kRecord, migration.version, migration.name, migration.checksum, now);
  store_version(connection, migration.version);
}

// Before the step is undone: the first one takes the records with it.
void remove_record(SqliteConnection& connection, const Migration& migration) {
  connection.run(kRemoveRecord, migration.version);
  store_version(connection, migration.version - 1);
}

// Views hold no data and mirror the rules of this very library: every upgrade makes them again. The old ones
// are dropped first, since SQLite renames no table while a view names one that is not there.
void drop_views(SqliteConnection& connection) {
  std::string drops;
  {
    auto views = connection.rows(kOpsViews);
    while (views.step()) drops += fmt::format("DROP VIEW {};", as_identifier(views.get<std::string>(0)));
  }
  connection.execute(drops.c_str());
}

void make_views(SqliteConnection& connection) {
  run_script(connection, {"schema/views.sql", embedded_views()});
}

void require_unbroken_references(SqliteConnection& connection) {
  auto broken = connection.rows(kForeignKeyCheck);
  if (broken.step()) {
    throw Error(ErrorCode::migration_failed,
                fmt::format("the migration would leave rows of {} that refer to nothing; it was rolled back",
                            broken.get<std::string>(0)));
  }
}

// A SqliteConnection or a Snapshot.
template <typename Reader>
std::vector<MigrationStep> read_applied_steps(Reader& reader, std::span<const Migration> known) {
  {
    auto has_records = reader.rows(kHasRecords);
    if (has_records.step() && has_records.template get<int>(0) == 0) return {};
  }
  std::vector<MigrationStep> steps;
  auto row = reader.rows(kApplied);
  while (row.step()) {
    auto version = row.template get<int>(0);
    const Migration* migration = find(known, version);
    bool changed = migration != nullptr && row.template get<std::string>(2) != migration->checksum;
    steps.push_back({version, row.template get<std::string>(1), row.template get<Instant>(3), changed, {}});
  }
  return steps;
}

}  // namespace

MigrationStep pending_step(const Migration& migration) {
  return {migration.version, migration.name, {}, false, {}};
}

std::vector<MigrationStep> applied_steps(SqliteConnection& connection, std::span<const Migration> known) {
  return read_applied_steps(connection, known);
}

std::vector<MigrationStep> applied_steps(Snapshot& view, std::span<const Migration> known) {
  return read_applied_steps(view, known);
}

void require_unchanged_history(SqliteConnection& connection, std::span<const Migration> known) {
  for (const MigrationStep& step : applied_steps(connection, known)) {
    if (!step.changed) continue;
    throw Error(
        ErrorCode::migration_changed,
        fmt::format("migration {:04}_{} was applied to this file with another text than this purser has: "
                    "use the purser that it was made with",
                    step.version, step.name));
  }
}

Script script_of(const Migration& migration, Direction direction) {
  bool is_up = direction == Direction::up;
  return {fmt::format("migrations/{:04}_{}.{}.sql", migration.version, migration.name, is_up ? "up" : "down"),
          is_up ? migration.up : migration.down};
}

std::vector<const Migration*> steps_on(Way way, std::span<const Migration> known, int stored) {
  bool is_up = way.direction == Direction::up;
  int least = is_up ? stored : way.target;
  int most = is_up ? way.target : stored;
  std::vector<const Migration*> steps;
  for (const Migration& migration : known) {
    if (migration.version > least && migration.version <= most) steps.push_back(&migration);
  }
  if (!is_up) std::reverse(steps.begin(), steps.end());
  return steps;
}

void store_setting(SqliteConnection& connection, Durability durability, Instant now) {
  connection.run(kStoreSetting, durability == Durability::full ? "full" : "normal", now);
}

// A step may rebuild a table that others refer to. PRAGMA foreign_keys does nothing inside a transaction; and
// without the second one a view that an operator keeps, and that names such a table, would stop the upgrade.
void allow_rebuilding(SqliteConnection& connection) {
  connection.execute("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON");
}

std::vector<MigrationStep> run_steps(SqliteConnection& connection, std::span<const Migration> known, Way way,
                                     Instant now, const AfterStep& after_step) {
  int newest = known.back().version;
  require_not_newer("the file", connection.stored_schema_version(), newest);
  require_unchanged_history(connection, known);
  drop_views(connection);
  std::vector<MigrationStep> done;
  for (const Migration* migration : steps_on(way, known, connection.stored_schema_version())) {
    done.push_back(pending_step(*migration));
    if (way.direction == Direction::down) {
      remove_record(connection, *migration);
      done.back().loses = losses_of(migration->down);
    }
    auto ran = run_script_of(connection, *migration, way.direction);
    if (way.direction == Direction::up) {
      record_step(connection, *migration, now);
      done.back().applied_at = now;
    }
    if (after_step) after_step(*migration, ran);
  }
  if (connection.stored_schema_version() == newest) make_views(connection);
  require_unbroken_references(connection);
  return done;
}

std::vector<MigrationStep> apply_pending(SqliteConnection& connection, std::span<const Migration> known,
                                         Instant now) {
  return run_steps(connection, known, {Direction::up, known.back().version}, now);
}

}  // namespace purser::store
