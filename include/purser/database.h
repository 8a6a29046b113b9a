// The one shared file. Every worker process opens it; all state lives in it.
//
//   purser::Database db = purser::Database::open({.path = "/var/lib/purser/purser.db"});
//   purser::keepa::Ledger ledger(db);
//
// create.h makes a database, migrate.h alone changes its schema. `open` refuses a file that is older, newer,
// foreign or damaged, each with an ErrorCode of its own, and never repairs or guesses.
//
// Processes: any number may have the file open. Writers of all processes lock a gate, the file
//   `<path>-gate`, before SQLite is asked for anything, so that `database is locked` does not reach a caller.
//   A wait longer than `busy_deadline` is ErrorCode::busy, which names the process that was waited for and
//   what that process is doing. A killed process holds nobody up: the kernel releases its lock, and SQLite
//   rolls its transaction back. A stopped process does hold others up, and so can any user who may read the
//   files.
// Threads: a Database is used by one thread at a time; open one for each thread. It may run a thread of its
//   own, which blocks all signals and copies the log into the file when the log has grown.
// Signals: the library sends none, installs no handler and relies on none; a call changes the mask of its
//   thread only while it starts a thread. Whatever you do with signals, a wait ends at its deadline.
// fork: a Database belongs to the process that opened it. In a child every call throws
//   ErrorCode::wrong_process, and destroying it there closes nothing of the parent's. Better: fork first. The
//   library installs fork handlers (pthread_atfork): a fork waits until no thread of the library is inside
//   SQLite, and the child closes its copies of the gate's descriptors at once.
// Moving: a Database may be moved, also by a vector that grows or by std::swap, while a Ledger or another
//   object of this library uses it: that object stays with the open file, which a Database that was moved to
//   has now. The file must stay open for as long as that object is used: it is closed when the Database that
//   has it is destroyed, or is assigned another. A Database that was moved from can only be assigned to or
//   destroyed: its calls throw ErrorCode::usage.
// Durability: with `full` a call returns when its change is on disk, by a sync that it shares with the other
//   writers: the change survives a power cut. If the disk does not confirm the sync, the call throws io_error
//   although the change is stored, and nothing more is granted until the disk has confirmed it. With `normal`
//   a change survives any kill, but a power cut may lose the latest ones. The durability is chosen when the
//   database is made, and stored in it. A removed or replaced file (or `-wal`) is ErrorCode::file_replaced:
//   open it again.
// Files: `<path>`, `<path>-wal`, `<path>-shm` and `<path>-gate` belong together; all are made 0600.
//   REQUIRES: a process that has a Database open opens the main file in no other way than with SQLite:
//   closing another descriptor of it drops SQLite's locks (https://www.sqlite.org/howtocorrupt.html, 2.2).
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "purser/clock.h"
#include "purser/error.h"
#include "purser/log.h"

namespace purser {

namespace store {
class Connection;
}

enum class Durability { full, normal };

// "host:pid" of this process, as the ledger's rows name a worker.
std::string this_worker();

// $XDG_STATE_HOME/purser/purser.db, else ~/.local/state/purser/purser.db.
std::filesystem::path default_database_path();

struct DatabaseOptions {
  std::filesystem::path path;
  std::string worker = this_worker();                 // the name that is recorded with every movement
  Clock* clock = &system_clock();                     // must outlive the Database
  LogSink* log = nullptr;                             // must outlive the Database; null: no log
  Duration busy_deadline = std::chrono::seconds(10);  // longest wait for the write lock, real time
};

class Database {
 public:
  // Opens an existing database; makes no file. Throws Error: no_database, not_a_database,
  // foreign_database, schema_older, schema_newer, network_file_system, cannot_open, corrupt, io_error.
  static Database open(const DatabaseOptions& options);

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  std::filesystem::path path() const;
  int schema_version() const;
  Durability durability() const;

  // For the library's own sources, which alone know the type. Throws usage if this Database was moved from.
  store::Connection& connection() const {
    if (!connection_) refuse_moved_from();
    return *connection_;
  }

 private:
  explicit Database(std::unique_ptr<store::Connection> connection);
  [[noreturn]] static void refuse_moved_from();
  std::unique_ptr<store::Connection> connection_;
};

// A Ledger, a Quota and the other objects that use a Database keep this link to its open file, which stays
// where it is when the Database is moved.
class DatabaseLink {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a Database is what it links to
  DatabaseLink(const Database& database) : connection_(&database.connection()) {}

  store::Connection& connection() const { return *connection_; }
  const DatabaseLink* operator->() const { return this; }

 private:
  store::Connection* connection_;
};

}  // namespace purser
