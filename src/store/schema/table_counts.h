// How many rows each table has, before and after each step of a dry run.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "purser/migrate.h"
#include "store/sqlite/sqlite_connection.h"

namespace purser::store {

struct TableState {
  std::int64_t root_page = 0;  // changes when the table is rebuilt
  std::int64_t rows = 0;
  friend bool operator==(const TableState&, const TableState&) = default;
};

using TableCounts = std::map<std::string, TableState>;  // by the table's name

// Reads the whole file, in the open transaction where there is one.
TableCounts count_tables(SqliteConnection& connection);

// The tables that were made, dropped or rebuilt, or whose number of rows changed.
std::vector<MigratedTable> changes_between(const TableCounts& before, const TableCounts& after);

}  // namespace purser::store
