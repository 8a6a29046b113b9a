// The interface between the domains and an engine: the open connection of a Database. The domains use it
// through Snapshot and Transaction (transaction.h); besides, it offers single reads that need no snapshot,
// and its Context.
//
// One engine implements it: SQLite (sqlite/sqlite_connection.h).
//
// One thread at a time uses it, in the process that opened it.
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

enum class SchemaCheck { required, skipped };  // skipped: for reads that older schemas allow

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
  // Returns `read` of the query's first row; nullopt where there is no row. Copies no value.
  template <typename Read, typename... Values>
  auto first(Sql sql, Read&& read, const Values&... values)
      -> std::optional<std::invoke_result_t<Read, const Statement&>> {
    Statement row(kept(sql), Binding::in_place, values...);
    if (!row.step()) return std::nullopt;
    return read(std::as_const(row));
  }
  // Runs a statement that gives no rows. Copies no value.
  template <typename... Values>
  void run(Sql sql, const Values&... values) {
    Statement statement(kept(sql), Binding::in_place, values...);
    while (statement.step()) {
    }
  }
  // Runs a statement with RETURNING and returns the number of rows that it changed.
  template <typename... Values>
  std::int64_t count_rows(Sql sql, const Values&... values) {
    std::int64_t count = 0;
    for (Statement row(kept(sql), Binding::in_place, values...); row.step();) ++count;
    return count;
  }

  // The path that the file was opened by.
  virtual const std::filesystem::path& path() const = 0;
  virtual Durability durability() const = 0;
  virtual int stored_schema_version() = 0;
  // Of the database, where nothing is stored: used again before it grows.
  virtual std::int64_t free_bytes() = 0;
  // Throws schema_changed where the database was migrated since it was opened.
  virtual void require_unchanged_schema() = 0;

 private:
  friend class Snapshot;
  friend class Transaction;

  virtual KeptStatement& kept(Sql sql) = 0;

  // Each `begin` returns the one instant at which all of its scope happens, read once the lock is held.
  // Throws schema_changed where `check` is required and the database was migrated since it was opened.
  virtual Instant begin_read(SchemaCheck check) = 0;
  virtual void end_read() noexcept = 0;
  virtual Instant begin_write(SchemaCheck check) = 0;
  // Returns once the change is as durable as the database promises. Throws io_error where it may not be.
  virtual void commit() = 0;
  virtual void end_write() noexcept = 0;  // rolls back unless committed
};

}  // namespace purser::store
