// The log (-wal) and the main file through SQLite's own handles of a connection, for the steps after a disk
// failure that SQLite does not do. Never through a second descriptor: see sqlite_connection.cpp. The formats
// are SQLite's (https://sqlite.org/walformat.html, https://sqlite.org/fileformat2.html#walformat).
//
// REQUIRES, for every function: the gate is held, and the connection has read, so that the log is open.
#pragma once

#include <array>
#include <cstdint>

struct sqlite3;
struct sqlite3_file;

namespace purser::store {

// nullptr where this connection has not opened the file.
sqlite3_file* main_file(sqlite3* database);
sqlite3_file* log_file(sqlite3* database);

// Both return SQLite's result.
int sync_file(sqlite3_file* file);
int cut_file(sqlite3_file* file, std::int64_t bytes);
// The file's size; -1 where it is not known.
std::int64_t bytes_of(sqlite3_file* file);

// The log's state according to its index (-shm).
struct LogIndex {
  std::uint32_t frames = 0;  // committed ones; each holds one page
  // Of these, copied into the main file: reads rely on them there, and nothing copies them again.
  std::uint32_t copied = 0;
  std::array<std::uint32_t, 2> checksum{};  // over the log up to the last frame
  friend bool operator==(const LogIndex&, const LogIndex&) = default;
};
LogIndex log_index(sqlite3* database);

// Reads the log up to its last frame and writes the same bytes back, so that the kernel has them to write
// again. Returns SQLITE_IOERR_CORRUPTFS where the checksums differ: the kernel has dropped pages that it
// could not write, and now reads the old content from the disk. SQLite itself would accept that as content.
int write_log_again(sqlite3* database);

}  // namespace purser::store
