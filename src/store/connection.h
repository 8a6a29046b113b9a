// One connection of one process to the one file: opened with every pragma that the house relies on, checked
// to be ours, bound to the process that opened it, with its statements kept. See purser/database.h for the
// contract, transaction.h for how it is used.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "purser/database.h"
#include "store/durability/checkpointer.h"
#include "store/durability/group_sync.h"
#include "store/durability/main_file.h"
#include "store/files/file_checks.h"
#include "store/files/open_files.h"
#include "store/files/way_to_open.h"
#include "store/gate/gate.h"
#include "store/statement.h"

struct sqlite3;
namespace SQLite {
class Database;
}

namespace purser::store {

inline constexpr int kApplicationId = 0x50757273;  // "Purs": PRAGMA application_id of our files

// What `open` lets in besides the schema that this library was built with. as_it_is: any schema, and the
// files stay as they are: their modes, and no log is made beside a file that has none.
enum class Accept { current_schema, any_schema, as_it_is };

// `alone`: with SQLite's exclusive lock as long as the connection lives. Throws busy where another has it
// open.
enum class Sharing { shared, alone };

class Connection {
 public:
  static std::unique_ptr<Connection> open(const DatabaseOptions& options, Accept accept,
                                          Sharing sharing = Sharing::shared);
  ~Connection();
  Connection(const Connection&) = delete;  // transactions and statements point to it
  Connection& operator=(const Connection&) = delete;

  // Throws wrong_process in a process that was forked after the open.
  void require_own_process() const;
  // For whoever only reads, so cheap that a cache hit does not notice: throws file_replaced within a tick of
  // the kernel's clock (at most 10 ms) after another file was put in the place of one that is open.
  void look_now_and_then();
  // Read without a lock or a log, since nobody has it open and this user cannot make a log; never written.
  bool is_immutable() const { return way_ == Opening::immutable; }

  Statement statement(Sql sql);
  // Runs a script: for the few statements that cannot be kept.
  void execute(const char* script);
  // For what this folder asks of SQLite itself.
  sqlite3* handle() const;

  WriteGate& gate() { return gate_; }
  // Waits at the gate, then lets SQLite wait for a foreign tool's lock for what is left of the deadline.
  void enter_gate();
  void leave_gate() noexcept;
  // So long SQLite waits for a foreign tool's lock, until the gate is left.
  void wait_at_most(Duration patience) noexcept;
  // What comes with a COMMIT: before it and after it, the gate held; then the gate is left, and this returns
  // when the change is as durable as the database promises. Throws io_error where it may not be.
  void announce_commit();
  void note_commit();
  // Instead of a commit, before the rollback: where a sync of SQLite's own failed in the transaction.
  void note_failed_sync() noexcept;
  void make_durable();
  // One checkpoint, in a turn of its own at the gate; SQLite's result. Throws busy.
  int checkpoint_under_gate();
  // The same again and again, by a connection of the one's own who calls it.
  static std::function<int()> checkpoints_of(DatabaseOptions options);
  // The whole log into the file, which then is the database by itself. Nobody else has it open.
  void empty_log();
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
  // The same in a transaction that has its lock, which knows whether anybody else has written since.
  void require_unchanged_schema_to_write();
  void log(LogLevel level, std::string_view text) const;

 private:
  Connection(DatabaseOptions options, Opening way);
  void prepare(Accept accept, Sharing sharing);
  void learn_files(Sharing sharing);
  void require_writable() const;
  void lock_gate();
  void require_same_files();
  void require_same_files_before_answer();
  void configure();
  std::string journal_mode();
  void require_ours();
  void require_current_schema();
  void apply_durability();
  void keep_companion_files();
  static int count_log_pages(void* connection, sqlite3*, const char*, int pages);
  bool is_durable() const { return durability_ == Durability::full; }
  void repair_after_failed_sync(Duration patience);
  void warn_of_checkpoint(int result) const;
  void warn_of_long_log();
  void end_checkpoints() noexcept;

  DatabaseOptions options_;
  unsigned fork_generation_;
  Opening way_;
  WriteGate gate_;
  OpenFiles files_;
  SteadyInstant file_seen_at_{};
  std::int64_t tick_ = 0;  // of the last look of a reader
  Durability durability_ = Durability::full;
  std::optional<unsigned> checked_data_version_;
  int log_pages_ = 0;  // after this connection's last commit that wrote
  bool wrote_ = false;
  bool one_died_ = false;
  CheckpointNeed checkpoint_need_ = CheckpointNeed::none;
  int urgent_result_ = 0;
  bool warned_of_long_log_ = false;
  std::unique_ptr<SQLite::Database> database_;
  std::unordered_map<const char*, std::unique_ptr<KeptStatement>> kept_;
  std::optional<GroupSync> sync_;
  std::optional<MainFile> main_;
  GroupSync::Commit commit_;
  std::unique_ptr<Checkpointer> checkpointer_;
};

}  // namespace purser::store
