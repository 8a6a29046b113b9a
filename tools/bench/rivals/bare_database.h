// A database of Purser's, opened by SQLite's C API alone: with the pragmas that Purser sets, statements that
// are prepared once, and SQLite's usual checkpoint: the commit that brings the WAL to 1000 pages runs it,
// passively.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "bench/measure/client.h"
#include "purser/database.h"

namespace bench {

struct CloseBare {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

using BareStatement = std::unique_ptr<sqlite3_stmt, CloseBare>;

// A bound text must live until the statement has run.
inline void bind_one(sqlite3_stmt* statement, int index, std::int64_t value) {
  sqlite3_bind_int64(statement, index, value);
}
inline void bind_one(sqlite3_stmt* statement, int index, std::string_view text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}
inline void bind_one(sqlite3_stmt* statement, int index, std::nullptr_t) {
  sqlite3_bind_null(statement, index);
}

template <typename... Values>
void bind_all(const BareStatement& statement, const Values&... values) {
  int index = 0;
  (bind_one(statement.get(), ++index, values), ...);
}

class BareDatabase {
 public:
  BareDatabase(const std::filesystem::path& path, purser::Durability durability);
  BareDatabase(const BareDatabase&) = delete;
  BareDatabase& operator=(const BareDatabase&) = delete;

  BareStatement prepare(const char* sql) const;
  void execute(const char* sql) const;
  void run(const BareStatement& statement) const;       // REQUIRES: it returns no row; throws Busy if locked
  bool step(const BareStatement& statement) const;      // true: there is a row; the caller resets it
  void read_all(const BareStatement& statement) const;  // and resets it
  void begin() const { run(begin_); }
  void commit();
  [[noreturn]] void fail(const char* what) const;

 private:
  std::unique_ptr<sqlite3, CloseBare> database_;
  int wal_pages_ = 0;
  BareStatement begin_, commit_;
};

}  // namespace bench
