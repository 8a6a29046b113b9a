// What is worth a look, finding by finding: first the machine and the files, then as much of the content as
// can be read.
#include <fmt/format.h>

#include "base/words.h"
#include "maintenance/file/doctor_files.h"
#include "maintenance/findings.h"
#include "maintenance/state/state_findings.h"
#include "store/copy/verify.h"
#include "store/files/companions.h"
#include "store/files/file_checks.h"
#include "store/schema/embedded_sql.h"
#include "store/schema/migrator.h"
#include "store/sqlite/inspect.h"
#include "store/sqlite/sqlite_connection.h"

namespace purser {
namespace maintenance {
namespace {

// --- The content of the file -----------------------------------------------------------------------------

Finding content_of(store::SqliteConnection& connection) {
  const char* durability =
      connection.durability() == Durability::full
          ? "full: what was answered survives a power cut"
          : "normal: what was answered survives any kill, and a power cut may take the last moment";
  const char* log = connection.is_immutable() ? "no log, so read as an immutable file" : "write-ahead log";
  return {"database", Level::ok,
          fmt::format("{}, durability {}; {} of the file are free", log, durability,
                      bytes_in_words(connection.free_bytes())),
          ""};
}

Finding migrations(store::SqliteConnection& connection, int stored) {
  const char* name = "migrations";
  int known = store::newest_version();
  if (stored > known) {
    return {name, Level::problem,
            fmt::format("the file has schema {}, this purser knows up to {}", stored, known),
            "install a newer purser"};
  }
  for (const MigrationStep& step : store::applied_steps(connection, store::embedded_migrations())) {
    if (!step.changed) continue;
    return {name, Level::problem,
            fmt::format("step {:04}_{} was applied with another text than this purser has", step.version,
                        step.name),
            "use the purser that the file was made with"};
  }
  if (stored < known) {
    return {
        name, Level::problem,
        fmt::format("the file has schema {}, this purser needs {}: what follows is what can be read of it",
                    stored, known),
        "purser migrate up"};
  }
  return {name, Level::ok, fmt::format("schema {}, all steps as this purser has them", stored), ""};
}

std::string advice_for(const Check& check, bool may_be_read) {
  if (check.name == "schema")
    return "drop what is named with the way to drop it; where a table, index or trigger of purser's is "
           "missing or differs, restore a backup";
  if (check.name == "integrity" && !may_be_read) return "first what stands at `schema`, then look again";
  if (check.name == "integrity" || check.name == "references")
    return "stop the workers, then `purser restore BACKUP --yes` (the damaged file is kept)";
  return "restore a backup";
}

Findings content(store::SqliteConnection& connection) {
  Findings all;
  store::Snapshot view(connection, store::SchemaCheck::skipped);
  int stored = view.schema_version();
  attempt(all, "database", [&] { return Findings{content_of(connection)}; });
  attempt(all, "migrations", [&] { return Findings{migrations(connection, stored)}; });
  bool may_be_read = true;
  attempt(all, "integrity", [&] {
    store::Verified file = store::verify(view);
    may_be_read = file.may_be_read;
    return findings_of(file.checks, [&](const Check& check) { return advice_for(check, may_be_read); });
  });
  if (stored <= store::newest_version() && may_be_read) add(all, state_findings(view));
  return all;
}

// How long doctor tries the gate; a writer waits longer, but seldom has to.
constexpr Duration kTry = std::chrono::seconds(1);

// SQLite would play such a journal back into the file at the first read.
bool has_hot_journal(const std::filesystem::path& database) {
  auto journal = database;
  auto facts = store::file_facts(journal += store::kJournalSuffix);
  return facts && facts->bytes > 0;
}

Finding hot_journal(const std::filesystem::path& database) {
  return {"database", Level::problem,
          fmt::format(
              "{}-journal lies beside it, which purser never makes: whoever opens the database plays it back "
              "into the file, so doctor did not open it",
              database.string()),
          "with no worker running, copy all of its files away; where the journal is not of this very file, "
          "remove it"};
}

// The file is not the one that was meant. Advice on its modes and its log would do harm.
bool is_another_file(ErrorCode code) {
  return code == ErrorCode::not_a_database || code == ErrorCode::foreign_database;
}

std::optional<Finding> no_database_file(const std::filesystem::path& path) {
  try {
    store::require_database_file(path);
  } catch (const Error& fault) {
    if (fault.code() == ErrorCode::no_database) throw;
    if (is_another_file(fault.code())) return fault_of("database", fault);
  }
  return std::nullopt;
}

Findings examine(const DatabaseOptions& options) {
  // Before it is opened, which makes files again that somebody removed.
  Findings all = findings_of_files(options.path);
  if (has_hot_journal(options.path)) {
    all.push_back(hot_journal(options.path));
    return all;
  }
  try {
    auto connection = store::SqliteConnection::open(options, store::Accept::as_it_is);
    attempt(all, "gate", [&] { return Findings{gate_finding(store::try_way_in(*connection, kTry))}; });
    add(all, content(*connection));
  } catch (const Error& fault) {
    if (is_another_file(fault.code())) return {fault_of("database", fault)};
    all.push_back(fault_of("database", fault));
  }
  return all;
}

}  // namespace
}  // namespace maintenance

std::vector<Finding> doctor(const DatabaseOptions& options) {
  DatabaseOptions real = options;
  real.path = store::real_path(options.path);
  if (auto none = maintenance::no_database_file(real.path)) return {*none};
  return maintenance::examine(real);
}

}  // namespace purser
