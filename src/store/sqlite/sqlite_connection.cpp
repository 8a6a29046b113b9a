#include "store/sqlite/sqlite_connection.h"

#include <SQLiteCpp/Database.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "store/files/access.h"
#include "store/files/files.h"
#include "store/files/trusted_files.h"
#include "store/gate/lock_holders.h"
#include "store/kept_statement.h"
#include "store/schema/schema_version.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/sqlite_file.h"
#include "store/sqlite/sqlite_statement.h"

// A rule for all code here: while a process has the database open, only SQLite may open the main file or -shm
// in it (no stream, no copy, no SQLite::Database::getHeaderInfo). Closing another descriptor drops the POSIX
// locks that SQLite holds on the file in this process, and answered commits can be lost. So facts that are
// needed before SQLite opens the file come from stat and statfs, and all others from pragmas.

namespace purser::store {
namespace {

// Far above any stored value; bounds the memory that an expression in a foreign file can cost.
constexpr int kLongestValue = 64 * 1024 * 1024;

constexpr auto kFileSeen = std::chrono::milliseconds(1);
// How long the checkpointer's thread may wait at the gate, and so delay its end.
constexpr Duration kCheckpointPatience = std::chrono::milliseconds(200);

constexpr char kBeginRead[] = "BEGIN";
constexpr char kBeginWrite[] = "BEGIN IMMEDIATE";
constexpr char kCommit[] = "COMMIT";
constexpr char kFreePages[] = "PRAGMA freelist_count";
constexpr char kPageBytes[] = "PRAGMA page_size";
constexpr char kUserVersion[] = "PRAGMA user_version";
constexpr char kApplicationIdOf[] = "PRAGMA application_id";
constexpr char kJournalMode[] = "PRAGMA journal_mode";
constexpr char kEmptyLog[] = "PRAGMA wal_checkpoint(TRUNCATE)";
constexpr char kDurability[] = "SELECT durability FROM database_setting WHERE id = 1";

// Adds the path: SQLite's message names no file, and the reader of a cron mail has many.
Error naming_the_file(const Error& fault, const std::filesystem::path& path) {
  if (fault.code() == ErrorCode::cannot_open || fault.code() == ErrorCode::read_only) {
    std::string why = why_not_opened(real_path(path));
    if (!why.empty()) return {fault.code(), fmt::format("{} cannot be opened: {}", path.string(), why)};
  }
  if (fault.code() == ErrorCode::busy) return naming_the_holder(fault, real_path(path));
  std::string message = fault.what();
  bool named = message.find(path.filename().string()) != std::string::npos;
  return {fault.code(), named ? message : fmt::format("{}: {}", path.string(), message)};
}

Error file_replaced(const std::string& file) {
  return {ErrorCode::file_replaced,
          fmt::format("{} was removed or replaced while the database was open, and nothing is read or stored "
                      "through the old one: end every process that has it open, and open it again",
                      file)};
}

Error replaced_in_a_write(const std::string& file) {
  return {
      ErrorCode::file_replaced,
      fmt::format("{} was removed or replaced while a change was being stored, which may be lost with it: "
                  "end every process that has the database open, open it again, and look whether the "
                  "change is there",
                  file)};
}

Error cannot_write(const std::filesystem::path& path, const std::string& why) {
  return {ErrorCode::read_only, fmt::format("{} cannot be written: {}", path.string(), why)};
}

std::int64_t present_tick() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// A second name of an immutable file does no harm, since it is only read and has no log: many copies of a
// backup have one.
void require_trust(const std::filesystem::path& path, Opening way, Sharing sharing) {
  if (way == Opening::immutable) return require_trusted_companions(path);
  require_trusted_files(path, sharing == Sharing::alone ? Names::with_a_second_name : Names::one);
}

// Adds the holders' names to a busy error: SQLite's message does not name them.
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

std::unique_ptr<SqliteConnection> SqliteConnection::open(const DatabaseOptions& options, Accept accept,
                                                         Sharing sharing) {
  require_name("worker", options.worker);
  DatabaseOptions real = options;
  real.path = real_path(options.path);
  require_short_enough(real.path);
  require_database_file(real.path);
  Opening way = way_to_open(real.path, accept == Accept::as_it_is ? Companions::leave : Companions::make);
  require_trust(real.path, way, sharing);
  if (accept != Accept::as_it_is) align_companion_modes(real.path);
  try {
    auto connection = std::unique_ptr<SqliteConnection>(new SqliteConnection(std::move(real), way));
    connection->prepare(accept, sharing);
    return connection;
  } catch (const Error& fault) {
    throw naming_the_file(fault, options.path);
  }
}

void SqliteConnection::prepare(Accept accept, Sharing sharing) {
  keep_companion_files();
  if (sharing == Sharing::alone) execute("PRAGMA locking_mode = EXCLUSIVE");  // the first read takes the lock
  require_ours();
  configure();
  learn_files(sharing);
  if (is_immutable() && accept != Accept::as_it_is) {
    log(LogLevel::info, fmt::format("{} is only read, as an immutable file, since it has no log: {}",
                                    options_.path.string(), why_not_written(options_.path)));
  }
  if (!is_immutable()) {  // else it would make an index
    commit_ =
        std::make_unique<DurableCommit>(handle(), options_.path, gate_, *this, sharing == Sharing::shared,
                                        [own = options_] { return checkpoints_of(own); });
  }
  if (accept == Accept::current_schema) require_current_schema();
  apply_durability();
}

// REQUIRES: SQLite has read. That read waited for a restore under way, and none begins while this connection
// lives. The second look here sees a file that was put beside the database after the first.
void SqliteConnection::learn_files(Sharing sharing) {
  files_.learn(is_immutable()              ? OpenFiles::Which::main_file
               : sharing == Sharing::alone ? OpenFiles::Which::log
                                           : OpenFiles::Which::all);
  require_trust(options_.path, way_, sharing);
  // The names must still lead to the files whose owner and mode were checked, and to the one SQLite opened.
  int has_moved = 0;
  sqlite3_file_control(handle(), nullptr, SQLITE_FCNTL_HAS_MOVED, &has_moved);
  std::string changed = has_moved != 0 ? options_.path.string() : files_.changed_by_name();
  if (!changed.empty()) throw file_replaced(changed);
}

SqliteConnection::SqliteConnection(DatabaseOptions options, Opening way)
    : Connection(Context(*options.clock, options.log, options.worker)),
      options_(std::move(options)),
      fork_generation_(store::fork_generation()),
      way_(way),
      gate_(options_.path),
      files_(options_.path) {
  // Without write permission SQLite itself falls back to reading. The timeout is set before the first
  // statement: two processes that open a cold file at once would otherwise fail as locked.
  database_ = translating([&] {
    return is_immutable() ? open_immutable(options_.path)
                          : open_sqlite(options_.path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX,
                                        milliseconds_for_sqlite(options_.busy_deadline));
  });
}

SqliteConnection::~SqliteConnection() {
  if (fork_generation_ == store::fork_generation()) return;
  // In a forked child, closing would act on the parent's files. Leaking the memory is the lesser evil.
  for (auto& entry : kept_) static_cast<void>(entry.second.release());
  static_cast<void>(commit_.release());  // its thread does not exist in the child
  static_cast<void>(database_.release());
}

void SqliteConnection::require_own_process() const {
  if (fork_generation_ != store::fork_generation()) {
    throw Error(ErrorCode::wrong_process,
                "this database was opened before the process forked: open one of its own in the child");
  }
}

void SqliteConnection::require_ours() {
  int id = 0;
  {
    auto row = rows(kApplicationIdOf);
    row.step();
    id = row.get<int>(0);
  }
  if (id != kApplicationId) {
    throw Error(ErrorCode::foreign_database,
                fmt::format("{} is a SQLite database, but not one of purser's", options_.path.string()));
  }
}

void SqliteConnection::configure() {
  execute(
      "PRAGMA foreign_keys = ON;"
      "PRAGMA wal_autocheckpoint = 0;"
      "PRAGMA journal_size_limit = 16777216;"  // frees what a pinned log grew to
      "PRAGMA mmap_size = 0;");
  // Purser reads tables alone: a view of a table's name is a trap.
  sqlite3_db_config(handle(), SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_limit(handle(), SQLITE_LIMIT_LENGTH, kLongestValue);
  std::string mode = journal_mode();
  if (mode != "wal") {
    throw Error(ErrorCode::corrupt,
                fmt::format("the journal mode of {} is {}, it must be wal: with no worker running, run "
                            "`sqlite3 {} 'PRAGMA journal_mode=wal'`",
                            options_.path.string(), mode, options_.path.string()));
  }
}

// For an immutable file the pragma does not give the file's mode: its header does (1.3.3 of
// https://www.sqlite.org/fileformat.html).
std::string SqliteConnection::journal_mode() {
  if (is_immutable()) {
    constexpr sqlite3_int64 kReadVersion = 19;
    sqlite3_file* file = nullptr;
    sqlite3_file_control(handle(), nullptr, SQLITE_FCNTL_FILE_POINTER, &file);
    unsigned char version = 0;
    bool read = file->pMethods->xRead(file, &version, 1, kReadVersion) == SQLITE_OK;
    return read && version == 2 ? "wal" : "delete";
  }
  auto row = rows(kJournalMode);
  row.step();
  return row.get<std::string>(0);
}

// Runs before the first statement, so that a file that proves not to be a purser database stays as it was.
void SqliteConnection::keep_companion_files() {
  sqlite3* handle = database_->getHandle();
  int on = 1;
  sqlite3_file_control(handle, nullptr, SQLITE_FCNTL_PERSIST_WAL, &on);
  // The last close would checkpoint outside the gate.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void SqliteConnection::require_current_schema() {
  int stored = stored_schema_version();
  if (stored < newest_version()) {
    throw Error(ErrorCode::schema_older,
                fmt::format("{} has schema {}, this purser needs {}: run `purser migrate up`",
                            options_.path.string(), stored, newest_version()));
  }
  require_not_newer(options_.path.string(), stored);
}

void SqliteConnection::apply_durability() {
  if (stored_schema_version() == 0) return;  // `create` will fill it
  std::string stored;
  {
    auto row = rows(kDurability);
    if (!row.step())
      throw Error(ErrorCode::corrupt, "the row of database_setting is missing: restore a backup");
    stored = row.get<std::string>(0);
  }
  durability_ = stored == "normal" ? Durability::normal : Durability::full;
  execute("PRAGMA synchronous = NORMAL");  // DurableCommit adds the syncs of `full`
}

int SqliteConnection::stored_schema_version() {
  auto row = rows(kUserVersion);
  row.step();
  return row.get<int>(0);
}

std::int64_t SqliteConnection::free_bytes() {
  auto number = [this](Sql pragma) {
    auto row = rows(pragma);
    row.step();
    return row.get<std::int64_t>(0);
  };
  return number(kFreePages) * number(kPageBytes);
}

void SqliteConnection::require_unchanged_schema() {
  int stored = stored_schema_version();
  if (stored != newest_version()) {
    throw Error(
        ErrorCode::schema_changed,
        fmt::format("the database was migrated to schema {} while it was open: open it again", stored));
  }
}

void SqliteConnection::require_unchanged_schema_to_write() {
  unsigned data_version = 0;
  sqlite3_file_control(handle(), nullptr, SQLITE_FCNTL_DATA_VERSION, &data_version);
  if (checked_data_version_ == data_version) return;
  require_unchanged_schema();
  checked_data_version_ = data_version;
}

KeptStatement& SqliteConnection::kept(Sql sql) {
  require_own_process();
  auto& kept = kept_[sql.text()];
  if (!kept) kept = translating([&] { return std::make_unique<SqliteStatement>(*database_, sql.text()); });
  return *kept;
}

void SqliteConnection::execute(const char* script) {
  require_own_process();
  translating([&] { database_->exec(script); });
}

sqlite3* SqliteConnection::handle() const { return database_->getHandle(); }

void SqliteConnection::look_now_and_then() {
  std::int64_t now = present_tick();
  if (now == tick_) return;
  require_same_files();
  tick_ = now;
}

// Checks the names at each call, and the main file itself every kFileSeen, since a file mounted over the
// database or a renamed folder above it changes no name in the folder.
void SqliteConnection::require_same_files() {
  auto now = std::chrono::steady_clock::now();
  std::string changed = gate_.is_locked() ? files_.changed(gate_.folder_seen()) : files_.changed();
  bool is_due = now - file_seen_at_ >= kFileSeen;
  if (changed.empty() && is_due) changed = files_.changed_main_file();
  if (!changed.empty()) throw file_replaced(changed);
  if (is_due) file_seen_at_ = now;
}

void SqliteConnection::require_same_files_before_answer() {
  std::string changed = files_.changed();
  if (!changed.empty()) throw replaced_in_a_write(changed);
}

void SqliteConnection::require_writable() const {
  if (!is_immutable()) return;
  std::string why = why_not_written(options_.path);
  throw cannot_write(options_.path, why.empty() ? "it was opened to look at it alone" : why);
}

// Names a read-only mount, which the gate's own error does not know.
void SqliteConnection::lock_gate() {
  require_writable();
  try {
    gate_.lock(options_.busy_deadline);
  } catch (const Error& fault) {
    std::string mount = fault.code() == ErrorCode::read_only ? read_only_mount_in_words(options_.path) : "";
    if (mount.empty()) throw;
    throw cannot_write(options_.path, why_not_written(options_.path));
  }
}

void SqliteConnection::enter_gate() {
  require_own_process();
  auto arrived = std::chrono::steady_clock::now();
  lock_gate();
  auto waited = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - arrived);
  Duration left = options_.busy_deadline - waited;
  wait_for_locks_at_most(handle(), left);
  try {
    require_same_files();
    commit_->repair_what_failed(left);
  } catch (...) {
    leave_gate();
    throw;
  }
}

void SqliteConnection::leave_gate() noexcept {
  gate_.unlock();
  // A read may have to wait for the recovery of the WAL, and gets the whole deadline again.
  wait_for_locks_at_most(handle(), options_.busy_deadline);
}

// Holds the gate for a scope.
class SqliteConnection::GateTurn {
 public:
  explicit GateTurn(SqliteConnection& connection) : connection_(connection) { connection.enter_gate(); }
  ~GateTurn() { connection_.leave_gate(); }
  GateTurn(const GateTurn&) = delete;
  GateTurn& operator=(const GateTurn&) = delete;

