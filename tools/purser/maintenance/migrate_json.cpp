#include "maintenance/migrate_json.h"

#include <fmt/format.h>

#include "maintenance/check_json.h"

namespace purser::cli {
namespace {

template <typename Thing, typename ToAnswer>
std::vector<Answer> answers_of(const std::vector<Thing>& things, ToAnswer to_answer) {
  std::vector<Answer> answers;
  answers.reserve(things.size());
  for (const Thing& thing : things) answers.push_back(to_answer(thing));
  return answers;
}

Answer applied_step(const MigrationStep& step) {
  return Answer()
      .add("version", step.version)
      .add("name", step.name)
      .add("applied_at", step.applied_at)
      .add("changed", step.changed);
}

Answer short_step(const MigrationStep& step) {
  return Answer().add("version", step.version).add("name", step.name);
}

Answer undone_step(const MigrationStep& step) {
  return short_step(step).add("loses", step.loses.empty() ? std::nullopt : std::optional(step.loses));
}

void add_steps(Table& table, const std::vector<MigrationStep>& steps) {
  for (const MigrationStep& step : steps) {
    std::string state = step.applied_at ? "applied " + rfc3339(*step.applied_at) : "pending";
    table.add({std::to_string(step.version), step.name, state + (step.changed ? ", and changed since" : "")});
  }
}

// --- A rehearsal ------------------------------------------------------------------------------------

Answer changed_rows(const MigratedRows& change) {
  return Answer().add("line", change.line).add("statement", change.statement).add("rows", change.rows);
}

Answer changed_table(const MigratedTable& table) {
  return Answer()
      .add("table", table.name)
      .add("rows_before", table.rows_before)
      .add("rows_after", table.rows_after);
}

Answer rehearsed_step(const MigrationStep& step, const RehearsedStep& rehearsed) {
  return Answer()
      .add("version", step.version)
      .add("name", step.name)
      .add("file", rehearsed.file)
      .add("sql", rehearsed.sql)
      .add("changes", answers_of(rehearsed.changes, changed_rows))
      .add("tables", answers_of(rehearsed.tables, changed_table));
}

std::string rows(std::int64_t count) { return count == 1 ? "1 row" : fmt::format("{} rows", count); }

std::string in_words(const MigratedTable& table) {
  if (!table.rows_before) return fmt::format("made, with {}", rows(*table.rows_after));
  if (!table.rows_after)
    return *table.rows_before == 0 ? "dropped; it is empty"
                                   : fmt::format("dropped, and its {} lost", rows(*table.rows_before));
  if (*table.rows_before == *table.rows_after)
    return fmt::format("rebuilt, with all of its {}", rows(*table.rows_after));
  return fmt::format("{}, where there were {}", rows(*table.rows_after), *table.rows_before);
}

std::string in_words(const RehearsedStep& step) {
  std::string text = fmt::format("-- {}\n{}\n", step.file, step.sql);
  for (const MigratedRows& change : step.changes)
    text += fmt::format("-- line {}: {} ({})\n", change.line, change.statement, rows(change.rows));
  for (const MigratedTable& table : step.tables)
    text += fmt::format("-- table {}: {}\n", one_line(table.name), in_words(table));
  return text + "\n";
}

}  // namespace

// --- status -----------------------------------------------------------------------------------------

Answer answer_of(const MigrationReport& report, const std::string& database) {
  return Answer()
      .add("database", database)
      .add("schema_version", report.schema_version)
      .add("known_version", report.known_version)
      .add("applied", answers_of(report.applied, applied_step))
      .add("pending", answers_of(report.pending, short_step));
}

std::string text_of(const MigrationReport& report, const std::string& database) {
  Table table({">STEP", "NAME", "STATE"});
  add_steps(table, report.applied);
  add_steps(table, report.pending);
  std::string text = fmt::format("{}: schema {}, this program knows {}\n{}", one_line(database),
                                 report.schema_version, report.known_version, table.text());
  if (!report.pending.empty()) text += "next: purser migrate up\n";
  if (report.schema_version > report.known_version)
    text += "the file is newer than this program: upgrade purser\n";
  return text;
}

// --- up and down ------------------------------------------------------------------------------------

Answer answer_of(const Migrated& done, MigrateVerb verb) {
  Answer answer;
  if (verb == MigrateVerb::up) answer.add("applied", answers_of(done.steps, applied_step));
  if (verb == MigrateVerb::down) answer.add("undone", answers_of(done.steps, undone_step));
  answer.add("from_schema_version", done.from_version).add("schema_version", done.schema_version);
  return done.backup ? answer.add("backup", done.backup->string()) : answer.add_null("backup");
}

std::string text_of(const Migrated& done, MigrateVerb verb) {
  std::string text;
  if (done.backup) text += fmt::format("backup {}\n", one_line(done.backup->string()));
  for (const MigrationStep& step : done.steps) {
    text += fmt::format("{} {} {}\n", verb == MigrateVerb::up ? "applied" : "undone", step.version,
                        one_line(step.name));
    if (!step.loses.empty()) text += fmt::format("  lost: {}\n", step.loses);
  }
  if (done.steps.empty()) text += verb == MigrateVerb::up ? "nothing to apply\n" : "nothing to undo\n";
  return text + fmt::format("schema {}\n", done.schema_version);
}

Answer rehearsal_answer_of(const Migrated& rehearsed) {
  std::vector<Answer> steps;
  for (std::size_t i = 0; i < rehearsed.steps.size(); ++i)
    steps.push_back(rehearsed_step(rehearsed.steps[i], rehearsed.rehearsed[i]));
  return Answer()
      .add("dry_run", true)
      .add("schema_version", rehearsed.from_version)
      .add("target_schema_version", rehearsed.schema_version)
      .add("steps", steps);
}

std::string rehearsal_text_of(const Migrated& rehearsed, MigrateVerb verb) {
  if (rehearsed.steps.empty()) return fmt::format("nothing to do: schema {}\n", rehearsed.from_version);
  std::string text;
  for (const RehearsedStep& step : rehearsed.rehearsed) text += in_words(step);
  return text + fmt::format(
                    "-- all of it ran and was rolled back: the file still has schema {}; `purser migrate {} "
                    "--to {}` does it\n",
                    rehearsed.from_version, verb == MigrateVerb::up ? "up" : "down",
                    rehearsed.schema_version);
}

// --- verify -----------------------------------------------------------------------------------------

Answer answer_of(const Verification& found, const std::string& database) {
  return Answer()
      .add("database", database)
      .add("passed", found.passed())
      .add("checks", answers_of(found.checks));
}

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

}  // namespace purser::cli
