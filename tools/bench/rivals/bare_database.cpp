#include "bench/rivals/bare_database.h"

#include <fmt/format.h>

#include <stdexcept>

namespace bench {
namespace {

constexpr int kCheckpointPages = 1000;  // SQLite's own default
constexpr int kBusyTimeoutMs = 10'000;

}  // namespace

BareDatabase::BareDatabase(const std::filesystem::path& path, purser::Durability durability) {
  sqlite3* database = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(database);
  if (result != SQLITE_OK) fail("open");
  sqlite3_busy_timeout(database, kBusyTimeoutMs);  // first: opening a cold file may find it locked
  execute(R"sql(
    PRAGMA foreign_keys = ON;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA mmap_size = 0;
    PRAGMA trusted_schema = OFF;
  )sql");
  execute(durability == purser::Durability::full ? "PRAGMA synchronous = FULL"
                                                 : "PRAGMA synchronous = NORMAL");
  sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  auto count_pages = [](void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(database, count_pages, &wal_pages_);
  begin_ = prepare("BEGIN IMMEDIATE");
  commit_ = prepare("COMMIT");
}

void BareDatabase::commit() {
  run(commit_);
  if (wal_pages_ < kCheckpointPages) return;
  sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

BareStatement BareDatabase::prepare(const char* sql) const {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
      SQLITE_OK) {
    fail(sql);
  }
  return BareStatement(statement);
}

void BareDatabase::execute(const char* sql) const {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
}

void BareDatabase::run(const BareStatement& statement) const {
  const int result = sqlite3_step(statement.get());
  sqlite3_reset(statement.get());
  if (result == SQLITE_BUSY) throw Busy(sqlite3_errmsg(database_.get()));
  if (result != SQLITE_DONE) fail(sqlite3_sql(statement.get()));
}

bool BareDatabase::step(const BareStatement& statement) const {
  const int result = sqlite3_step(statement.get());
  if (result != SQLITE_ROW && result != SQLITE_DONE) fail(sqlite3_sql(statement.get()));
  return result == SQLITE_ROW;
}

void BareDatabase::read_all(const BareStatement& statement) const {
  while (step(statement)) {
  }
  sqlite3_reset(statement.get());
}

void BareDatabase::fail(const char* what) const {
  throw std::runtime_error(fmt::format("{}: {}", what, sqlite3_errmsg(database_.get())));
}

}  // namespace bench
