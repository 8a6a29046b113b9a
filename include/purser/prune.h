// Old rows out of the file, for whoever runs it for years: beside workers that go on.
//
//   purser::prune(db, {.ledger_older_than = 90 * 24h, .days_older_than = 400 * 24h});
//
// Small transactions of a few milliseconds, with the write gate left between them for as long, so that
// workers go on. After each of them, and after a kill at any instant, all sums add up:
// - Keepa's ledger: the oldest entries of every account, up to the last one that is older, become one entry
//   `carry` in the place of the last of them: what they moved together, and the balance that it left. With an
//   entry that ended a reservation goes the reservation, so that what is settled later than that is
//   unknown_reservation, and `afford` no longer knows what the call cost. Open ones stay, and those whose
//   idempotency key still holds; hence kLeastLedgerAge.
// - xAI's days that ended longer ago, with their units, flights and usage; never the day that is counted, nor
//   one whose calls may still be answered.
// - Verdicts that were stored longer ago: as Verdicts::prune.
//
// A clock that is wrong by years ages everything by years: `doctor` finds such a clock.
// The file does not become smaller; what is free in it is used again (`free_bytes`).
// Throws usage (nothing to do, an age below the least), corrupt where what would go does not add up (it
// stays: see `verify`), unknown_time_zone, and what every write throws. What was removed before stays
// removed.
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
  std::int64_t free_bytes = 0;  // in the file, for what comes

  std::int64_t rows() const {
    return ledger_entries + reservations + days + units + flights + usage + verdicts;
  }
};

// `progress`: in rows.
PruneReport prune(Database& database, const PruneOptions& options, const Progress& progress = {});

}  // namespace purser
