#include "store/transaction.h"

namespace purser::store {
namespace {

constexpr char kBeginRead[] = "BEGIN";
constexpr char kBeginWrite[] = "BEGIN IMMEDIATE";
constexpr char kCommit[] = "COMMIT";

}  // namespace

Snapshot::Snapshot(Connection& connection, SchemaCheck check) : connection_(connection) {
  connection_.require_own_process();
  connection_.require_idle();
  connection_.look_now_and_then();
  try {
    begin(kBeginRead);
    if (check == SchemaCheck::required) connection_.require_unchanged_schema();
  } catch (...) {
    connection_.rollback();
    throw;
  }
}

Snapshot::~Snapshot() { connection_.rollback(); }

void Snapshot::begin(Sql begin) {
  connection_.statement(begin).run();
  now_ = connection_.clock().now();
}

Transaction::Transaction(Connection& connection, SchemaCheck check) : Snapshot(connection, Unopened{}) {
  connection_.require_own_process();
  connection_.require_idle();
  connection_.enter_gate();
  try {
    begin(kBeginWrite);
    if (check == SchemaCheck::required) connection_.require_unchanged_schema_to_write();
  } catch (...) {
    connection_.rollback();
    connection_.leave_gate();
    throw;
  }
}

Transaction::~Transaction() {
  if (!connection_.gate().is_locked()) return;  // committed
  connection_.rollback();
  connection_.leave_gate();
}

void Transaction::commit() {
  connection_.announce_commit();
  connection_.statement(kCommit).run();
  connection_.note_commit();
  connection_.leave_gate();
  connection_.make_durable();
}

}  // namespace purser::store
