// A copy of the database that can be trusted, and the way back from it.
//
//   purser::backup({.path = path}, "/backup/purser-2026-11-26.db");
//   purser::restore({.path = path}, "/backup/purser-2026-11-26.db");       // with no worker running
//
// `backup` copies one consistent state beside workers that go on at full speed: it holds a read snapshot, no
// lock that they want. The copy stands under another name (`DEST-unfinished`) until it is complete, checked
// (as `verify` does, but for the ops views, which hold no data) and on disk; it is 0600, a whole database by
// itself, and replaces no file. During the copy the log cannot be copied into the database, so it grows with
// what workers write.
//
// `restore` puts a copy in the place of the database, or makes one where there is none. SRC is a backup, or
// files of a database that were copied by hand, then with the `-wal` beside it; nothing of it is changed.
// REQUIRES: no process has SRC open (in_use). The restore refuses (in_use) while any process has the database
// open: it takes SQLite's exclusive lock under the write gate, and holds both to its end, so that a process
// that opens the database meanwhile waits or gets busy or file_replaced. What stood there before is kept
// beside it as `<path>-replaced-<instant>`, complete, also where it is damaged; a `-wal` that lies there is
// part of it and never meets the new file. Another program's database is not replaced (foreign_database).
//
// The restored file has the newest schema and its ops views, the settings of the copy (its durability too),
// the owner and mode of the file it replaces, and brings back no promise: Keepa's balance is unknown until it
// is observed, every hold, place, flight and lease has ended, and of the present day the higher count of
// xAI's calls holds, so that a restore gives no second quota. Ids and fences are random: nothing that was
// issued after the backup can be mistaken for something of the restored file.
//
// Kills: at any instruction without harm; the database is the one before or the one after. What a kill leaves
//   (`DEST-unfinished`, `<path>-restoring`) is removed by the next call that uses the same name.
// Threads: each call opens the file for itself; several may run in several threads. fork: not while one runs.
// Throws as Database::open does, and: already_exists (a file stands at DEST), corrupt (the copy failed its
// checks), invalid_backup (SRC is no sound database of purser's), schema_newer, migration_changed, busy
// (another backup to DEST, or restore, is at work), in_use, disk_full, io_error.
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
  int schema_version = 0;                     // after it
  int source_schema_version = 0;              // of the copy
  std::optional<std::filesystem::path> kept;  // what stood there before; nullopt: nothing did
  std::int64_t ended_reservations = 0, ended_places = 0, ended_flights = 0, ended_leases = 0;
  std::int64_t calls_today = 0;  // of xAI, as they count now
  // False where what stood there was too damaged to tell them: then they are those of the copy alone.
  bool calls_known = true;
};

// `progress`: in bytes.
RestoreReport restore(const DatabaseOptions& options, const std::filesystem::path& source,
                      const Progress& progress = {});

}  // namespace purser
