// `purser init`: the database is built under a name of its own and renamed when it is complete, so that a
// kill at any instruction leaves either no database or a whole one.
#include "purser/create.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "store/durability/disk_mark.h"
#include "store/files/companions.h"
#include "store/files/file_checks.h"
#include "store/files/files.h"
#include "store/files/unfinished_file.h"
#include "store/gate/fresh_gate.h"
#include "store/schema/migrator.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/sqlite_file.h"

namespace purser {
namespace store {
namespace {

namespace fs = std::filesystem;

// Half of SQLite's default: a grant touches few rows, so smaller pages are fewer bytes to sync; keys of long
// titles still fit.
constexpr int kPageBytes = 2048;

bool has_content(const fs::path& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) {
    if (errno == ENOENT) return false;
    throw file_error(path, errno);
  }
  return !S_ISREG(file.st_mode) || file.st_size > 0;
}

// These stand in the file's header, outside any table.
void mark_as_ours(const fs::path& path) {
  translating([&] {
    auto database = open_sqlite(path, SQLite::OPEN_READWRITE);
    database->exec(
        fmt::format("PRAGMA page_size = {}; PRAGMA application_id = {}; PRAGMA journal_mode = WAL;",
                    kPageBytes, kApplicationId));
  });
}

void fill(const DatabaseOptions& options, Durability durability) {
  auto connection = SqliteConnection::open(options, Accept::any_schema);
  Instant now = options.clock->now();
  connection->execute("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE");
  apply_pending(*connection, embedded_migrations(), now);
  store_setting(*connection, durability, now);
  connection->execute("COMMIT");
  connection->empty_log();
}

// A file of such a name is removed as the remains of killed work on the database of the shorter name.
void require_lasting_name(const fs::path& path) {
  std::string name = path.filename().string();
  for (const std::string suffix : kWorkSuffixes) {
    if (name.size() < suffix.size() || !std::equal(suffix.rbegin(), suffix.rend(), name.rbegin())) continue;
    throw Error(ErrorCode::usage,
                fmt::format("{}: a name that ends in {} is for work that is not finished: choose another",
                            path.string(), suffix));
  }
}

void build(DatabaseOptions options, const fs::path& finished, Durability durability) {
  FileIdentity standing = file_identity(finished);  // an empty file, or none
  UnfinishedFile file(with_suffix(finished, kUnfinishedSuffix));
  options.path = file.path();
  file.naming([&] {
    mark_as_ours(options.path);
    fill(options, durability);
    file.finish();
  });
  remove_companions(finished);
  standing == FileIdentity{} ? file.become_new(finished) : file.replace(finished, standing);
}

// True where it was made.
bool make_or_find(const DatabaseOptions& options, const fs::path& path, Durability durability) {
  if (has_content(path)) {
    SqliteConnection::open(options, Accept::current_schema);
    WorkFolder::tidy(with_suffix(path, kUnfinishedSuffix));
    return false;
  }
  build(options, path, durability);
  return true;
}

}  // namespace
}  // namespace store

bool create_database(const DatabaseOptions& options, Durability durability) {
  auto path = store::real_path(options.path);
  store::require_lasting_name(path);
  store::require_room_for_names(path);
  store::require_local_folder(path.parent_path());
  store::FreshGate gate(path);
  gate->lock(options.busy_deadline);
  bool made = store::make_or_find(options, path, durability);
  if (made) store::clear_failure(gate->page());  // of another file
  gate.keep();
  // Also of one that was found: the disk may have failed the process that made it.
  store::confirm_name_of(path);
  return made;
}

}  // namespace purser
