// `purser migrate …`: which schema the file has, and bringing it to the one this program knows.
#include <fmt/format.h>

#include <algorithm>

#include "context.h"
#include "exit_status.h"
#include "human.h"
#include "purser/migrate.h"
#include "verbs.h"

namespace purser::cli {
namespace {

Answer applied_step(const MigrationStep& step) {
  return Answer()
      .add("version", step.version)
      .add("name", step.name)
      .add("applied_at", step.applied_at)
      .add("changed", step.changed);
}

Answer pending_step(const MigrationStep& step) {
  return Answer().add("version", step.version).add("name", step.name);
}

template <typename ToAnswer>
std::vector<Answer> answers_of(const std::vector<MigrationStep>& steps, ToAnswer to_answer) {
  std::vector<Answer> answers;
  answers.reserve(steps.size());
  for (const MigrationStep& step : steps) answers.push_back(to_answer(step));
  return answers;
}

void add_steps(Table& table, const std::vector<MigrationStep>& steps) {
  for (const MigrationStep& step : steps) {
    std::string state = step.applied_at ? "applied " + rfc3339(*step.applied_at) : "pending";
    table.add({std::to_string(step.version), step.name, state + (step.changed ? ", and changed since" : "")});
  }
}

bool something_to_do(const MigrationReport& report) {
  bool changed =
      std::any_of(report.applied.begin(), report.applied.end(), [](const auto& s) { return s.changed; });
  return changed || !report.pending.empty() || report.schema_version != report.known_version;
}

std::string text_of(const MigrationReport& report, const std::string& path) {
  Table table({">STEP", "NAME", "STATE"});
  add_steps(table, report.applied);
  add_steps(table, report.pending);
  std::string text = fmt::format("{}: schema {}, this program knows {}\n{}", path, report.schema_version,
                                 report.known_version, table.text());
  if (!report.pending.empty()) text += "next: purser migrate up\n";
  if (report.schema_version > report.known_version)
    text += "the file is newer than this program: upgrade purser\n";
  return text;
}

int run_status(Context& context, const Arguments& arguments) {
  DatabaseOptions options = context.database_options();
  MigrationReport report = migrate_status(options);
  auto object = Answer()
                    .add("database", options.path.string())
                    .add("schema_version", report.schema_version)
                    .add("known_version", report.known_version)
                    .add("applied", answers_of(report.applied, applied_step))
                    .add("pending", answers_of(report.pending, pending_step));
  context.answer(object, text_of(report, options.path.string()));
  return arguments.has("--exit-code") && something_to_do(report) ? kNo : kYes;
}

int run_up(Context& context, const Arguments&) {
  DatabaseOptions options = context.database_options();
  auto applied = migrate_up(options);
  int version = migrate_status(options).schema_version;
  auto object = Answer().add("applied", answers_of(applied, applied_step)).add("schema_version", version);
  std::string text;
  for (const MigrationStep& step : applied) text += fmt::format("applied {} {}\n", step.version, step.name);
  if (applied.empty()) text = "nothing to apply\n";
  context.answer(object, text + fmt::format("schema {}\n", version));
  return kYes;
}

}  // namespace

std::vector<VerbSpec> migrate_verbs() {
  return {
      {.group = "migrate",
       .name = "status",
       .summary = "which steps the file has, and which are pending",
       .options = {{.name = "--exit-code", .help = "exit with 1 where a step is pending or was changed"}},
       .examples = {"purser migrate status", "purser migrate status --exit-code || purser migrate up"},
       .run = run_status},
      {.group = "migrate",
       .name = "up",
       .summary = "apply all pending steps, all or none of them",
       .details =
           "Workers that have the file open wait meanwhile, then reopen it. The ops views are made anew.\n",
       .examples = {"purser migrate up"},
       .run = run_up},
  };
}

}  // namespace purser::cli
