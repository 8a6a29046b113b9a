// How many rows each table has: what a rehearsal of an upgrade is told by.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "purser/migrate.h"
#include "store/sqlite/sqlite_connection.h"

namespace purser::store {

struct TableState {
  std::int64_t root_page = 0;  // another one: the table was made anew
  std::int64_t rows = 0;
  friend bool operator==(const TableState&, const TableState&) = default;
};

using Census = std::map<std::string, TableState>;  // by the table's name

// Reads the whole file: in the transaction that is open, or one of its own.
Census count_tables(SqliteConnection& connection);

// The tables that were made, dropped, rebuilt, or have more or fewer rows than before.
std::vector<MigratedTable> changes_between(const Census& before, const Census& after);

}  // namespace purser::store
