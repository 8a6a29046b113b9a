// `purser migrate …`: shows the file's schema, migrates it to another one, verifies that it is whole.
#include <fmt/format.h>

#include <algorithm>

#include "frame/context.h"
#include "frame/human.h"
#include "frame/progress_line.h"
#include "frame/values.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "json/maintenance.h"

namespace purser::cli {
namespace {

// --- status -----------------------------------------------------------------------------------------

void add_steps(Table& table, const std::vector<MigrationStep>& steps) {
  for (const MigrationStep& step : steps) {
    std::string state = step.applied_at ? "applied " + rfc3339(*step.applied_at) : "pending";
    table.add({std::to_string(step.version), step.name, state + (step.changed ? ", and changed since" : "")});
  }
}

std::string text_of(const MigrationReport& report, const std::filesystem::path& database) {
  Table table({">STEP", "NAME", "STATE"});
  add_steps(table, report.applied);
  add_steps(table, report.pending);
  std::string text = fmt::format("{}: schema {}, this program knows {}\n{}", one_line(database.string()),
                                 report.schema_version, report.known_version, table.text());
  if (!report.pending.empty()) text += "next: purser migrate up\n";
  if (report.schema_version > report.known_version)
    text += "the file is newer than this program: upgrade purser\n";
  return text;
}

bool needs_attention(const MigrationReport& report) {
  bool changed =
      std::any_of(report.applied.begin(), report.applied.end(), [](const auto& s) { return s.changed; });
  return changed || !report.pending.empty() || report.schema_version != report.known_version;
}

int run_status(Context& context, const Arguments& arguments) {
  DatabaseOptions options = context.database_options();
  MigrationReport report = migrate_status(options);
  context.answer(json::encode(report, options.path), text_of(report, options.path));
  return arguments.has("--exit-code") && needs_attention(report) ? kNo : kYes;
}

// --- up and down ------------------------------------------------------------------------------------

std::string rows(std::int64_t count) { return count == 1 ? "1 row" : fmt::format("{} rows", count); }

std::string text_of(const MigratedTable& table) {
  if (!table.rows_before) return fmt::format("made, with {}", rows(*table.rows_after));
  if (!table.rows_after)
    return *table.rows_before == 0 ? "dropped; it is empty"
                                   : fmt::format("dropped, and its {} lost", rows(*table.rows_before));
  if (*table.rows_before == *table.rows_after)
    return fmt::format("rebuilt, with all of its {}", rows(*table.rows_after));
  return fmt::format("{}, where there were {}", rows(*table.rows_after), *table.rows_before);
}

std::string text_of(const RehearsedStep& step) {
  std::string text = fmt::format("-- {}\n{}\n", step.file, step.sql);
  for (const MigratedRows& change : step.changes)
    text += fmt::format("-- line {}: {} ({})\n", change.line, change.statement, rows(change.rows));
  for (const MigratedTable& table : step.tables)
    text += fmt::format("-- table {}: {}\n", one_line(table.name), text_of(table));
  return text + "\n";
}

std::string rehearsal_text(const Migrated& rehearsed, json::Direction direction) {
  if (rehearsed.steps.empty()) return fmt::format("nothing to do: schema {}\n", rehearsed.from_version);
  std::string text;
  for (const RehearsedStep& step : rehearsed.rehearsed) text += text_of(step);
  return text + fmt::format(
                    "-- all of it ran and was rolled back: the file still has schema {}; "
                    "`purser migrate {} --to {}` does it\n",
                    rehearsed.from_version, direction == json::Direction::up ? "up" : "down",
                    rehearsed.schema_version);
}

std::string text_of(const Migrated& done, json::Direction direction) {
  std::string text;
  if (done.backup) text += fmt::format("backup {}\n", one_line(done.backup->string()));
  for (const MigrationStep& step : done.steps) {
    text += fmt::format("{} {} {}\n", direction == json::Direction::up ? "applied" : "undone", step.version,
                        one_line(step.name));
    if (!step.loses.empty()) text += fmt::format("  lost: {}\n", step.loses);
  }
  if (done.steps.empty())
    text += direction == json::Direction::up ? "nothing to apply\n" : "nothing to undo\n";
  return text + fmt::format("schema {}\n", done.schema_version);
}

MigrateOptions migrate_options(const Arguments& arguments) {
  MigrateOptions how;
  if (auto target = integer_option(arguments, "--to", 1, newest_schema_version()))
    how.target = static_cast<int>(*target);
  how.backup = !arguments.has("--no-backup");
  how.dry_run = arguments.has("--dry-run");
  return how;
}

int answer(Context& context, const Arguments& arguments, const Migrated& done, json::Direction direction) {
  if (arguments.has("--dry-run")) {
    context.answer(json::encode_rehearsal(done), rehearsal_text(done, direction));
  } else {
    context.answer(json::encode(done, direction), text_of(done, direction));
  }
  return kYes;
}

Migrated migrate(Context& context, const Arguments& arguments, json::Direction direction) {
  ProgressLine line("backup");
  MigrateOptions how = migrate_options(arguments);
  how.progress = line.progress();
  DatabaseOptions options = context.database_options();
  return direction == json::Direction::up ? migrate_up(options, how) : migrate_down(options, how);
}

int run_up(Context& context, const Arguments& arguments) {
  return answer(context, arguments, migrate(context, arguments, json::Direction::up), json::Direction::up);
}

int run_down(Context& context, const Arguments& arguments) {
  return answer(context, arguments, migrate(context, arguments, json::Direction::down),
                json::Direction::down);
}

// --- verify -----------------------------------------------------------------------------------------

std::string text_of(const Verification& found, bool colour) {
  std::string text;
  for (const Check& check : found.checks) {
    // Padded before it is coloured, so that the columns stand below each other.
    std::string word = check.passed ? "ok     " : "problem";
    text +=
        fmt::format("{}  {:<13}  {}\n", decision_word(word, check.passed ? Mood::good : Mood::bad, colour),
                    check.name, one_line(check.detail));
  }
  return text;
}

int run_verify(Context& context, const Arguments&) {
  DatabaseOptions options = context.database_options();
  Verification found = verify(options);
  context.answer(json::encode(found, options.path), text_of(found, context.reader().colour));
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
                    "purser migrate verify --json | jq '.checks[] | select(.passed | not)'"},
       .run = run_verify},
  };
}

}  // namespace purser::cli
