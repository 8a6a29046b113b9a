// Upgrades of the one file, for whoever runs them; a worker never migrates.
//
//   auto report = purser::migrate_status({.path = path});
//   if (!report.pending.empty()) purser::migrate_up({.path = path});
//
// `migrate_up` applies every pending step and its record in one transaction, under the write gate and
// SQLite's write lock, and makes the ops views anew: a failure or a kill leaves the file as it was.
// Workers that have the file open either wait or get ErrorCode::schema_changed, and then reopen.
// Throws as Database::open does, but for schema_older; migration_changed where a step that was applied
// is not the one compiled in; migration_failed (with the step and SQLite's words) where the SQL fails.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "purser/database.h"

namespace purser {

struct MigrationStep {
  int version = 0;
  std::string name;
  std::optional<Instant> applied_at;  // nullopt: pending
  bool changed = false;               // applied, but with another text than the one compiled in
};

struct MigrationReport {
  int schema_version = 0;  // of the file
  int known_version = 0;   // the newest that this library knows
  std::vector<MigrationStep> applied;
  std::vector<MigrationStep> pending;
};

// Read-only; takes no lock. A newer file is reported, not refused.
MigrationReport migrate_status(const DatabaseOptions& options);

// Returns what it applied; an empty list when there was nothing to do (the views are made anew all the same).
std::vector<MigrationStep> migrate_up(const DatabaseOptions& options);

}  // namespace purser
