// The seam between the domains and an engine: what a Database has open. The domains use it through Snapshot
// and Transaction (transaction.h); beside them it gives single reads that need no snapshot, and its Context.
//
// One engine stands behind it: SQLite (sqlite/sqlite_connection.h).
//
// One thread at a time, in the process that opened it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "purser/database.h"
#include "store/context.h"
#include "store/kept_statement.h"
#include "store/statement.h"

namespace purser::store {

enum class SchemaCheck { required, skipped };  // skipped: for what can read an older schema too

class Connection : public Context {
 public:
  explicit Connection(Context context) : Context(std::move(context)) {}
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;  // transactions and statements point to it
  Connection& operator=(const Connection&) = delete;

  // The rows of a query, with all of its parameters bound, in order (?1, ?2, ...).
  template <typename... Values>
  [[nodiscard]] Statement rows(Sql sql, const Values&... values) {
    return Statement(kept(sql), Binding::copied, values...);
  }
  // What `read` makes of the query's first row; nullopt where there is none. Copies no value.
  template <typename Read, typename... Values>
  auto first(Sql sql, Read&& read, const Values&... values)
      -> std::optional<std::invoke_result_t<Read, const Statement&>> {
    Statement row(kept(sql), Binding::in_place, values...);
    if (!row.step()) return std::nullopt;
    return read(std::as_const(row));
  }
  // A statement that gives no rows. Copies no value.
  template <typename... Values>
  void run(Sql sql, const Values&... values) {
    Statement statement(kept(sql), Binding::in_place, values...);
    while (statement.step()) {
    }
  }
  // Of a statement with RETURNING: how many rows it changed.
  template <typename... Values>
  std::int64_t count_rows(Sql sql, const Values&... values) {
    std::int64_t count = 0;
    for (Statement row(kept(sql), Binding::in_place, values...); row.step();) ++count;
    return count;
  }

  // Of the file, as it was opened.
  virtual const std::filesystem::path& path() const = 0;
  virtual Durability durability() const = 0;
  virtual int stored_schema_version() = 0;
  // Throws schema_changed where the database was migrated since it was opened.
  virtual void require_unchanged_schema() = 0;

 private:
  friend class Snapshot;
  friend class Transaction;

  virtual KeptStatement& kept(Sql sql) = 0;

  // Each `begin` returns the one instant at which all of its scope happens, read once the lock is there. It
  // throws schema_changed where `check` is required and the database was migrated since it was opened.
  virtual Instant begin_read(SchemaCheck check) = 0;
  virtual void end_read() noexcept = 0;
  virtual Instant begin_write(SchemaCheck check) = 0;
  // Returns when the change is as durable as the database promises. Throws io_error where it may not be.
  virtual void commit() = 0;
  virtual void end_write() noexcept = 0;  // rolls back what was not committed
};

}  // namespace purser::store
