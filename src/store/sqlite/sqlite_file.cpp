#include "store/sqlite/sqlite_file.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <string>

#include "store/sqlite/plain_vfs.h"

namespace purser::store {
namespace {

std::unique_ptr<SQLite::Database> opened(const std::string& name, int flags, int busy_milliseconds) {
  auto database = std::make_unique<SQLite::Database>(name, flags, busy_milliseconds, plain_vfs());
  sqlite3_db_config(database->getHandle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database->getHandle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return database;
}

// Escapes every character but letters, digits and harmless punctuation.
std::string immutable_uri(const std::filesystem::path& path) {
  std::string uri = "file:";
  for (char c : std::filesystem::absolute(path).string()) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
                 c == '.' || c == '-' || c == '_';
    uri += plain ? std::string(1, c)
                 : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return uri + "?immutable=1";
}

}  // namespace

std::unique_ptr<SQLite::Database> open_sqlite(const std::filesystem::path& path, int flags,
                                              int busy_milliseconds) {
  return opened(path.string(), flags, busy_milliseconds);
}

std::unique_ptr<SQLite::Database> open_immutable(const std::filesystem::path& path) {
  return opened(immutable_uri(path), SQLite::OPEN_READONLY | SQLite::OPEN_URI | SQLite::OPEN_NOMUTEX, 0);
}

int milliseconds_for_sqlite(Duration duration) {
  return static_cast<int>(std::clamp<Duration::rep>(duration.count(), 0, 2'000'000'000));
}

void wait_for_locks_at_most(sqlite3* database, Duration patience) noexcept {
  sqlite3_busy_timeout(database, milliseconds_for_sqlite(patience));
}

}  // namespace purser::store
