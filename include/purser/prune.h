// Removes old rows, for files that are used for years. Workers go on meanwhile.
//
//   purser::prune(db, {.ledger_older_than = 90 * 24h, .days_older_than = 400 * 24h});
//
// It works in transactions of a few milliseconds, and after each one leaves the write gate free for as long
// as that one took. After each of them, and after a kill at any instant, all sums add up:
// - Keepa's ledger: the oldest entries of every account, up to the last one that is older, become one entry
//   `carry` in the place of the last of them, with the sum of their movements and the balance after it. An
//   entry that ended a reservation takes the reservation along, so that a later settle of it throws
//   unknown_reservation, and `afford` no longer knows what the call cost. Open reservations stay, and those
//   whose idempotency key still holds; hence kLeastLedgerAge.
// - xAI's days that ended longer ago, with their units, flights and usage; never the day that is counted, nor
//   one whose calls may still be answered.
// - Verdicts that were stored longer ago: as Verdicts::prune.
//
// A clock that is wrong by years makes every row older by years: `doctor` finds such a clock.
// The file does not become smaller; the free space in it is used again (`free_bytes`).
// Throws usage (no age is given, or one below the least), corrupt where the rows to remove do not add up
// (they stay: see `verify`), unknown_time_zone, and what every write throws. Rows that were removed before
// stay removed.
// Threads, fork: as every use of the Database.
// Library: purser::maintenance.
#pragma once

#include <cstdint>
#include <optional>

#include "purser/database.h"
#include "purser/progress.h"

namespace purser {

// A repeated acquire finds its grant for 24 hours, and a grant lives at most one more.
inline constexpr Duration kLeastLedgerAge = std::chrono::hours(25);

struct PruneOptions {
  std::optional<Duration> ledger_older_than = {}, days_older_than = {}, cache_older_than = {};
  bool dry_run = false;  // counts the same, changes nothing
};

// Rows that were removed; with dry_run: that would be.
struct PruneReport {
  std::int64_t ledger_entries = 0, reservations = 0;
  std::int64_t days = 0, units = 0, flights = 0, usage = 0;
  std::int64_t verdicts = 0;
  std::int64_t free_bytes = 0;  // free space in the file, for new rows

  std::int64_t rows() const {
    return ledger_entries + reservations + days + units + flights + usage + verdicts;
  }
};

// `progress`: in rows.
PruneReport prune(Database& database, const PruneOptions& options, const Progress& progress = {});

}  // namespace purser
