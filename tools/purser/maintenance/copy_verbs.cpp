// `purser backup` and `purser restore`: a copy of the database that can be trusted, and the way back from it.
#include <fmt/format.h>

#include "frame/context.h"
#include "frame/files.h"
#include "frame/human.h"
#include "frame/progress_line.h"
#include "frame/talk.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "json/maintenance.h"
#include "purser/backup.h"

namespace purser::cli {
namespace {

std::string text_of(const BackupReport& report) {
  std::string text = fmt::format("{}: {} bytes, schema {}\n", one_line(report.file.string()), report.bytes,
                                 report.schema_version);
  for (const Check& check : report.checks)
    text += fmt::format("checked {}: {}\n", check.name, one_line(check.detail));
  return text;
}

int run_backup(Context& context, const Arguments& arguments) {
  DatabaseOptions options = context.database_options();
  BackupReport report;
  {
    ProgressLine line("copied");
    report = backup(options, arguments.text("DEST"), line.progress());
  }
  context.answer(json::encode(report), text_of(report));
  return kYes;
}

// --- restore -----------------------------------------------------------------------------------------

std::string text_of(const RestoreReport& report, const std::filesystem::path& database) {
  std::string text =
      fmt::format("restored {} (schema {})\n", one_line(database.string()), report.schema_version);
  if (report.source_schema_version != report.schema_version)
    text += fmt::format("the copy had schema {}, and was migrated\n", report.source_schema_version);
  if (report.kept) text += fmt::format("what stood there is kept as {}\n", one_line(report.kept->string()));
  text +=
      fmt::format("ended: {} reservations, {} places in the queue, {} flights, {} leases\n",
                  report.ended_reservations, report.ended_places, report.ended_flights, report.ended_leases);
  text += fmt::format("xAI's calls of the day: {}\n", report.calls_today);
  if (!report.calls_known)
    text +=
        "  what stood there was too damaged to tell its own: there may have been more "
        "(then: purser xai set-day DATE --calls N)\n";
  return text +
         "Keepa's balance is unknown: run `purser keepa refresh` (or `keepa observe`), "
         "then start the workers\n";
}

int run_restore(Context& context, const Arguments& arguments) {
  require_yes_off_a_terminal(arguments, "purser restore puts another file in the place of the database");
  DatabaseOptions options = context.database_options();
  std::string source = arguments.text("SRC");
  require_confirmation(arguments, fmt::format("Put {} in the place of {}, which is kept beside it?",
                                              one_line(source), one_line(options.path.string())));
  if (!context.names_database()) make_private_folder(options.path.parent_path());  // as `init` does
  RestoreReport report;
  {
    ProgressLine line("copied");
    report = restore(options, source, line.progress());
  }
  context.answer(json::encode(report, options.path), text_of(report, options.path));
  return kYes;
}

}  // namespace

std::vector<VerbSpec> copy_verbs() {
  return {
      {.name = "backup",
       .summary = "copy the database, beside workers that go on, and check the copy",
       .details =
           R"(One consistent state of it, as a file by itself (no -wal belongs to it), for you alone (0600).
It stands in a folder DEST-unfinished until it is complete, has passed what `migrate verify` checks (but
for the ops views, which hold no data), and is on disk; a file that exists is never replaced. Workers are
not held up, but while it copies the log (-wal) grows with what they write. A file of an older schema
is copied as it is. Secrets in it stay sealed: keep the key (PURSER_KEY_FILE) apart from it. DEST must
be on a local disk.
)",
       .positionals = {{.name = "DEST", .help = "the file to make"}},
       .examples = {"purser backup /backup/purser-$(date +%F).db",
                    "purser --db /var/lib/purser/purser.db backup before-upgrade.db --json"},
       .run = run_backup},
      {.name = "restore",
       .summary = "put a backup in the place of the database; stop the workers first",
       .details =
           R"(SRC is a backup, or a database that was copied by hand with the -wal beside it; it is not changed.
It is checked, brought to the schema of this purser, and checked again before it takes its place.
Refused (74) while any process has the database open. What stood there is kept beside it under a
name that the answer tells, also where it is damaged; where nothing stood, the database is made.
No promise comes back: reservations, places, flights and leases end, Keepa's balance is unknown
until `purser keepa refresh` or `keepa observe`, and of xAI's calls of the day the higher count
of the two holds. Secrets open with the key they were sealed under (`purser key check`).
A file that is no sound database of purser's is refused with 65, one of a newer schema with 78.
)",
       .positionals = {{.name = "SRC", .help = "the backup"}},
       .options = {{.name = "--yes", .help = "do not ask"}},
       .examples = {"purser restore /backup/purser-2026-11-26.db --yes && purser keepa refresh"},
       .run = run_restore},
  };
}

}  // namespace purser::cli
