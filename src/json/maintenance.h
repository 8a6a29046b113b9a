// The answers of the maintenance verbs as JSON: the fields of each verb's object. Scripts rely on their names
// and order.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "json/object.h"
#include "purser/backup.h"
#include "purser/health.h"
#include "purser/import_legacy.h"
#include "purser/migrate.h"
#include "purser/prune.h"

namespace purser::json {

Object encode(const BackupReport& report);
Object encode(const RestoreReport& report, const std::filesystem::path& database);

Object encode(const MigrationReport& report, const std::filesystem::path& database);
enum class Direction { up, down };
Object encode(const Migrated& done, Direction direction);
Object encode_rehearsal(const Migrated& rehearsed);  // of a dry run
Object encode(const Verification& verification, const std::filesystem::path& database);

Object encode(const Finding& finding);
Object encode(const PruneReport& report, bool dry_run);

Object encode(const std::vector<ImportReport>& files, bool dry_run);
std::int64_t skipped_entries(const ImportReport& report);

}  // namespace purser::json
