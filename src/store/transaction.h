// The two scopes in which a connection is used.
//
//   store::Snapshot view(connection);        // reads one consistent state; takes no lock that writers want
//   auto row = view.rows(kBalance, account);
//   if (row.step()) use(row.get<Millitokens>(0));
//
//   store::Transaction change(connection);   // one writer at a time: locked before the first read
//   ... load, decide ...
//   change.run(kStoreBalance, account, balance);
//   change.commit();                         // returns when it is durable; else the destructor rolls back
//
// Both check the schema version: a connection that was open across an upgrade gets schema_changed and
// writes nothing. No code sleeps, prints or calls a service while one of them lives.
// REQUIRES: every Statement of a scope is gone before the scope ends; scopes of one connection do not nest.
#pragma once

#include <utility>

#include "store/connection.h"

namespace purser::store {

// One consistent state to read. The domains' loading functions take it, and so a Transaction too.
class Snapshot {
 public:
  explicit Snapshot(Connection& connection, SchemaCheck check = SchemaCheck::required)
      : connection_(connection), now_(connection.begin_read(check)) {}
  ~Snapshot() { connection_.end_read(); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // As Connection::rows and Connection::first.
  template <typename... Values>
  [[nodiscard]] Statement rows(Sql sql, const Values&... values) {
    return connection_.rows(sql, values...);
  }
  template <typename Read, typename... Values>
  auto first(Sql sql, Read&& read, const Values&... values) {
    return connection_.first(sql, std::forward<Read>(read), values...);
  }

  // The one instant at which all of this scope happens.
  Instant now() const { return now_; }
  // The file's schema version: with SchemaCheck::skipped it may be older than this library's.
  int schema_version() const { return connection_.stored_schema_version(); }

 protected:
  Snapshot(Connection& connection, Instant now) : connection_(connection), now_(now) {}

  Connection& connection_;

 private:
  Instant now_;
};

class Transaction : public Snapshot {
 public:
  explicit Transaction(Connection& connection, SchemaCheck check = SchemaCheck::required)
      : Snapshot(connection, connection.begin_write(check)) {}
  ~Transaction() { connection_.end_write(); }

  // As Connection::run and Connection::count_rows.
  template <typename... Values>
  void run(Sql sql, const Values&... values) {
    connection_.run(sql, values...);
  }
  template <typename... Values>
  std::int64_t count_rows(Sql sql, const Values&... values) {
    return connection_.count_rows(sql, values...);
  }

  void commit() { connection_.commit(); }
  const std::string& worker() const { return connection_.worker(); }
};

}  // namespace purser::store
