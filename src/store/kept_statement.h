// A prepared statement that a connection keeps for its whole life, and whether someone is using it.
#pragma once

#include <SQLiteCpp/Statement.h>

namespace purser::store {

struct KeptStatement {
  KeptStatement(const SQLite::Database& database, const char* sql) : statement(database, sql) {}
  SQLite::Statement statement;
  bool in_use = false;
};

}  // namespace purser::store
