#include "store/schema/table_counts.h"
#include "store/sqlite/sqlite_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "store/schema/script.h"
#include "store/sqlite/sqlite_error.h"

namespace purser::store {
namespace {

constexpr char kTables[] =
    "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND name <> 'schema_migration' "
    "AND name NOT IN ('sqlite_sequence', 'sqlite_stat1', 'sqlite_stat2', 'sqlite_stat3', 'sqlite_stat4')";

std::int64_t count_rows(SqliteConnection& connection, const std::string& table) {
  std::string query = fmt::format("SELECT count(*) FROM {}", as_identifier(table));
  sqlite3_stmt* prepared = nullptr;
  int result = sqlite3_prepare_v2(connection.handle(), query.c_str(), -1, &prepared, nullptr);
  OneStatement statement(prepared);
  if (result == SQLITE_OK) result = sqlite3_step(statement.get());
  if (result != SQLITE_ROW) throw_purser_error(SQLite::Exception(connection.handle(), result));
  return sqlite3_column_int64(statement.get(), 0);
}

}  // namespace

TableCounts count_tables(SqliteConnection& connection) {
  TableCounts all;
  {
    auto row = connection.rows(kTables);
    while (row.step()) all[row.get<std::string>(0)].root_page = row.get<std::int64_t>(1);
  }
  for (auto& [table, state] : all) state.rows = count_rows(connection, table);
  return all;
}

std::vector<MigratedTable> changes_between(const TableCounts& before, const TableCounts& after) {
  std::vector<MigratedTable> changes;
  for (const auto& [table, state] : before) {
    auto now = after.find(table);
    if (now == after.end()) {
      changes.push_back({table, state.rows, std::nullopt});
    } else if (!(now->second == state)) {
      changes.push_back({table, state.rows, now->second.rows});
    }
  }
  for (const auto& [table, state] : after) {
    if (before.count(table) == 0) changes.push_back({table, std::nullopt, state.rows});
  }
  return changes;
}

}  // namespace purser::store
