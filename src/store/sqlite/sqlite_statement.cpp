#include "store/sqlite/sqlite_statement.h"

#include <SQLiteCpp/Column.h>

#include "store/sqlite/sqlite_error.h"

namespace purser::store {

SqliteStatement::SqliteStatement(const SQLite::Database& database, const char* sql)
    : statement_(database, sql) {}

void SqliteStatement::bind_integer(int parameter, std::int64_t value) {
  translating([&] { statement_.bind(parameter, value); });
}

void SqliteStatement::bind_null(int parameter) {
  translating([&] { statement_.bind(parameter); });
}

// SQLite keeps a pointer to a text bound in place, but does not follow it once the Statement is gone: every
// use binds all parameters again.
void SqliteStatement::bind_text(int parameter, const std::string& text, Binding binding) {
  translating([&] {
    if (binding == Binding::copied) {
      statement_.bind(parameter, text);
    } else {
      statement_.bindNoCopy(parameter, text);
    }
  });
}

void SqliteStatement::bind_blob(int parameter, const std::string& bytes) {
  translating([&] {
    statement_.bind(parameter, static_cast<const void*>(bytes.data()), static_cast<int>(bytes.size()));
  });
}

bool SqliteStatement::step() {
  return translating([this] { return statement_.executeStep(); });
}

// tryReset: `step` has thrown the error already.
void SqliteStatement::reset() noexcept { statement_.tryReset(); }

bool SqliteStatement::is_null(int column) const { return statement_.getColumn(column).isNull(); }

std::int64_t SqliteStatement::integer(int column) const { return statement_.getColumn(column).getInt64(); }

std::string SqliteStatement::text(int column) const { return statement_.getColumn(column).getString(); }

}  // namespace purser::store
