// `purser init`: the database is built under a name of its own and renamed when it is complete, so that a
// kill at any instruction leaves either no database or a whole one.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "store/connection.h"
#include "store/disk_mark.h"
#include "store/file_checks.h"
#include "store/files.h"
#include "store/gate.h"
#include "store/migrator.h"
#include "store/sqlite_error.h"
#include "store/sqlite_file.h"

namespace purser {
namespace store {
namespace {

namespace fs = std::filesystem;

// Half of SQLite's default: a grant touches few rows, so smaller pages are fewer bytes to sync; keys of long
// titles still fit.
constexpr int kPageBytes = 2048;

constexpr char kUnfinished[] = "-unfinished";

bool has_content(const fs::path& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) {
    if (errno == ENOENT) return false;
    throw file_error(path, errno);
  }
  return !S_ISREG(file.st_mode) || file.st_size > 0;
}

// What a killed `create` left; we hold the gate, so nobody is at work on it.
void remove_unfinished(const fs::path& finished) {
  auto path = with_suffix(finished, kUnfinished);
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) unlink(with_suffix(path, suffix).c_str());
}

void make_private_file(const fs::path& path) {
  int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) throw file_error(path, errno);
  close(descriptor);
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
  auto connection = Connection::open(options, Accept::any_schema);
  Instant now = options.clock->now();
  connection->execute("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE");
  apply_pending(*connection, embedded_migrations(), now);
  store_setting(*connection, durability, now);
  connection->execute("COMMIT");
  connection->empty_log();
}

// What has such a name is taken for the remains of killed work on the database of the shorter name.
void require_lasting_name(const fs::path& path) {
  std::string name = path.filename().string();
  for (const std::string suffix : {"-unfinished", "-restoring"}) {
    if (name.size() < suffix.size() || !std::equal(suffix.rbegin(), suffix.rend(), name.rbegin())) continue;
    throw Error(ErrorCode::usage,
                fmt::format("{}: a name that ends in {} is for work that is not finished: choose another",
                            path.string(), suffix));
  }
}

void build(DatabaseOptions options, const fs::path& finished, Durability durability) {
  options.path = with_suffix(finished, kUnfinished);
  remove_unfinished(finished);
  make_private_file(options.path);
  mark_as_ours(options.path);
  fill(options, durability);
  remove_companions(finished);
  if (rename(options.path.c_str(), finished.c_str()) != 0) throw file_error(finished, errno);
  remove_unfinished(finished);
  sync_folder_of(finished);
}

}  // namespace
}  // namespace store

bool Database::create(const DatabaseOptions& options, Durability durability) {
  auto path = store::real_path(options.path);
  store::require_lasting_name(path);
  store::require_local_folder(path.parent_path());
  store::WriteGate gate(path);
  gate.lock(options.busy_deadline);
  if (store::has_content(path)) {
    store::Connection::open(options, store::Accept::current_schema);
    store::remove_unfinished(path);
    return false;
  }
  store::build(options, path, durability);
  store::clear_failure(gate.page());  // of another file
  return true;
}

}  // namespace purser
