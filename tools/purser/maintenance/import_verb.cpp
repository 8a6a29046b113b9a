// `purser import`: the files that a fleet kept before it had purser.
#include <fmt/format.h>

#include "frame/context.h"
#include "frame/human.h"
#include "frame/verbs.h"
#include "json/exit_status.h"
#include "json/maintenance.h"
#include "purser/import_legacy.h"

namespace purser::cli {
namespace {

std::optional<std::filesystem::path> file_option(const Arguments& arguments, std::string_view name) {
  if (!arguments.has(name)) return std::nullopt;
  std::string file = arguments.text(name);
  if (file.empty())
    throw Error(ErrorCode::usage, fmt::format("{} needs a file, and this name is empty", name));
  return file;
}

ImportFiles files_of(const Arguments& arguments) {
  return {.xai_state = file_option(arguments, "--xai-state"),
          .xai_cache = file_option(arguments, "--xai-cache"),
          .settings = file_option(arguments, "--settings"),
          .env_file = file_option(arguments, "--env-file"),
          .deals_db = file_option(arguments, "--deals-db")};
}

std::string facts_text(const ImportReport& report) {
  std::string text;
  for (const ImportFact& fact : report.facts) {
    text += fmt::format("{}{} {}", text.empty() ? "  of which: " : ", ", fact.name, fact.number);
  }
  return text.empty() ? text : text + "\n";
}

std::string text_of(const ImportReport& report) {
  std::string text = fmt::format("{} ({})\n  {} entries: {} came in, {} there already, {} skipped\n",
                                 report.source, one_line(report.file.string()), report.entries,
                                 report.imported, report.already_there, json::skipped_entries(report));
  text += facts_text(report);
  for (const std::string& change : report.changes) text += fmt::format("  {}\n", one_line(change));
  for (const ImportSkip& skip : report.skipped) {
    text += fmt::format("  skipped {} ({}): {}\n", skip.count, skip.reason, one_line(skip.detail));
    for (const std::string& example : skip.examples) text += fmt::format("    {}\n", one_line(example));
  }
  return text;
}

int run_import(Context& context, const Arguments& arguments) {
  ImportOptions how;
  how.dry_run = arguments.has("--dry-run");
  how.account = context.account();
  if (arguments.has("--region")) how.region = spapi::region_named(arguments.text("--region"));
  auto reports = import_legacy(context.database_options(), files_of(arguments), how);
  std::string text;
  for (const ImportReport& report : reports) text += text_of(report) + "\n";
  text += how.dry_run ? "a dry run: nothing was stored\n" : "stored\n";
  context.answer(json::encode(reports, how.dry_run), text);
  return kYes;
}

}  // namespace

std::vector<VerbSpec> import_verbs() {
  return {
      {.name = "import",
       .summary = "bring in what the Python program before purser kept in its files",
       .details =
           R"(All files are read and checked first, then all of them come in at once: where one is refused (exit
status 65: it is not what it should be; 74: it cannot be read), nothing of any has come in. A second
run changes nothing: what is there already stays. Take --dry-run first: the same report, and nothing
is stored. Workers that write wait meanwhile: about 0.2 s for 20,000 verdicts.

--xai-state  Today's calls: the larger count holds. A day that is over is skipped, one to come is refused.
             The file has its host's day: set `purser xai time-zone` before, where that is not UTC.
--xai-cache  Verdicts, {"reasonableness:TITLE|CATEGORY|SEASON|49.90": true}, and the two longer forms
             that keys had. Where several keys are one now,
             the answer that stands last in the file holds. They count as stored when the file was
             last written.
--settings   max_xai_calls_per_day becomes the daily limit, also where `purser xai limit` has set
             another one.
--env-file   The credentials of Amazon SP-API, sealed under the master key. Keys of Keepa and xAI are
             named but not stored: workers have them in their environment. No value is printed.
--deals-db   The sellers of user_credentials. The file is only read, also while a program has it open.
             Client id and secret come from --env-file, else from SP_API_CLIENT_ID and
             SP_API_CLIENT_SECRET. The same seller in both files: deals.db holds.

The only seller becomes the account that --account names; of several, each becomes an account of its
seller id. An account that is there with other values is kept: `purser spapi set` changes it.
)",
       .options =
           {{.name = "--xai-state", .placeholder = "F", .help = "xai_token_state.json", .is_file = true},
            {.name = "--xai-cache", .placeholder = "F", .help = "xai_cache.json", .is_file = true},
            {.name = "--settings", .placeholder = "F", .help = "settings.json", .is_file = true},
            {.name = "--env-file", .placeholder = "F", .help = ".env", .is_file = true},
            {.name = "--deals-db", .placeholder = "F", .help = "deals.db", .is_file = true},
            {.name = "--region",
             .placeholder = "na|eu|fe",
             .help = "of the sellers (default: what SP_API_URL of the .env says, else na)",
             .choices = {"na", "eu", "fe"}},
            {.name = "--dry-run", .help = "report, and store nothing"}},
       .examples = {"purser import --xai-state xai_token_state.json --xai-cache xai_cache.json "
                    "--settings settings.json --dry-run",
                    "purser import --env-file .env --deals-db deals.db"},
       .run = run_import},
  };
}

}  // namespace purser::cli
