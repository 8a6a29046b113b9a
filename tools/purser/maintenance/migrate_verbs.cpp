// `purser migrate …`: which schema the file has, bringing it to another one, and whether it is whole.
#include <algorithm>

#include "frame/context.h"
#include "frame/exit_status.h"
#include "frame/progress_line.h"
#include "frame/values.h"
#include "frame/verbs.h"
#include "maintenance/migrate_json.h"

namespace purser::cli {
namespace {

bool something_to_do(const MigrationReport& report) {
  bool changed =
      std::any_of(report.applied.begin(), report.applied.end(), [](const auto& s) { return s.changed; });
  return changed || !report.pending.empty() || report.schema_version != report.known_version;
}

int run_status(Context& context, const Arguments& arguments) {
  DatabaseOptions options = context.database_options();
  MigrationReport report = migrate_status(options);
  std::string database = options.path.string();
  context.answer(answer_of(report, database), text_of(report, database));
  return arguments.has("--exit-code") && something_to_do(report) ? kNo : kYes;
}

MigrateOptions migrate_options(const Arguments& arguments) {
  MigrateOptions how;
  if (auto target = integer_option(arguments, "--to", 1, newest_schema_version()))
    how.target = static_cast<int>(*target);
  how.backup = !arguments.has("--no-backup");
  how.dry_run = arguments.has("--dry-run");
  return how;
}

int answer(Context& context, const Arguments& arguments, const Migrated& done, MigrateVerb verb) {
  if (arguments.has("--dry-run")) {
    context.answer(rehearsal_answer_of(done), rehearsal_text_of(done, verb));
  } else {
    context.answer(answer_of(done, verb), text_of(done, verb));
  }
  return kYes;
}

Migrated migrate(Context& context, const Arguments& arguments, MigrateVerb verb) {
  ProgressLine line("backup");
  MigrateOptions how = migrate_options(arguments);
  how.progress = line.progress();
  DatabaseOptions options = context.database_options();
  return verb == MigrateVerb::up ? migrate_up(options, how) : migrate_down(options, how);
}

int run_up(Context& context, const Arguments& arguments) {
  return answer(context, arguments, migrate(context, arguments, MigrateVerb::up), MigrateVerb::up);
}

int run_down(Context& context, const Arguments& arguments) {
  return answer(context, arguments, migrate(context, arguments, MigrateVerb::down), MigrateVerb::down);
}

int run_verify(Context& context, const Arguments&) {
  DatabaseOptions options = context.database_options();
  Verification found = verify(options);
  context.answer(answer_of(found, options.path.string()), text_of(found, context.reader().colour));
  return found.passed() ? kYes : kNo;
}

std::vector<OptionSpec> migrating_options(std::string_view to) {
  return {{.name = "--to", .placeholder = "N", .help = to},
          {.name = "--dry-run",
           .help = "run the steps, roll them back, and print their SQL and what they did; changes nothing"},
          {.name = "--no-backup", .help = "without a copy of the file beside it"}};
}

constexpr char kUpDetails[] =
    R"(All steps run in one transaction: a failure or a kill leaves the file as it was, and tells the file,
the line and the statement. One migrator works at a time. Before it commits, every reference must be
whole, and what the ledgers add up to must be the same as before. The ops views are made anew.
Where there is something to do, the database is first copied beside itself, checked, as
`DB-before-schema-N-TIME`. That is done before the lock is taken, while workers go on: what they
write after it is in the migrated file alone.
Workers that have the file open wait meanwhile; then they are told schema_changed, and reopen it.
A dry run holds them up for as long as the upgrade would.
)";

constexpr char kDownDetails[] =
    R"(For going back to an older program: undo the steps with this one, then install that one. As `up` does,
it works in one transaction and makes a backup first. A schema that is older than a table loses that
table's rows: --dry-run tells which. The ops views speak of the newest schema, and are made by `up` only.
)";

constexpr char kVerifyDetails[] =
    R"(A line each, `ok` or `problem`: every page, row and index of the file; every reference; the checksums of
the migrations that were applied; the tables, indexes, triggers and views against what the migrations
build; the ledger of every account; the days of xAI; the sealed secrets. It reads one state of the file
beside running workers and holds nobody up, also a file of an older schema. Exit status 1 where
something is wrong.
)";

}  // namespace

std::vector<VerbSpec> migrate_verbs() {
  return {
      {.group = "migrate",
       .name = "status",
       .summary = "which steps the file has, and which are pending",
       .options = {{.name = "--exit-code",
                    .help = "exit with 1 where a step is pending or was changed, or the file is newer"}},
       .examples = {"purser migrate status", "purser migrate status --exit-code || purser migrate up"},
       .run = run_status},
      {.group = "migrate",
       .name = "up",
       .summary = "apply all pending steps, all or none of them",
       .details = kUpDetails,
       .options = migrating_options("the schema to arrive at (default: the newest)"),
       .examples = {"purser migrate up --dry-run", "purser migrate up"},
       .run = run_up},
      {.group = "migrate",
       .name = "down",
       .summary = "undo the last step, or all after --to",
       .details = kDownDetails,
       .options = migrating_options("the schema to arrive at (default: one step back)"),
       .examples = {"purser migrate down --dry-run", "purser migrate down --to 6"},
       .run = run_down},
      {.group = "migrate",
       .name = "verify",
       .summary = "check that the file is whole, and its schema and its sums what they should be",
       .details = kVerifyDetails,
       .examples = {"purser migrate verify",
                    "purser migrate verify --json | jq '.checks[] | "
                    "select(.passed | not)'"},
       .run = run_verify},
  };
}

}  // namespace purser::cli
