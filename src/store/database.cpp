#include "purser/database.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>

#include "store/sqlite/sqlite_connection.h"

namespace purser {

Database Database::open(const DatabaseOptions& options) {
  return Database(store::SqliteConnection::open(options, store::Accept::current_schema));
}

Database::Database(std::unique_ptr<store::Connection> connection) : connection_(std::move(connection)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

std::filesystem::path Database::path() const { return connection().path(); }
int Database::schema_version() const { return connection().stored_schema_version(); }
Durability Database::durability() const { return connection().durability(); }

void Database::refuse_moved_from() {
  throw Error(ErrorCode::usage, "this Database was moved from: use the one that it was moved to");
}

std::string this_worker() {
  utsname host{};
  return fmt::format("{}:{}", uname(&host) == 0 ? host.nodename : "unknown-host", getpid());
}

std::filesystem::path default_database_path() {
  const char* state_home = std::getenv("XDG_STATE_HOME");
  // The XDG base directory specification says to ignore a relative path.
  if (state_home != nullptr && state_home[0] == '/') {
    return std::filesystem::path(state_home) / "purser" / "purser.db";
  }
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] == '\0') {
    throw Error(ErrorCode::no_database,
                "no HOME to look for the database in: name it with --db or PURSER_DB");
  }
  return std::filesystem::path(home) / ".local" / "state" / "purser" / "purser.db";
}

}  // namespace purser
