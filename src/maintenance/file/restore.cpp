#include <fmt/format.h>

#include "keepa/maintenance.h"
#include "maintenance/file/verify.h"
#include "purser/backup.h"
#include "purser/migrate.h"
#include "store/copy/raw_copy.h"
#include "store/copy/replacement.h"
#include "store/files/companions.h"
#include "store/files/file_checks.h"
#include "store/files/files.h"
#include "store/lease.h"
#include "store/sqlite/sqlite_connection.h"
#include "xai/maintenance.h"

namespace purser {
namespace {

DatabaseOptions at(DatabaseOptions options, const std::filesystem::path& path) {
  options.path = path;
  return options;
}

void require_another_file(const std::filesystem::path& database, const std::filesystem::path& source) {
  if (!store::is_one_file(source, database)) return;
  throw Error(ErrorCode::usage, fmt::format("{} is the database itself", source.string()));
}

void require_to_spare(const std::filesystem::path& source, const std::filesystem::path& restoring) {
  if (!store::WorkFolder::would_remove(restoring, source)) return;
  throw Error(
      ErrorCode::usage,
      fmt::format("{} has a name that a restore uses for its own work: give it another", source.string()));
}

// --- Whether the copy can be trusted ----------------------------------------------------------------------

bool is_unsound(ErrorCode code) {
  return code == ErrorCode::corrupt || code == ErrorCode::not_a_database || code == ErrorCode::internal ||
         code == ErrorCode::foreign_database || code == ErrorCode::invalid_text ||
         code == ErrorCode::migration_failed;
}

// A fault of the private copy is a fault of the file that it was copied from.
template <typename Work>
decltype(auto) blaming_source(const std::filesystem::path& source, Work&& work) {
  try {
    return work();
  } catch (const Error& fault) {
    if (!is_unsound(fault.code())) throw;
    throw Error(ErrorCode::invalid_backup,
                fmt::format("{} is no sound database of purser's: {}", source.string(), fault.what()));
  }
}

void require_sound(store::SqliteConnection& copy, store::OpsViews views) {
  store::Snapshot view(copy, store::SchemaCheck::skipped);
  if (view.schema_version() == 0) throw Error(ErrorCode::corrupt, "it is empty");
  auto failed = maintenance::failures_in_words(maintenance::verify_all(view, views));
  if (failed) throw Error(ErrorCode::corrupt, *failed);
}

// Upgrades the copy to the newest schema, with the ops views of this purser. Returns the schema it had.
int upgrade(const DatabaseOptions& copy) {
  int version = 0;
  {
    auto connection = store::SqliteConnection::open(copy, store::Accept::any_schema);
    require_sound(*connection, store::OpsViews::may_differ);
    version = connection->stored_schema_version();
  }
  migrate_up(copy);
  return version;
}

// --- Promises that the copy must not bring back
// ---------------------------------------------------------------------------

// The calls that the database in the place has counted, where they can still be read.
void note_calls(store::Replacement& place, std::optional<xai::CountedDay>& day, RestoreReport& report) {
  report.calls_known = place.is_empty();
  if (place.present() == nullptr) return;
  try {
    store::Snapshot view(*place.present(), store::SchemaCheck::skipped);
    day = xai::counted_day(view);
    report.calls_known = true;
  } catch (const Error& fault) {
    if (!is_unsound(fault.code()) && fault.code() != ErrorCode::io_error) throw;
  }
}

// The promises of SP-API, and the refresh of a balance, are leases.
void forget_promises(store::SqliteConnection& copy, const std::optional<xai::CountedDay>& day,
                     RestoreReport& report) {
  store::Transaction change(copy);
  report.ended_leases = store::end_every_lease(change);
  auto keepa = keepa::forget_promises(change);
  report.ended_reservations = keepa.reservations;
  report.ended_places = keepa.places;
  auto xai = xai::forget_promises(change, day);
  report.ended_flights = xai.flights;
  report.calls_today = xai.calls_today;
  change.commit();
}

void complete(const DatabaseOptions& copy, const std::optional<xai::CountedDay>& day, RestoreReport& report) {
  auto connection = store::SqliteConnection::open(copy, store::Accept::current_schema);
  forget_promises(*connection, day, report);
  require_sound(*connection, store::OpsViews::must_match);
  report.schema_version = connection->stored_schema_version();
  connection->empty_log();
}

}  // namespace

RestoreReport restore(const DatabaseOptions& options, const std::filesystem::path& source,
                      const Progress& progress) {
  auto database = store::real_path(options.path);
  auto real_source = store::real_path(source);
  auto restoring = store::with_suffix(database, store::kRestoringSuffix);
  require_another_file(database, real_source);
  require_to_spare(real_source, restoring);
  store::RawSource raw(real_source);
  RestoreReport report;
  store::Replacement place(options);
  store::UnfinishedFile file(restoring);
  std::optional<xai::CountedDay> day;
  note_calls(place, day, report);
  auto copy = at(options, file.path());
  file.naming([&] {
    raw.copy_to(file, progress);
    report.source_schema_version = blaming_source(source, [&] { return upgrade(copy); });
    blaming_source(source, [&] { complete(copy, day, report); });
    file.finish();
  });
  report.kept = place.put(file, options.clock->now());
  return report;
}

}  // namespace purser
