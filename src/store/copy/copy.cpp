#include "store/copy/copy.h"
#include "store/sqlite/sqlite_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <memory>

#include "store/files/companions.h"
#include "store/files/files.h"
#include "store/schema/schema_version.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/sqlite_file.h"
#include "store/transaction.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

// About a megabyte: a moment between two words of progress.
constexpr int kPagesAStep = 512;

void require_local_folder_for_copy(const fs::path& folder) {
  try {
    require_local_folder(folder);
  } catch (const Error& fault) {
    if (fault.code() != ErrorCode::network_file_system) throw;
    throw Error(ErrorCode::network_file_system,
                fmt::format("{} is a network mount, on which a copy cannot be checked: back up to a local "
                            "disk, and copy the finished file from there",
                            folder.string()));
  }
}

void require_nothing_at(const fs::path& path) {
  std::error_code failed;
  auto status = fs::symlink_status(path, failed);
  if (status.type() == fs::file_type::not_found) return;
  if (fs::is_directory(status)) {
    throw Error(ErrorCode::already_exists,
                fmt::format("{} is a folder: name a file that does not exist yet", path.string()));
  }
  if (fs::exists(status)) {
    throw Error(ErrorCode::already_exists,
                fmt::format("{} exists, and no file is ever replaced: name another", path.string()));
  }
  throw file_error(path, failed.value());
}

Error copy_error(const fs::path& source, const fs::path& destination, int result) {
  ErrorCode code = error_code_of(result);
  const char* remedy = code == ErrorCode::disk_full ? ": make room, then run it again" : "";
  return {code, fmt::format("copying {} to {}: {} (SQLite, code {}){}", source.string(), destination.string(),
                            sqlite3_errstr(result), result, remedy)};
}

using Backup = std::unique_ptr<sqlite3_backup, int (*)(sqlite3_backup*)>;

Backup begin_backup(sqlite3* from, sqlite3* to) {
  return {sqlite3_backup_init(to, "main", from, "main"), sqlite3_backup_finish};
}

// SQLite's result.
int run(const Backup& backup, const Progress& progress) {
  int result = SQLITE_OK;
  while (result == SQLITE_OK) {
    result = sqlite3_backup_step(backup.get(), kPagesAStep);
    int whole = sqlite3_backup_pagecount(backup.get());
    if (progress && (result == SQLITE_OK || result == SQLITE_DONE))
      progress(whole - sqlite3_backup_remaining(backup.get()), whole);
  }
  return result;
}

}  // namespace

fs::path place_for_copy(const fs::path& wanted, const fs::path& database) {
  if (wanted.empty()) throw Error(ErrorCode::usage, "the name of the copy is empty: name a file to make");
  fs::path whole = fs::absolute(wanted);
  fs::path place = real_path(whole.parent_path()) / whole.filename();
  require_short_enough(place);
  require_local_folder_for_copy(place.parent_path());
  auto refuse_names_of_database = [&](const char* suffix) {
    if (place != with_suffix(database, suffix)) return;
    throw Error(ErrorCode::usage, fmt::format("{} is a name that belongs to the database {}: choose another",
                                              place.string(), database.string()));
  };
  for (const char* suffix : kCompanions) refuse_names_of_database(suffix);
  for (const char* suffix : kWorkSuffixes) refuse_names_of_database(suffix);
  require_nothing_at(place);
  for (const char* suffix : kSqliteCompanions) require_nothing_at(with_suffix(place, suffix));
  return place;
}

// A file that no other process knows yet needs no journal and no sync: it is synced when it is complete.
void copy_state(SqliteConnection& source, const fs::path& destination, const Progress& progress) {
  Snapshot view(source, SchemaCheck::skipped);
  require_not_newer(source.path().string(),
                    view.schema_version());  // the first read: the snapshot begins here
  translating([&] {
    auto copy = open_sqlite(destination, SQLite::OPEN_READWRITE);
    // None (OFF) is refused to a defensive connection; of an empty file there is nothing to keep in memory.
    copy->exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;");
    Backup backup = begin_backup(source.handle(), copy->getHandle());
    if (!backup) throw copy_error(source.path(), destination, copy->getExtendedErrorCode());
    int result = run(backup, progress);
    if (result != SQLITE_DONE) throw copy_error(source.path(), destination, result);
  });
}

}  // namespace purser::store