 private:
  SqliteConnection& connection_;
};

void SqliteConnection::require_idle() const {
  if (sqlite3_get_autocommit(handle()) != 0) return;
  throw Error(ErrorCode::internal, "a transaction was begun inside another one of the same connection");
}

void SqliteConnection::rollback() noexcept {
  if (fork_generation_ != store::fork_generation()) return;
  if (sqlite3_get_autocommit(handle()) == 0) database_->tryExec("ROLLBACK");
}

Instant SqliteConnection::begin_read(SchemaCheck check) {
  require_own_process();
  require_idle();
  look_now_and_then();
  try {
    run(kBeginRead);
    Instant now = clock().now();
    naming_who_is_in_the_way(path(), [&] {
      if (check == SchemaCheck::required) require_unchanged_schema();
    });
    return now;
  } catch (...) {
    rollback();
    throw;
  }
}

Instant SqliteConnection::begin_write(SchemaCheck check) {
  require_own_process();
  try {
    require_idle();
  } catch (...) {
    rollback();  // a transaction inside another is a bug: the outer one is not stored either
    throw;
  }
  enter_gate();
  try {
    naming_who_is_in_the_way(path(), [&] { run(kBeginWrite); });
    Instant now = clock().now();
    if (check == SchemaCheck::required) require_unchanged_schema_to_write();
    return now;
  } catch (...) {
    rollback();
    leave_gate();
    throw;
  }
}

void SqliteConnection::commit() {
  commit_->announce();
  run(kCommit);
  commit_->note();
  leave_gate();
  if (durability_ == Durability::full) commit_->wait_until_durable();
  if (commit_->wrote()) require_same_files_before_answer();
  commit_->look_after_log();
}

void SqliteConnection::end_write() noexcept {
  if (!gate_.is_locked()) return;  // committed
  commit_->note_failed_sync();
  rollback();
  leave_gate();
}

std::function<int()> SqliteConnection::checkpoints_of(DatabaseOptions options) {
  options.busy_deadline = kCheckpointPatience;
  options.log = nullptr;  // only the caller's thread may use the caller's log
  std::shared_ptr<SqliteConnection> own = open(options, Accept::any_schema);
  return [own] { return own->checkpoint_under_gate(); };
}

int SqliteConnection::checkpoint_under_gate() {
  if (!gate_.has_page()) GateTurn makes_the_page(*this);
  commit_->sync_log();
  GateTurn turn(*this);
  auto no_fork = hold_off_forks();
  return commit_->checkpoint();
}

void SqliteConnection::empty_log() {
  auto row = rows(kEmptyLog);
  bool busy = !row.step() || row.get<int>(0) != 0;
  if (busy) throw Error(ErrorCode::busy, fmt::format("the log of {} is in use", options_.path.string()));
}

SqliteConnection& sqlite_connection(const Database& database) {
  return static_cast<SqliteConnection&>(database.connection());
}

}  // namespace purser::store
