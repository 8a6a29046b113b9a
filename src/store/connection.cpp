#include "store/connection.h"

#include <SQLiteCpp/Database.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "store/access.h"
#include "store/embedded_sql.h"
#include "store/kept_statement.h"
#include "store/schema_version.h"
#include "store/sqlite_error.h"

// A rule for everyone who works here: no code of a process that has the database open may open the main file
// or -shm by itself (a stream, a copy, SQLite::Database::getHeaderInfo). Closing such a descriptor drops the
// POSIX locks that SQLite holds on the file in this process, and answered commits can be lost. Hence all that
// must be known before SQLite opens it comes from stat and statfs, and the rest through pragmas.

namespace purser::store {
namespace {

// A log that long is not only being written fast.
constexpr int kLongLogPages = 50 * kCheckpointPages;

constexpr auto kFileSeen = std::chrono::milliseconds(1);

constexpr char kUserVersion[] = "PRAGMA user_version";
constexpr char kApplicationIdOf[] = "PRAGMA application_id";
constexpr char kJournalMode[] = "PRAGMA journal_mode";
constexpr char kEmptyLog[] = "PRAGMA wal_checkpoint(TRUNCATE)";
constexpr char kDurability[] = "SELECT durability FROM database_setting WHERE id = 1";

// SQLite's own words say nothing of the file, and the reader of a cron mail has many.
Error naming_the_file(const Error& fault, const std::filesystem::path& path) {
  if (fault.code() == ErrorCode::cannot_open || fault.code() == ErrorCode::read_only) {
    std::string why = why_not_opened(real_path(path));
    if (!why.empty()) return {fault.code(), fmt::format("{} cannot be opened: {}", path.string(), why)};
  }
  std::string message = fault.what();
  bool named = message.find(path.filename().string()) != std::string::npos;
  return {fault.code(), named ? message : fmt::format("{}: {}", path.string(), message)};
}

Error file_replaced(const std::filesystem::path& path) {
  return {ErrorCode::file_replaced,
          fmt::format("{} was removed or replaced while it was open: open it again", path.string())};
}

int to_milliseconds(Duration duration) {
  return static_cast<int>(std::clamp<Duration::rep>(duration.count(), 0, 2'000'000'000));
}

}  // namespace

std::unique_ptr<Connection> Connection::open(const DatabaseOptions& options, Accept accept, Sharing sharing) {
  require_name("worker", options.worker);
  DatabaseOptions real = options;
  real.path = real_path(options.path);
  require_database_file(real.path);
  if (accept != Accept::as_it_is) align_companion_modes(real.path);
  try {
    auto connection = std::unique_ptr<Connection>(new Connection(std::move(real)));
    connection->prepare(accept, sharing);
    return connection;
  } catch (const Error& fault) {
    throw naming_the_file(fault, options.path);
  }
}

void Connection::prepare(Accept accept, Sharing sharing) {
  keep_companion_files();
  if (sharing == Sharing::alone) execute("PRAGMA locking_mode = EXCLUSIVE");  // taken by the first read
  require_ours();
  configure();
  // Only now: a restore that was under way held that read up, and none begins while this connection lives.
  if (!file_.is_unchanged()) throw file_replaced(options_.path);
  sync_.emplace(database_->getHandle(), options_.path);
  if (accept == Accept::current_schema) require_current_schema();
  apply_durability();
}

Connection::Connection(DatabaseOptions options)
    : options_(std::move(options)),
      fork_generation_(store::fork_generation()),
      gate_(options_.path),
      file_(options_.path, file_identity(options_.path)),
      checkpointer_(std::make_unique<Checkpointer>(options_)) {
  // Without write permission SQLite falls back to reading by itself. The timeout comes before the first
  // statement: two processes that open a cold file at once would otherwise fail as locked.
  database_ = translating([&] {
    return std::make_unique<SQLite::Database>(options_.path.string(),
                                              SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX,
                                              to_milliseconds(options_.busy_deadline));
  });
}

Connection::~Connection() {
  if (fork_generation_ == store::fork_generation()) {
    end_checkpoints();
    return;
  }
  // In a forked child: closing would act on the parent's files. Leaving the memory is the lesser evil.
  for (auto& entry : kept_) static_cast<void>(entry.second.release());
  static_cast<void>(database_.release());
  static_cast<void>(checkpointer_.release());  // its thread did not come along
}

void Connection::end_checkpoints() noexcept {
  try {
    checkpointer_->stop();
    warn_of_checkpoint(checkpointer_->take_failure());
  } catch (...) {  // the caller's log
  }
}

void Connection::require_own_process() const {
  if (fork_generation_ != store::fork_generation()) {
    throw Error(ErrorCode::wrong_process,
                "this database was opened before the process forked: open one of its own in the child");
  }
}

void Connection::require_ours() {
  int id = 0;
  {
    auto row = statement(kApplicationIdOf);
    row.step();
    id = row.get<int>(0);
  }
  if (id != kApplicationId) {
    throw Error(ErrorCode::foreign_database,
                fmt::format("{} is a SQLite database, but not one of purser's", options_.path.string()));
  }
}

void Connection::configure() {
  execute(
      "PRAGMA foreign_keys = ON;"
      "PRAGMA wal_autocheckpoint = 0;"
      "PRAGMA journal_size_limit = 16777216;"  // what a pinned log grew to is given back
      "PRAGMA mmap_size = 0;"
      "PRAGMA trusted_schema = OFF;");
  std::string mode;
  {
    auto row = statement(kJournalMode);
    row.step();
    mode = row.get<std::string>(0);
  }
  if (mode != "wal") {
    throw Error(ErrorCode::corrupt,
                fmt::format("the journal mode of {} is {}, it must be wal: with no worker running, run "
                            "`sqlite3 {} 'PRAGMA journal_mode=wal'`",
                            options_.path.string(), mode, options_.path.string()));
  }
  // Only now: wal_autocheckpoint has a hook of its own, and takes this one away.
  sqlite3_wal_hook(database_->getHandle(), count_log_pages, this);
}

// Before the first statement: also a file that turns out to be none of ours is left as it was.
void Connection::keep_companion_files() {
  sqlite3* handle = database_->getHandle();
  int on = 1;
  sqlite3_file_control(handle, nullptr, SQLITE_FCNTL_PERSIST_WAL, &on);
  // The last close would checkpoint outside the gate.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Connection::require_current_schema() {
  int stored = stored_schema_version();
  if (stored < newest_version()) {
    throw Error(ErrorCode::schema_older,
                fmt::format("{} has schema {}, this purser needs {}: run `purser migrate up`",
                            options_.path.string(), stored, newest_version()));
  }
  require_not_newer(options_.path.string(), stored);
}

void Connection::apply_durability() {
  if (stored_schema_version() == 0) return;  // `create` is about to fill it
  std::string stored;
  {
    auto row = statement(kDurability);
    if (!row.step())
      throw Error(ErrorCode::corrupt, "the row of database_setting is missing: restore a backup");
    stored = row.get<std::string>(0);
  }
  durability_ = stored == "normal" ? Durability::normal : Durability::full;
  execute("PRAGMA synchronous = NORMAL");  // what `full` adds is make_durable's
}

int Connection::stored_schema_version() {
  auto row = statement(kUserVersion);
  row.step();
  return row.get<int>(0);
}

void Connection::require_unchanged_schema() {
  int stored = stored_schema_version();
  if (stored != newest_version()) {
    throw Error(
        ErrorCode::schema_changed,
        fmt::format("the database was migrated to schema {} while it was open: open it again", stored));
  }
}

void Connection::require_unchanged_schema_to_write() {
  unsigned data_version = 0;
  sqlite3_file_control(database_->getHandle(), nullptr, SQLITE_FCNTL_DATA_VERSION, &data_version);
  if (checked_data_version_ == data_version) return;
  require_unchanged_schema();
  checked_data_version_ = data_version;
}

Statement Connection::statement(Sql sql) {
  require_own_process();
  auto& kept = kept_[sql.text()];
  if (!kept) kept = translating([&] { return std::make_unique<KeptStatement>(*database_, sql.text()); });
  return Statement(*kept);
}

void Connection::execute(const char* script) {
  require_own_process();
  translating([&] { database_->exec(script); });
}

sqlite3* Connection::handle() const { return database_->getHandle(); }

// Whoever removes the file and makes it anew leaves a connection that writes where nobody will look. `create`
// and a restore hold the gate for longer than kFileSeen while they do; so, inside the gate, a look that is
// younger saw the file that is there.
void Connection::require_same_file() {
  auto now = std::chrono::steady_clock::now();
  if (now - file_seen_at_ < kFileSeen) return;
  if (!file_.is_unchanged()) throw file_replaced(options_.path);
  file_seen_at_ = now;
}

void Connection::enter_gate() {
  require_own_process();
  auto arrived = std::chrono::steady_clock::now();
  gate_.lock(options_.busy_deadline);
  auto waited = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - arrived);
  sqlite3_busy_timeout(database_->getHandle(), to_milliseconds(options_.busy_deadline - waited));
  try {
    require_same_file();
    if (GroupSync::has_failed(gate_.page())) repair_after_failed_sync();
  } catch (...) {
    leave_gate();
    throw;
  }
}

void Connection::repair_after_failed_sync() {
  sync_->repair(gate_.page());
  log(LogLevel::warning, "a sync had failed; the log was written once more, and the disk took it");
}

void Connection::leave_gate() noexcept {
  gate_.unlock();
  // A read may have to wait for the recovery of the WAL, and begins with a deadline of its own.
  sqlite3_busy_timeout(database_->getHandle(), to_milliseconds(options_.busy_deadline));
}

void Connection::require_idle() const {
  if (sqlite3_get_autocommit(database_->getHandle()) != 0) return;
  throw Error(ErrorCode::internal, "a transaction was begun inside another one of the same connection");
}

int Connection::count_log_pages(void* connection, sqlite3*, const char*, int pages) {
  auto* self = static_cast<Connection*>(connection);
  self->log_pages_ = pages;
  self->wrote_ = true;
  return SQLITE_OK;
}

void Connection::announce_commit() {
  wrote_ = false;
  one_died_ = GroupSync::announce(gate_.page());
}

void Connection::note_commit() {
  commit_ = sync_->note_commit(gate_.page(), wrote_ || one_died_);
  if (!wrote_) return;
  checkpoint_need_ = checkpoint_need(gate_.page(), log_pages_);
  if (checkpoint_need_ != CheckpointNeed::urgent) return;
  urgent_result_ = checkpoint(database_->getHandle(), gate_.page());
}

// First what the caller waits for: a thread that cannot be had does not come before it.
void Connection::make_durable() {
  if (is_durable()) sync_->make_durable(gate_.page(), commit_);
  if (std::exchange(checkpoint_need_, CheckpointNeed::none) == CheckpointNeed::ask) checkpointer_->request();
  warn_of_checkpoint(std::exchange(urgent_result_, SQLITE_OK));
  warn_of_checkpoint(checkpointer_->take_failure());
  warn_of_long_log();
}

int Connection::checkpoint_under_gate() {
  // Its own sync of the log then finds little left to do inside.
  int ahead = sync_->sync_log();
  enter_gate();
  try {
    if (ahead != SQLITE_OK) {
      GroupSync::note_failure(gate_.page());
      repair_after_failed_sync();
    }
  } catch (...) {
    leave_gate();
    throw;
  }
  auto no_fork = hold_off_forks();
  int result = checkpoint(database_->getHandle(), gate_.page());
  no_fork.unlock();
  leave_gate();
  return result;
}

void Connection::empty_log() {
  auto row = statement(kEmptyLog);
  bool busy = !row.step() || row.get<int>(0) != 0;
  if (busy) throw Error(ErrorCode::busy, fmt::format("the log of {} is in use", options_.path.string()));
}

void Connection::warn_of_long_log() {
  if (log_pages_ < kLongLogPages) warned_of_long_log_ = false;
  if (log_pages_ < kLongLogPages || std::exchange(warned_of_long_log_, true)) return;
  log(LogLevel::warning,
      fmt::format("the log has grown to {} pages: a program that reads {} has not ended its "
                  "transaction, so that it cannot be copied",
                  log_pages_, options_.path.string()));
}

void Connection::warn_of_checkpoint(int result) const {
  if (result == SQLITE_OK || result == SQLITE_BUSY) return;
  log(LogLevel::warning,
      fmt::format("the checkpoint failed and will be tried again: {}", sqlite3_errstr(result)));
}

void Connection::rollback() noexcept {
  if (fork_generation_ != store::fork_generation()) return;
  if (sqlite3_get_autocommit(database_->getHandle()) == 0) database_->tryExec("ROLLBACK");
}

void Connection::log(LogLevel level, std::string_view text) const {
  if (options_.log == nullptr) return;
  try {
    options_.log->line(level, text);
  } catch (...) {
    return;  // a line is lost, and no more: what it tells of may be stored, and its caller has to know
  }
}

}  // namespace purser::store
