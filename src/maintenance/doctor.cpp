// What is worth a look, line by line: first the machine and the files, then whatever of the content can be
// read.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/words.h"
#include "keepa/maintenance.h"
#include "maintenance/doctor_files.h"
#include "maintenance/verify.h"
#include "spapi/doctor.h"
#include "store/copy/verify.h"
#include "store/files/file_checks.h"
#include "store/inspect.h"
#include "store/lease.h"
#include "store/schema/embedded_sql.h"
#include "store/schema/migrator.h"
#include "xai/doctor.h"

namespace purser {
namespace care {
namespace {

using Findings = std::vector<Finding>;

void add(Findings& all, Findings some) { std::move(some.begin(), some.end(), std::back_inserter(all)); }

const char* what_to_do(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_a_database:
    case ErrorCode::foreign_database: return "name the right file (--db, PURSER_DB), or restore a backup";
    case ErrorCode::corrupt:
      return "stop the workers, then do what stands here, else `purser restore BACKUP --yes` (the damaged "
             "file is kept)";
    case ErrorCode::network_file_system:
      return "with no worker running, move it to a local disk with its -wal";
    case ErrorCode::busy: return "look again in a moment";
    case ErrorCode::unsafe_files: return "do what stands here, with no worker running; then look again";
    case ErrorCode::file_replaced: return "end every process that has it open, and look again";
    case ErrorCode::read_only:
    case ErrorCode::cannot_open: return "look at the permissions of the files and the folder";
    default: return "look at the disk and at the system's log";
  }
}

Finding fault_of(const char* name, const Error& fault) {
  return {name, Level::problem, fault.what(), what_to_do(fault.code())};
}

// What cannot be read is a finding, and the rest is looked at all the same.
template <typename Look>
void attempt(Findings& all, const char* name, Look&& look) {
  try {
    add(all, look());
  } catch (const Error& fault) {
    all.push_back(fault_of(name, fault));
  }
}

// --- What stands in the file ---------------------------------------------------------------------------

Finding content_of(store::Connection& connection, store::Snapshot& view) {
  const char* durability =
      connection.durability() == Durability::full
          ? "full: what was answered survives a power cut"
          : "normal: what was answered survives any kill, and a power cut may take the last moment";
  const char* log = connection.is_immutable() ? "no log, so read as an immutable file" : "write-ahead log";
  return {"database", Level::ok,
          fmt::format("{}, durability {}; {} of the file are free", log, durability,
                      bytes_in_words(store::free_bytes(view))),
          ""};
}

Finding migrations(store::Connection& connection, int stored) {
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

const char* advice_for(const Check& check, bool may_be_read) {
  if (check.name == "schema")
    return "drop what is named with the way to drop it; where a table, index or trigger of purser's is "
           "missing or differs, restore a backup";
  if (check.name == "integrity" && !may_be_read) return "first what stands at `schema`, then look again";
  if (check.name == "integrity" || check.name == "references")
    return "stop the workers, then `purser restore BACKUP --yes` (the damaged file is kept)";
  if (check.name == "keepa_ledger")
    return "somebody wrote with another program: restore a backup, or ask for help";
  if (check.name == "xai_days")
    return "the present day: purser xai set-day DATE --calls N --yes, with the calls that xAI's console "
           "shows; an "
           "older one changes nothing any more";
  if (check.name == "spapi_secrets")
    return "purser key rotate moves them all to one key; those that do not open (purser key check) are "
           "stored "
           "anew: purser spapi set";
  return "restore a backup";
}

Findings from(const std::vector<Check>& checks, bool may_be_read = true) {
  Findings all;
  all.reserve(checks.size());
  for (const Check& check : checks) {
    all.push_back({check.name, check.passed ? Level::ok : Level::problem, check.detail,
                   check.passed ? "" : advice_for(check, may_be_read)});
  }
  return all;
}

Finding leases(store::Snapshot& view) {
  store::StaleLeases stale = store::stale_leases(view);
  if (stale.count == 0) return {"leases", Level::ok, "none that lapsed", ""};
  return {"leases", Level::warning,
          fmt::format("{} lapsed and nobody ended them: the oldest is '{}' of {}, {} ago", stale.count,
                      stale.name, stale.holder, in_words(view.now() - *stale.lapsed_at)),
          "they hold nobody up: whoever asks next takes over. Look why these workers died"};
}

Findings content(store::Connection& connection) {
  Findings all;
  store::Snapshot view(connection, store::SchemaCheck::skipped);
  int stored = view.schema_version();
  attempt(all, "database", [&] { return Findings{content_of(connection, view)}; });
  attempt(all, "migrations", [&] { return Findings{migrations(connection, stored)}; });
  bool may_be_read = true;
  attempt(all, "integrity", [&] {
    store::Verified file = store::verify(view);
    may_be_read = file.may_be_read;
    return from(file.checks, may_be_read);
  });
  if (stored > store::newest_version() || !may_be_read) return all;
  attempt(all, "sums", [&] { return from(verify_sums(view)); });
  if (stored < store::newest_version()) return all;
  attempt(all, "keepa", [&] { return keepa::findings(view); });
  attempt(all, "xai", [&] { return xai::findings(view); });
  attempt(all, "spapi", [&] { return spapi::findings(view); });
  attempt(all, "leases", [&] { return Findings{leases(view)}; });
  return all;
}

// A writer waits longer, but not often.
constexpr Duration kTry = std::chrono::seconds(1);

// SQLite would play it back into the file at the first read.
bool has_hot_journal(const std::filesystem::path& database) {
  auto journal = database;
  auto facts = store::file_facts(journal += "-journal");
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

// Somebody named another file than he meant. Advice on its modes and its log would do harm.
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

Findings look_at(const DatabaseOptions& options) {
  // Before it is opened, which makes anew what somebody removed.
  Findings all = findings_of_files(options.path);
  if (has_hot_journal(options.path)) {
    all.push_back(hot_journal(options.path));
    return all;
  }
  try {
    auto connection = store::Connection::open(options, store::Accept::as_it_is);
    attempt(all, "gate", [&] { return Findings{gate_finding(store::try_way_in(*connection, kTry))}; });
    add(all, content(*connection));
  } catch (const Error& fault) {
    if (is_another_file(fault.code())) return {fault_of("database", fault)};
    all.push_back(fault_of("database", fault));
  }
  return all;
}

}  // namespace
}  // namespace care

std::vector<Finding> doctor(const DatabaseOptions& options) {
  DatabaseOptions real = options;
  real.path = store::real_path(options.path);
  if (auto none = care::no_database_file(real.path)) return {*none};
  return care::look_at(real);
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::ok: return "ok";
    case Level::warning: return "warning";
    case Level::problem: return "problem";
  }
  return "problem";
}

}  // namespace purser
