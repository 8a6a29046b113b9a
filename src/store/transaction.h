// The two ways to use a connection.
//
//   store::Snapshot view(connection);        // reads one consistent state; takes no lock that writers want
//
//   store::Transaction change(connection);   // the gate, then BEGIN IMMEDIATE: locked before the first read
//   ... load, decide, store ...
//   change.commit();                         // returns when it is durable; else the destructor rolls back
//
// Both check the schema version: a connection that was open across an upgrade gets schema_changed and
// writes nothing. Nothing sleeps, prints or calls a service while one of them lives. Every Statement of a
// scope is gone before it ends.
#pragma once

#include "store/connection.h"

namespace purser::store {

enum class SchemaCheck { required, skipped };  // skipped: for whoever can read an older schema too

// What both can do: the domains' loading functions take this.
class Snapshot {
 public:
  explicit Snapshot(Connection& connection, SchemaCheck check = SchemaCheck::required);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  Statement statement(Sql sql) { return connection_.statement(sql); }
  // The wall clock, read once the lock was there: the one instant at which all of this scope happens.
  Instant now() const { return now_; }
  // Of the file: with SchemaCheck::skipped it may be older than what this library reads and writes.
  int schema_version() const { return connection_.stored_schema_version(); }

 protected:
  struct Unopened {};
  Snapshot(Connection& connection, Unopened) : connection_(connection) {}
  void begin(Sql begin);

  Connection& connection_;
  Instant now_{};
};

class Transaction : public Snapshot {
 public:
  explicit Transaction(Connection& connection, SchemaCheck check = SchemaCheck::required);
  ~Transaction();

  void commit();
  const std::string& worker() const { return connection_.worker(); }
};

}  // namespace purser::store
