// One connection of one process to the one file: opened with every pragma that the house relies on, checked
// to be ours, bound to the process that opened it, with its statements kept. See purser/database.h for the
// contract, transaction.h for how it is used.
#pragma once

#include <filesystem>
#include <memory>
#include <unordered_map>

#include "purser/database.h"
#include "store/file_checks.h"
#include "store/gate.h"
#include "store/statement.h"

struct sqlite3;
namespace SQLite {
class Database;
}

namespace purser::store {

inline constexpr int kApplicationId = 0x50757273;  // "Purs": PRAGMA application_id of our files

// What `open` lets in besides the schema that this library was built with.
enum class Accept { current_schema, any_schema };

class Connection {
 public:
  static std::unique_ptr<Connection> open(const DatabaseOptions& options, Accept accept);
  ~Connection();
  Connection(const Connection&) = delete;  // transactions and statements point to it
  Connection& operator=(const Connection&) = delete;

  // Throws wrong_process in a process that was forked after the open.
  void require_own_process() const;

  Statement statement(Sql sql);
  // Runs a script: for migrations and views, and for the few statements that cannot be kept.
  void execute(const char* script);

  WriteGate& gate() { return gate_; }
  // Waits at the gate, then lets SQLite wait for a foreign tool's lock for what is left of the deadline.
  void enter_gate();
  void leave_gate() noexcept;
  // Copies the WAL into the database when it has grown; only while the gate is held, outside transactions.
  // SQLite's result: a failure loses nothing, the next commit tries again.
  int checkpoint_when_due();
  // Throws internal where a Snapshot or Transaction of this connection is alive: they do not nest.
  void require_idle() const;
  // Ends a transaction that was not committed, when there is one; never throws.
  void rollback() noexcept;

  Clock& clock() const { return *options_.clock; }
  const std::string& worker() const { return options_.worker; }
  const std::filesystem::path& path() const { return options_.path; }
  Durability durability() const { return durability_; }
  int stored_schema_version();
  // Throws schema_changed where the file was migrated since it was opened.
  void require_unchanged_schema();
  void log(LogLevel level, std::string_view text) const;

 private:
  explicit Connection(DatabaseOptions options);
  void prepare(Accept accept);
  void require_same_file() const;
  void configure();
  void require_ours();
  void require_current_schema();
  void apply_durability();
  void keep_companion_files();
  static int count_wal_pages(void* connection, sqlite3*, const char*, int pages);

  DatabaseOptions options_;
  unsigned fork_generation_;
  WriteGate gate_;
  FileIdentity identity_;
  Durability durability_ = Durability::full;
  int wal_pages_ = 0;
  int checkpoint_at_pages_;
  std::unique_ptr<SQLite::Database> database_;
  std::unordered_map<const char*, std::unique_ptr<KeptStatement>> kept_;
};

}  // namespace purser::store
