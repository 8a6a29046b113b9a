// Copies the database to a checked backup, and restores the database from one.
//
//   purser::backup({.path = path}, "/backup/purser-2026-11-26.db");
//   purser::restore({.path = path}, "/backup/purser-2026-11-26.db");       // with no worker running
//
// `backup` copies one consistent state while workers go on at full speed: it holds a read snapshot and no
// lock that a worker needs. The copy is named `DEST-unfinished` until it is complete, checked (as `verify`
// does, but without the ops views, which hold no data) and on disk. It has the mode 0600, is a whole database
// in one file, and replaces no file. Until the copy is complete, the log (`-wal`) cannot be copied into the
// database, so it grows with every write of a worker.
//
// `restore` puts a copy in the place of the database, or makes the database where there is none. SRC is a
// backup, or a database file that was copied by hand together with its `-wal`; restore does not change it.
// REQUIRES: no process has SRC open (in_use). The restore refuses (in_use) while any process has the database
// open: it takes SQLite's exclusive lock under the write gate, and holds both to its end, so that a process
// that opens the database meanwhile waits or gets busy or file_replaced. The replaced file is kept beside the
// new one as `<path>-replaced-<instant>`, complete, even if it is damaged; a `-wal` of the replaced file is
// kept with it and never meets the new file. Another program's database is not replaced (foreign_database).
//
// The restored file has the newest schema and its ops views, the settings of the copy (its durability too),
// and the owner and mode of the file that it replaces. It brings back no promise that was made before:
// Keepa's balance is unknown until it is observed, every reservation, place, flight and lease has ended, and
// of the two counts of xAI's calls today the higher one holds, so that a restore gives no second quota. Ids
// and fences are random: no id that was issued after the backup can be mistaken for one of the restored file.
//
// Kills: a kill at any instruction does no harm: the database is the one before or the one after. The file
//   that a kill leaves (`DEST-unfinished`, `<path>-restoring`) is removed by the next call that uses the
//   same name.
// Threads: each call opens the file for itself; several may run in several threads. fork: not while one runs.
// Throws as Database::open does, and: already_exists (a file stands at DEST), corrupt (the copy failed its
// checks), invalid_backup (SRC is no sound database of purser's), schema_newer, migration_changed, busy
// (another backup to DEST, or restore, is at work), in_use, disk_full, io_error.
// Library: purser::maintenance.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "purser/check.h"
#include "purser/database.h"
#include "purser/progress.h"

namespace purser {

struct BackupReport {
  std::filesystem::path file;
  std::int64_t bytes = 0;
  int schema_version = 0;
  std::vector<Check> checks;  // all passed
};

// Copies a file of any schema that this library knows. `progress`: in pages.
BackupReport backup(const DatabaseOptions& options, const std::filesystem::path& destination,
                    const Progress& progress = {});

struct RestoreReport {
  int schema_version = 0;                     // after the restore
  int source_schema_version = 0;              // of the copy
  std::optional<std::filesystem::path> kept;  // the replaced file, renamed; nullopt: there was none
  std::int64_t ended_reservations = 0, ended_places = 0, ended_flights = 0, ended_leases = 0;
  std::int64_t calls_today = 0;  // xAI's calls today, as the restored file counts them
  // False where the replaced file was too damaged to read its count: then calls_today is the copy's alone.
  bool calls_known = true;
};

// `progress`: in bytes.
RestoreReport restore(const DatabaseOptions& options, const std::filesystem::path& source,
                      const Progress& progress = {});

}  // namespace purser
