// `purser backup`: a copy of the database that can be trusted.
#include <fmt/format.h>

#include "context.h"
#include "exit_status.h"
#include "human.h"
#include "progress_line.h"
#include "purser/backup.h"
#include "verbs.h"

namespace purser::cli {
namespace {

std::vector<Answer> answers_of(const std::vector<Check>& checks) {
  std::vector<Answer> answers;
  answers.reserve(checks.size());
  for (const Check& check : checks) {
    answers.push_back(
        Answer().add("name", check.name).add("passed", check.passed).add("detail", check.detail));
  }
  return answers;
}

std::string text_of(const BackupReport& report) {
  std::string text =
      fmt::format("{}: {} bytes, schema {}\n", report.file.string(), report.bytes, report.schema_version);
  for (const Check& check : report.checks) text += fmt::format("checked {}: {}\n", check.name, check.detail);
  return text;
}

int run_backup(Context& context, const Arguments& arguments) {
  DatabaseOptions options = context.database_options();
  BackupReport report;
  {
    ProgressLine line("copied");
    report = backup(options, arguments.text("DEST"), line.progress());
  }
  auto object = Answer()
                    .add("file", report.file.string())
                    .add("bytes", report.bytes)
                    .add("schema_version", report.schema_version)
                    .add("checks", answers_of(report.checks));
  context.answer(object, text_of(report));
  return kYes;
}

}  // namespace

std::vector<VerbSpec> copy_verbs() {
  return {
      {.name = "backup",
       .summary = "copy the database, beside workers that go on, and check the copy",
       .details =
           "One consistent state of it, as a file by itself (no -wal belongs to it), for you alone (0600).\n"
           "It stands under DEST-unfinished until it is complete, has passed what `verify` checks, and is "
           "on\n"
           "disk; a file that exists is never replaced. Workers are not held up, but while it copies the "
           "log\n"
           "(-wal) grows with what they write. A file of an older schema is copied as it is. Secrets in it\n"
           "stay sealed: keep the key (PURSER_KEY_FILE) apart from it. DEST must be on a local disk.\n",
       .positionals = {{.name = "DEST", .help = "the file to make"}},
       .examples = {"purser backup /backup/purser-$(date +%F).db",
                    "purser --db /var/lib/purser/purser.db backup before-upgrade.db --json"},
       .run = run_backup},
  };
}

}  // namespace purser::cli
