// The suffixes of the files beside a database.
#pragma once

#include <array>

namespace purser::store {

inline constexpr const char* kLogSuffix = "-wal";    // SQLite's write-ahead log
inline constexpr const char* kIndexSuffix = "-shm";  // the index of the log, in memory that processes share
// SQLite's rollback journal, which purser never makes.
inline constexpr const char* kJournalSuffix = "-journal";
inline constexpr const char* kGateSuffix = "-gate";

// The files that SQLite may make; these and the gate.
inline constexpr std::array kSqliteCompanions = {kLogSuffix, kIndexSuffix, kJournalSuffix};
inline constexpr std::array kCompanions = {kLogSuffix, kIndexSuffix, kJournalSuffix, kGateSuffix};

// The files that may hold content which is not in the database yet.
inline constexpr std::array kLogSuffixes = {kLogSuffix, kJournalSuffix};

// Unfinished work on a database or a copy: still running, or killed.
inline constexpr const char* kUnfinishedSuffix = "-unfinished";
inline constexpr const char* kRestoringSuffix = "-restoring";
inline constexpr std::array kWorkSuffixes = {kUnfinishedSuffix, kRestoringSuffix};

}  // namespace purser::store
