// The log (-wal) and the main file as SQLite's own handles of a connection reach them, for what SQLite does
// not do where a disk has failed. No descriptor of our own: see sqlite_connection.cpp. The formats are SQLite's
// (https://sqlite.org/walformat.html, https://sqlite.org/fileformat2.html#walformat).
//
// The gate is held in all of this, and the connection has read at least once, so that the log is open.
#pragma once

#include <array>
#include <cstdint>

struct sqlite3;
struct sqlite3_file;

namespace purser::store {

// nullptr where this connection has not opened it.
sqlite3_file* main_file(sqlite3* database);
sqlite3_file* log_file(sqlite3* database);

// SQLite's results.
int sync_file(sqlite3_file* file);
int cut_file(sqlite3_file* file, std::int64_t bytes);
// -1 where it is not known.
std::int64_t bytes_of(sqlite3_file* file);

// What the log's index (-shm) says of it.
struct LogIndex {
  std::uint32_t frames = 0;  // that are committed; each holds one page
  std::uint32_t copied =
      0;  // of these into the main file: what reads begin to rely on, and nothing copies again
  std::array<std::uint32_t, 2> checksum{};  // over the log up to the last frame
  friend bool operator==(const LogIndex&, const LogIndex&) = default;
};
LogIndex log_index(sqlite3* database);

// Reads the log up to its last frame, and writes back what it has read, so that the kernel has it to write.
// SQLITE_IOERR_CORRUPTFS where it is not what was written: the kernel has dropped pages that it could not
// write, and reads from the disk what stood there before. SQLite itself would take that for content.
int write_log_again(sqlite3* database);

}  // namespace purser::store
