#include "json/maintenance.h"

namespace purser::json {
namespace {

Object encode_check(const Check& check) {
  return Object().add("name", check.name).add("passed", check.passed).add("detail", check.detail);
}

std::optional<std::string> file_name(const std::optional<std::filesystem::path>& file) {
  return file ? std::optional(file->string()) : std::nullopt;
}

// --- Steps of a migration ----------------------------------------------------------------------------

Object encode_applied(const MigrationStep& step) {
  return Object()
      .add("version", step.version)
      .add("name", step.name)
      .add("applied_at", step.applied_at)
      .add("changed", step.changed);
}

Object encode_pending(const MigrationStep& step) {
  return Object().add("version", step.version).add("name", step.name);
}

Object encode_undone(const MigrationStep& step) {
  return encode_pending(step).add("loses", step.loses.empty() ? std::nullopt : std::optional(step.loses));
}

Object encode_rows(const MigratedRows& change) {
  return Object().add("line", change.line).add("statement", change.statement).add("rows", change.rows);
}

Object encode_table(const MigratedTable& table) {
  return Object()
      .add("table", table.name)
      .add("rows_before", table.rows_before)
      .add("rows_after", table.rows_after);
}

Object encode_rehearsed(const MigrationStep& step, const RehearsedStep& rehearsed) {
  return Object()
      .add("version", step.version)
      .add("name", step.name)
      .add("file", rehearsed.file)
      .add("sql", rehearsed.sql)
      .add("changes", encode_each(rehearsed.changes, encode_rows))
      .add("tables", encode_each(rehearsed.tables, encode_table));
}

// --- import ------------------------------------------------------------------------------------------

Object encode_skip(const ImportSkip& skip) {
  return Object()
      .add("reason", skip.reason)
      .add("count", skip.count)
      .add("detail", skip.detail)
      .add("examples", skip.examples);
}

Object encode_import(const ImportReport& report) {
  Object facts;
  for (const ImportFact& fact : report.facts) facts.add(fact.name, fact.number);
  return Object()
      .add("source", report.source)
      .add("file", report.file.string())
      .add("entries", report.entries)
      .add("imported", report.imported)
      .add("already_there", report.already_there)
      .add("skipped", skipped_entries(report))
      .add("reasons", encode_each(report.skipped, encode_skip))
      .add("facts", facts)
      .add("changes", report.changes);
}

}  // namespace

Object encode(const BackupReport& report) {
  return Object()
      .add("file", report.file.string())
      .add("bytes", report.bytes)
      .add("schema_version", report.schema_version)
      .add("checks", encode_each(report.checks, encode_check));
}

Object encode(const RestoreReport& report, const std::filesystem::path& database) {
  return Object()
      .add("database", database.string())
      .add("schema_version", report.schema_version)
      .add("source_schema_version", report.source_schema_version)
      .add("kept", file_name(report.kept))
      .add("ended_reservations", report.ended_reservations)
      .add("ended_places", report.ended_places)
      .add("ended_flights", report.ended_flights)
      .add("ended_leases", report.ended_leases)
      .add("calls_today", report.calls_today)
      .add("calls_known", report.calls_known);
}

Object encode(const MigrationReport& report, const std::filesystem::path& database) {
  return Object()
      .add("database", database.string())
      .add("schema_version", report.schema_version)
      .add("known_version", report.known_version)
      .add("applied", encode_each(report.applied, encode_applied))
      .add("pending", encode_each(report.pending, encode_pending));
}

Object encode(const Migrated& done, Direction direction) {
  Object object;
  if (direction == Direction::up) object.add("applied", encode_each(done.steps, encode_applied));
  if (direction == Direction::down) object.add("undone", encode_each(done.steps, encode_undone));
  return object.add("from_schema_version", done.from_version)
      .add("schema_version", done.schema_version)
      .add("backup", file_name(done.backup));
}

Object encode_rehearsal(const Migrated& rehearsed) {
  std::vector<Object> steps;
  for (std::size_t i = 0; i < rehearsed.steps.size(); ++i) {
    steps.push_back(encode_rehearsed(rehearsed.steps[i], rehearsed.rehearsed[i]));
  }
  return Object()
      .add("dry_run", true)
      .add("schema_version", rehearsed.from_version)
      .add("target_schema_version", rehearsed.schema_version)
      .add("steps", steps);
}

Object encode(const Verification& verification, const std::filesystem::path& database) {
  return Object()
      .add("database", database.string())
      .add("passed", verification.passed())
      .add("checks", encode_each(verification.checks, encode_check));
}

Object encode(const Finding& finding) {
  return Object()
      .add("name", finding.name)
      .add("level", name_of(finding.level))
      .add("text", finding.text)
      .add("advice", finding.advice.empty() ? std::nullopt : std::optional(finding.advice));
}

Object encode(const PruneReport& report, bool dry_run) {
  return Object()
      .add("dry_run", dry_run)
      .add("ledger_entries", report.ledger_entries)
      .add("reservations", report.reservations)
      .add("days", report.days)
      .add("units", report.units)
      .add("flights", report.flights)
      .add("usage", report.usage)
      .add("verdicts", report.verdicts)
      .add("free_bytes", report.free_bytes);
}

Object encode(const std::vector<ImportReport>& files, bool dry_run) {
  return Object().add("dry_run", dry_run).add("files", encode_each(files, encode_import));
}

std::int64_t skipped_entries(const ImportReport& report) {
  std::int64_t count = 0;
  for (const ImportSkip& skip : report.skipped) count += skip.count;
  return count;
}

}  // namespace purser::json
