#include "store/copy/foreign_file.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "purser/error.h"
#include "store/files/companions.h"
#include "store/files/file_checks.h"
#include "store/files/trusted_files.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/sqlite_file.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

constexpr int kPatienceMilliseconds = 2000;
// Of SQLite's machine, a second or two: enough for a table of a million rows. A view may never end.
constexpr int kMostSteps = 50'000'000;

// -1: there is none.
std::int64_t bytes_of(fs::path path, const char* suffix) {
  path += suffix;
  struct stat file {};
  return stat(path.c_str(), &file) == 0 ? static_cast<std::int64_t>(file.st_size) : -1;
}

// Its header says so (https://www.sqlite.org/fileformat.html, 1.3.3).
bool has_write_ahead_log(const fs::path& path) {
  constexpr std::size_t kReadVersion = 19;
  std::array<char, kReadVersion + 1> header{};
  std::ifstream(path, std::ios::binary).read(header.data(), header.size());
  return header[kReadVersion] == 2;
}

// plain: under SQLite's locks, which need no new file: there is no log, or the log and its index are there.
// as_it_is: in WAL mode but with no log, so no process has it open; a plain reader would make the log and the
// index. index_in_memory: a crash or a copy left a log without its index, so no process has it open either;
// SQLite keeps the index in the memory of a connection that locks the file exclusively.
enum class Way { plain, as_it_is, index_in_memory };

Way way_to_read(const fs::path& path) {
  std::int64_t log = bytes_of(path, kLogSuffix);
  bool has_index = bytes_of(path, kIndexSuffix) >= 0;
  if (log > 0 && !has_index) return Way::index_in_memory;
  if (log >= 0 && has_index) return Way::plain;
  return has_write_ahead_log(path) ? Way::as_it_is : Way::plain;
}

std::unique_ptr<SQLite::Database> opened(const fs::path& path, Way way) {
  int flags = way == Way::index_in_memory ? SQLite::OPEN_READWRITE : SQLite::OPEN_READONLY;
  auto database =
      way == Way::as_it_is ? open_immutable(path) : open_sqlite(path, flags, kPatienceMilliseconds);
  // The last connection to close would copy the log into the file, and remove it.
  sqlite3_db_config(database->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // What is sorted may be a secret, and a temporary file would have it on the disk.
  database->exec("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;");
  if (way == Way::index_in_memory) database->exec("PRAGMA locking_mode = EXCLUSIVE");
  sqlite3_progress_handler(
      database->getHandle(), kMostSteps, [](void*) { return 1; }, nullptr);
  return database;
}

std::vector<ForeignRow> rows_of(SQLite::Database& database, const char* query) {
  std::vector<ForeignRow> rows;
  SQLite::Statement statement(database, query);
  while (statement.executeStep()) {
    ForeignRow row;
    for (int i = 0; i < statement.getColumnCount(); ++i) {
      auto column = statement.getColumn(i);
      row.push_back(column.isNull() ? std::nullopt : std::optional(column.getString()));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

[[noreturn]] void throw_fault(const fs::path& path, const SQLite::Exception& fault) {
  if (fault.getErrorCode() == SQLITE_INTERRUPT) {
    throw Error(ErrorCode::invalid_import,
                fmt::format("{}: what is read of it does not end: is it a view where a table should be?",
                            path.string()));
  }
  ErrorCode code = error_code_of(fault.getExtendedErrorCode());
  switch (code) {
    case ErrorCode::not_a_database:
    case ErrorCode::corrupt:
    case ErrorCode::internal: code = ErrorCode::invalid_import; break;
    case ErrorCode::read_only:
      throw Error(
          ErrorCode::io_error,
          fmt::format("{}: a program was stopped in the middle of a change of it, which only one that may "
                      "write it can undo: open it with sqlite3 once (SQLite: {})",
                      path.string(), fault.what()));
    case ErrorCode::busy: break;
    default: code = ErrorCode::io_error;
  }
  throw Error(code, fmt::format("{}: {} (SQLite, code {})", path.string(), fault.what(),
                                fault.getExtendedErrorCode()));
}

// SQLite would say that a lock has failed.
void require_writable(const fs::path& path) {
  if (faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0) return;
  throw Error(
      ErrorCode::io_error,
      fmt::format("{}: its log (-wal) has no index, as after a crash or a copy, and only who may write "
                  "the file can read them together: import as its owner, or copy both to where you "
                  "may write",
                  path.string()));
}

}  // namespace

std::vector<ForeignRow> read_foreign(const fs::path& file, Sql query) {
  require_trusted_companions(real_path(file));
  Way way = way_to_read(file);
  if (way == Way::index_in_memory) require_writable(file);
  try {
    auto database = opened(file, way);
    return rows_of(*database, query.text());
  } catch (const SQLite::Exception& fault) {
    throw_fault(file, fault);
  }
}

}  // namespace purser::store
