#include "store/transaction.h"

#include <fmt/format.h>

#include "store/embedded_sql.h"

namespace purser::store {
namespace {

constexpr char kBeginRead[] = "BEGIN";
constexpr char kBeginWrite[] = "BEGIN IMMEDIATE";
constexpr char kCommit[] = "COMMIT";

}  // namespace

Snapshot::Snapshot(Connection& connection) : connection_(connection) {
  try {
    begin(kBeginRead);
    require_unchanged_schema();
  } catch (...) {
    connection_.rollback();
    throw;
  }
}

Snapshot::~Snapshot() { connection_.rollback(); }

void Snapshot::begin(Sql begin) {
  connection_.require_own_process();
  connection_.statement(begin).run();
  now_ = connection_.clock().now();
}

void Snapshot::require_unchanged_schema() {
  int stored = connection_.stored_schema_version();
  if (stored != newest_version()) {
    throw Error(
        ErrorCode::schema_changed,
        fmt::format("the database was migrated to schema {} while it was open: open it again", stored));
  }
}

Transaction::Transaction(Connection& connection, SchemaCheck check) : Snapshot(connection, Unopened{}) {
  connection_.enter_gate();
  try {
    begin(kBeginWrite);
    if (check == SchemaCheck::required) require_unchanged_schema();
  } catch (...) {
    connection_.rollback();
    connection_.gate().unlock();
    throw;
  }
}

Transaction::~Transaction() {
  if (!connection_.gate().is_locked()) return;  // committed
  connection_.rollback();
  connection_.gate().unlock();
}

void Transaction::commit() {
  connection_.statement(kCommit).run();
  connection_.checkpoint_when_due();
  connection_.gate().unlock();
}

}  // namespace purser::store
