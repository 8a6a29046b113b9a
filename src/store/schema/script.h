// A script of several statements, run one by one: a failure names its line and statement.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/sqlite_connection.h"

struct sqlite3_stmt;

namespace purser::store {

struct Script {
  std::string name;  // for messages: "migrations/0006_keepa_checks.up.sql"
  std::string_view text;
};

struct RanStatement {
  int line = 0;           // in the script, of its first word; 1 is the first
  std::string_view text;  // from its first word to its end
  std::int64_t rows = 0;  // that it inserted, changed or deleted
};

// Where SQL is refused the error's code is internal, and its message "NAME, line N: SQLite's words, in: the
// statement". The script's text must outlive what is returned.
std::vector<RanStatement> run_script(SqliteConnection& connection, const Script& script);

// A statement in one line, or as much of it as fits, cut between characters.
std::string shortened(std::string_view statement);

// A name as SQL, whatever stands in it.
std::string as_identifier(std::string_view name);

// A statement that runs once, of SQL that is not known beforehand; finalized with its owner.
struct Finalize {
  void operator()(sqlite3_stmt* statement) const;
};
using OneStatement = std::unique_ptr<sqlite3_stmt, Finalize>;

}  // namespace purser::store
