// A Connection to one SQLite file: opened with every pragma that the store relies on, checked to be a purser
// database, bound to the process that opened it, with its statements kept. purser/database.h has the contract
// for its users, connection.h the part that domains see; this header is for src/store and maintenance.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "purser/database.h"
#include "store/connection.h"
#include "store/durability/durable_commit.h"
#include "store/files/file_checks.h"
#include "store/files/open_files.h"
#include "store/files/way_to_open.h"
#include "store/gate/gate.h"

struct sqlite3;
namespace SQLite {
class Database;
}

namespace purser::store {

inline constexpr int kApplicationId = 0x50757273;  // "Purs": PRAGMA application_id of our files

// The schemas that `open` accepts: the one that this library was built with, or any. as_it_is: any schema,
// and the files stay as they are: it changes no mode and makes no log beside a file that has none.
enum class Accept { current_schema, any_schema, as_it_is };

// alone: with SQLite's exclusive lock as long as the connection lives; `open` throws busy where another
// connection has the database open.
enum class Sharing { shared, alone };

class SqliteConnection final : public Connection {
 public:
  static std::unique_ptr<SqliteConnection> open(const DatabaseOptions& options, Accept accept,
                                                Sharing sharing = Sharing::shared);
  ~SqliteConnection() override;

  const std::filesystem::path& path() const override { return options_.path; }
  Durability durability() const override { return durability_; }
  int stored_schema_version() override;
  std::int64_t free_bytes() override;
  void require_unchanged_schema() override;

  // Throws wrong_process in a process that was forked after the open.
  void require_own_process() const;
  // True where the file is read without a lock or a log, since no process has it open and this user cannot
  // make a log. Such a connection never writes.
  bool is_immutable() const { return way_ == Opening::immutable; }

  // Rolls back the open transaction, if there is one.
  void rollback() noexcept;
  // Runs a script, for the few statements that cannot be kept.
  void execute(const char* script);
  // For calls of src/store into SQLite's own API.
  sqlite3* handle() const;

  WriteGate& gate() { return gate_; }
  // Waits at the gate; for the rest of the deadline SQLite may then wait for a foreign tool's lock.
  void enter_gate();
  void leave_gate() noexcept;
  // Takes the gate for one checkpoint and returns SQLite's result. Throws busy.
  int checkpoint_under_gate();
  // Opens another connection, for a background thread, and returns a function of which each call is one
  // checkpoint through it.
  static std::function<int()> checkpoints_of(DatabaseOptions options);
  // Copies the whole log into the file, which then is the whole database.
  // REQUIRES: no other connection has it open.
  void empty_log();

 private:
  class GateTurn;

  SqliteConnection(DatabaseOptions options, Opening way);
  void prepare(Accept accept, Sharing sharing);
  void learn_files(Sharing sharing);
  void require_writable() const;
  void lock_gate();
  void require_idle() const;
  void look_now_and_then();
  void require_same_files();
  void require_same_files_before_answer();
  void configure();
  std::string journal_mode();
  void require_ours();
  void require_current_schema();
  void require_unchanged_schema_to_write();
  void apply_durability();
  void keep_companion_files();

  KeptStatement& kept(Sql sql) override;
  Instant begin_read(SchemaCheck check) override;
  void end_read() noexcept override { rollback(); }
  Instant begin_write(SchemaCheck check) override;
  void commit() override;
  void end_write() noexcept override;

  DatabaseOptions options_;
  unsigned fork_generation_;
  Opening way_;
  WriteGate gate_;
  OpenFiles files_;
  SteadyInstant file_seen_at_{};
  std::int64_t tick_ = 0;  // of a reader's last look at the files
  Durability durability_ = Durability::full;
  std::optional<unsigned> checked_data_version_;
  std::unique_ptr<SQLite::Database> database_;
  std::unordered_map<const char*, std::unique_ptr<KeptStatement>> kept_;
  std::unique_ptr<DurableCommit> commit_;  // null where the file is immutable
};

// The connection of a Database that is a SQLite file.
SqliteConnection& sqlite_connection(const Database& database);

}  // namespace purser::store
