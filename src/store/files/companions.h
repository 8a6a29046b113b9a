// The files that stand beside a database, by what their names add to its name.
#pragma once

#include <array>

namespace purser::store {

inline constexpr const char* kLogSuffix = "-wal";    // SQLite's write-ahead log
inline constexpr const char* kIndexSuffix = "-shm";  // the index of the log, in memory that processes share
inline constexpr const char* kJournalSuffix =
    "-journal";  // SQLite's rollback journal, which purser never makes
inline constexpr const char* kGateSuffix = "-gate";

// All that SQLite may make, and all.
inline constexpr std::array kSqliteCompanions = {kLogSuffix, kIndexSuffix, kJournalSuffix};
inline constexpr std::array kCompanions = {kLogSuffix, kIndexSuffix, kJournalSuffix, kGateSuffix};

// What has content of the database that is not in the database yet.
inline constexpr std::array kLogSuffixes = {kLogSuffix, kJournalSuffix};

// Work on a database or a copy that is not finished, or was killed.
inline constexpr const char* kUnfinishedSuffix = "-unfinished";
inline constexpr const char* kRestoringSuffix = "-restoring";
inline constexpr std::array kWorkSuffixes = {kUnfinishedSuffix, kRestoringSuffix};

}  // namespace purser::store
