#include "bench/loads/growth.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "bench/loads/grants.h"
#include "bench/measure/client.h"
#include "bench/measure/figures.h"
#include "bench/measure/schedule.h"
#include "bench/measure/scratch.h"
#include "bench/rivals/bare_database.h"

namespace bench {
namespace {

namespace fs = std::filesystem;
using purser::Durability;

constexpr std::int64_t kFewest = 10'000, kBatch = 250'000;  // grants in one transaction

// The grants with the numbers ?1 to ?2 of ?4; the last of all is made at ?3, each 10 ms after the one before.
// The ids have a hash of the number in the place of random bits: a multiple of 2654435761, which stays within
// 64 bits.
constexpr char kGrants[] = R"sql(
  WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2),
  grant_row (i, at_ms, id) AS (
    SELECT i,
           ?3 - (?4 - i) * 10,
           printf('%012x%010x%010x', ?3 - (?4 - i) * 10, (i * 2654435761) & 1099511627775, i)
    FROM n
  )
)sql";

constexpr char kInsertReservations[] = R"sql(
  INSERT INTO keepa_reservation (id, account_id, task, worker, kind, cost_millitokens, created_at_ms,
                                 expires_at_ms, lifetime_ms, idempotency_key, ended_at_ms, ending,
                                 consumed_millitokens)
  SELECT id, 1, 'backfiller', 'bench:1', NULL, 80000, at_ms, at_ms + 600000, 600000, NULL, at_ms + 5,
         'release', 0
  FROM grant_row
)sql";

constexpr char kInsertLedger[] = R"sql(
  INSERT INTO keepa_ledger (account_id, at_ms, kind, balance_change_millitokens, held_change_millitokens,
                            balance_millitokens, held_millitokens, task, worker, reservation)
  SELECT 1, at_ms + step * 5, iif(step, 'release', 'hold'), 0, iif(step, -80000, 80000), 1000000000,
         iif(step, 0, 80000), 'backfiller', 'bench:1', id
  FROM grant_row, (SELECT 0 AS step UNION ALL SELECT 1)
)sql";

// Each grant has two rows in the ledger.
fs::path make_ledger(const fs::path& path, std::int64_t rows, Progress& progress) {
  make_database(path, Durability::normal);
  BareDatabase database(path, Durability::normal);
  const BareStatement reservations = database.prepare((std::string(kGrants) + kInsertReservations).c_str());
  const BareStatement ledger = database.prepare((std::string(kGrants) + kInsertLedger).c_str());
  const std::int64_t grants = rows / 2, now = now_ms();
  for (std::int64_t first = 1; first <= grants; first += kBatch) {
    progress.at(fmt::format("filling a ledger: {} of {} rows", rate_text(static_cast<double>(first - 1) * 2),
                            rate_text(static_cast<double>(rows))));
    const std::int64_t last = std::min(grants, first + kBatch - 1);
    database.begin();
    for (const BareStatement* each : {&reservations, &ledger}) {
      bind_all(*each, first, last, now, grants);
      database.run(*each);
    }
    database.commit();
  }
  database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return path;
}

}  // namespace

std::map<std::int64_t, std::vector<double>> measure_growth(const fs::path& folder, std::int64_t most_rows,
                                                           int repetitions, double seconds,
                                                           Progress& progress) {
  std::vector<Cell> cells;
  for (std::int64_t rows = kFewest; rows <= most_rows; rows *= 10) {
    const fs::path path = make_ledger(folder / fmt::format("ledger-{}.db", rows), rows, progress);
    cells.push_back({{"growth", "library", "normal", 1, "saturated", static_cast<int>(rows)},
                     {library_grants(path), 1, std::chrono::duration<double>(seconds)}});
  }
  std::map<std::int64_t, std::vector<double>> found;
  for (const auto& [key, series] : run_interleaved(cells, repetitions, folder, progress)) {
    for (const Sample& sample : series.samples) found[key.rows].push_back(sample.p50_us);
  }
  return found;
}

}  // namespace bench
