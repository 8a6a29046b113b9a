#include "purser/backup.h"

#include <fmt/format.h>

#include "maintenance/file/verify.h"
#include "store/copy/copy.h"
#include "store/files/companions.h"
#include "store/files/files.h"
#include "store/files/unfinished_file.h"
#include "store/sqlite/sqlite_connection.h"

namespace purser {
namespace {

DatabaseOptions at(DatabaseOptions options, const std::filesystem::path& path) {
  options.path = path;
  return options;
}

BackupReport check(const DatabaseOptions& copy) {
  auto connection = store::SqliteConnection::open(copy, store::Accept::any_schema);
  store::Snapshot view(*connection, store::SchemaCheck::skipped);
  BackupReport report;
  report.schema_version = view.schema_version();
  report.checks = maintenance::verify_all(view, store::OpsViews::may_differ);
  return report;
}

void require_to_spare(const std::filesystem::path& database, const std::filesystem::path& unfinished) {
  if (!store::WorkFolder::would_remove(unfinished, database)) return;
  throw Error(ErrorCode::usage,
              fmt::format("the copy would stand under the name {} until it is complete, and that is the "
                          "database itself: choose another name",
                          unfinished.string()));
}

void require_passed(const std::vector<Check>& checks, const std::filesystem::path& database) {
  auto failed = maintenance::failures_in_words(checks);
  if (!failed) return;
  throw Error(
      ErrorCode::corrupt,
      fmt::format(
          "the copy failed its checks, so that {} itself is damaged, and no copy is kept: {} (stop the "
          "workers, then copy it and its -wal by hand, before anything is mended)",
          database.string(), *failed));
}

// No process knows of the copy yet: a copy that the disk may lose is removed.
void make_name_durable(const std::filesystem::path& place) {
  try {
    store::sync_folder_of(place);
  } catch (const Error&) {
    store::remove_file(place);
    throw;
  }
}

BackupReport copy_into(store::UnfinishedFile& copy, const DatabaseOptions& options,
                       store::SqliteConnection& source, const Progress& progress) {
  store::copy_state(source, copy.path(), progress);
  BackupReport report = check(at(options, copy.path()));
  require_passed(report.checks, source.path());
  copy.finish();
  report.bytes = static_cast<std::int64_t>(std::filesystem::file_size(copy.path()));
  return report;
}

}  // namespace

BackupReport backup(const DatabaseOptions& options, const std::filesystem::path& destination,
                    const Progress& progress) {
  auto source = store::SqliteConnection::open(options, store::Accept::any_schema);
  auto place = store::place_for_copy(destination, source->path());
  auto unfinished = store::with_suffix(place, store::kUnfinishedSuffix);
  require_to_spare(source->path(), unfinished);
  store::UnfinishedFile copy(unfinished);
  BackupReport report = copy.naming([&] { return copy_into(copy, options, *source, progress); });
  report.file = place;
  copy.become_new(place);
  make_name_durable(place);
  return report;
}

}  // namespace purser
