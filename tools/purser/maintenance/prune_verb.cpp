// `purser prune`: removes old rows from the database.
#include "purser/prune.h"

#include <fmt/format.h>

#include "frame/context.h"
#include "frame/progress_line.h"
#include "frame/values.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "json/maintenance.h"
#include "xai/text.h"

namespace purser::cli {
namespace {

constexpr Duration kOldest = std::chrono::hours(24 * 365 * 100);

PruneOptions options_of(const Arguments& arguments) {
  PruneOptions options;
  options.ledger_older_than = duration_option(arguments, "--ledger-older-than", kOldest);
  options.days_older_than = duration_option(arguments, "--days-older-than", kOldest);
  options.cache_older_than = duration_option(arguments, "--cache-older-than", kOldest);
  options.dry_run = arguments.has("--dry-run");
  if (!options.ledger_older_than && !options.days_older_than && !options.cache_older_than) {
    throw Error(ErrorCode::usage,
                "say what may go: --ledger-older-than, --days-older-than or --cache-older-than");
  }
  if (options.ledger_older_than && *options.ledger_older_than < kLeastLedgerAge) {
    throw Error(
        ErrorCode::usage,
        fmt::format(
            "--ledger-older-than takes at least {} h, "
            "since a repeated idempotency key finds its grant for 24 h and a grant may be open for 1 h",
            std::chrono::duration_cast<std::chrono::hours>(kLeastLedgerAge).count()));
  }
  return options;
}

std::string text_of(const PruneReport& report, const PruneOptions& options) {
  std::string verb = options.dry_run ? "would remove" : "removed";
  std::string text;
  if (options.ledger_older_than) {
    text += fmt::format("{} {} and {}\n", verb, counted(report.ledger_entries, "ledger row"),
                        counted(report.reservations, "ended reservation"));
  }
  if (options.days_older_than) {
    text += fmt::format("{} {} of xAI's quota, with {}, {} and {} of usage\n", verb,
                        counted(report.days, "day"), counted(report.units, "unit"),
                        counted(report.flights, "flight"), counted(report.usage, "row"));
  }
  if (options.cache_older_than) text += fmt::format("{} {}\n", verb, counted(report.verdicts, "verdict"));
  return text +
         fmt::format("the file keeps its size: {} bytes in it are free for what comes\n", report.free_bytes);
}

int run_prune(Context& context, const Arguments& arguments) {
  PruneOptions options = options_of(arguments);
  Database database = context.open_database();
  PruneReport report = prune(database, options, ProgressLine("pruned").progress());
  context.answer(json::encode(report, options.dry_run), text_of(report, options));
  return kYes;
}

}  // namespace

std::vector<VerbSpec> prune_verbs() {
  return {
      {.name = "prune",
       .summary = "remove old ledger rows, days and verdicts, beside running workers",
       .details =
           R"(In small transactions: after each, and after a kill at any moment, all sums add up.

The ledger's oldest rows of every account become one row `carry`, the opening balance; with a row that
ended a reservation goes the reservation: what is settled later than that is unknown (1), and
`keepa afford` no longer knows what it cost. Open ones stay. Days go with their units, flights and
usage, never the present one.

The file does not become smaller: what is free in it is used again before it grows.
)",
       .options = {{.name = "--ledger-older-than",
                    .placeholder = "D",
                    .help = "Keepa's ledger rows and ended reservations: 90d; at least 25h"},
                   {.name = "--days-older-than",
                    .placeholder = "D",
                    .help = "days of xAI's quota, since they ended: 400d"},
                   {.name = "--cache-older-than",
                    .placeholder = "D",
                    .help = "xAI's verdicts, since they were stored: 180d"},
                   {.name = "--dry-run", .help = "count the same, and change nothing"}},
       .examples = {"purser prune --ledger-older-than 90d --days-older-than 400d --dry-run",
                    "purser prune --cache-older-than 180d --json"},
       .run = run_prune},
  };
}

}  // namespace purser::cli
