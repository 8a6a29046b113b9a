#include "store/transaction.h"

#include "store/gate/lock_holders.h"

namespace purser::store {
namespace {

constexpr char kBeginRead[] = "BEGIN";
constexpr char kBeginWrite[] = "BEGIN IMMEDIATE";
constexpr char kCommit[] = "COMMIT";

// SQLite's own words say nothing of who it waited for.
template <typename Call>
void naming_who_is_in_the_way(const std::filesystem::path& database, Call&& call) {
  try {
    call();
  } catch (const Error& fault) {
    if (fault.code() == ErrorCode::busy) throw naming_the_holder(fault, database);
    throw;
  }
}

}  // namespace

Snapshot::Snapshot(Connection& connection, SchemaCheck check) : connection_(connection) {
  connection_.require_own_process();
  connection_.require_idle();
  connection_.look_now_and_then();
  try {
    begin(kBeginRead);
    naming_who_is_in_the_way(connection_.path(), [&] {
      if (check == SchemaCheck::required) connection_.require_unchanged_schema();
    });
  } catch (...) {
    connection_.rollback();
    throw;
  }
}

Snapshot::~Snapshot() { connection_.rollback(); }

void Snapshot::begin(Sql begin) {
  connection_.run(begin);
  now_ = connection_.clock().now();
}

Transaction::Transaction(Connection& connection, SchemaCheck check) : Snapshot(connection, Unopened{}) {
  connection_.require_own_process();
  connection_.require_idle();
  connection_.enter_gate();
  try {
    naming_who_is_in_the_way(connection_.path(), [&] { begin(kBeginWrite); });
    if (check == SchemaCheck::required) connection_.require_unchanged_schema_to_write();
  } catch (...) {
    connection_.rollback();
    connection_.leave_gate();
    throw;
  }
}

Transaction::~Transaction() {
  if (!connection_.gate().is_locked()) return;  // committed
  connection_.note_failed_sync();
  connection_.rollback();
  connection_.leave_gate();
}

void Transaction::commit() {
  connection_.announce_commit();
  connection_.run(kCommit);
  connection_.note_commit();
  connection_.leave_gate();
  connection_.make_durable();
}

}  // namespace purser::store
