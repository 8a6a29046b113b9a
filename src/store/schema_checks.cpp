#include "store/schema_checks.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "store/migrator.h"
#include "store/sqlite_error.h"

namespace purser::store {
namespace {

// What SQLite makes for itself is no part of a schema: sqlite_autoindex_..., sqlite_stat1.
constexpr char kObjects[] =
    "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema "
    "WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1";

using Objects = std::map<std::string, std::string>;  // "table lease" to its bare SQL

bool begins_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}
bool is_trigger(std::string_view object) { return begins_with(object, "trigger "); }
bool is_ops_view(std::string_view object) { return begins_with(object, "view ops_"); }

Objects objects_of(Snapshot& view) {
  Objects all;
  auto row = view.statement(kObjects);
  while (row.step()) all[row.get<std::string>(0)] = bare_sql(row.get<std::string>(1));
  return all;
}

Objects built_by_migrations(int version) {
  return translating([&] {
    SQLite::Database memory(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    for (const Migration& migration : embedded_migrations()) {
      if (migration.version <= version) memory.exec(migration.up);
    }
    if (version == newest_version()) memory.exec(std::string(embedded_views()));
    Objects all;
    SQLite::Statement row(memory, kObjects);
    while (row.executeStep()) all[row.getColumn(0).getString()] = bare_sql(row.getColumn(1).getString());
    return all;
  });
}

struct Differences {
  std::vector<std::string> missing, changed, foreign_triggers, beside;
};

Differences between(const Objects& found, const Objects& wanted) {
  Differences all;
  for (const auto& [name, sql] : wanted) {
    auto there = found.find(name);
    if (there == found.end()) {
      all.missing.push_back(name);
    } else if (there->second != sql) {
      all.changed.push_back(name);
    }
  }
  for (const auto& [name, sql] : found) {
    if (wanted.count(name) != 0) continue;
    (is_trigger(name) ? all.foreign_triggers : all.beside).push_back(name);
  }
  return all;
}

std::string in_words(const Differences& found) {
  std::vector<std::string> parts;
  auto add = [&](std::string_view what, const std::vector<std::string>& names) {
    if (!names.empty()) parts.push_back(fmt::format("{}: {}", what, fmt::join(names, ", ")));
  };
  add("missing", found.missing);
  add("differs", found.changed);
  add("foreign", found.foreign_triggers);
  return fmt::format("{}", fmt::join(parts, "; "));
}

bool only_ops_views(const Differences& found) {
  for (const auto* names : {&found.missing, &found.changed, &found.foreign_triggers}) {
    if (!std::all_of(names->begin(), names->end(), is_ops_view)) return false;
  }
  return true;
}

std::string step_name(const MigrationStep& step) { return fmt::format("{:04}_{}", step.version, step.name); }

// What is wrong with it; "" where nothing is.
std::string fault_of(const std::vector<MigrationStep>& applied, int stored) {
  int expected = 0;
  for (const MigrationStep& step : applied) {
    if (step.version != ++expected) return fmt::format("the record of step {} is missing", expected);
    if (step.changed)
      return fmt::format("migration {} was applied with another text than this purser has", step_name(step));
  }
  if (expected == stored) return {};
  return fmt::format("the file says schema {}, the last step in its records is {}", stored, expected);
}

}  // namespace

Check check_history(Snapshot& view) {
  int stored = view.schema_version();
  std::string fault = fault_of(applied_steps(view, embedded_migrations()), stored);
  if (!fault.empty()) return {"history", false, fault};
  return {"history", true, fmt::format("schema {}, built by the migrations of this purser", stored)};
}

Check check_schema(Snapshot& view, OpsViews views) {
  int stored = view.schema_version();
  if (stored > newest_version())
    return {"schema", true, fmt::format("not looked at: schema {} is newer than this purser", stored)};
  Objects found = objects_of(view);
  // An older file still has the views of the purser that made it, which is not asked here.
  if (stored < newest_version())
    std::erase_if(found, [](const auto& entry) { return is_ops_view(entry.first); });
  Objects wanted = built_by_migrations(stored);
  Differences differences = between(found, wanted);
  std::string fault = in_words(differences);
  if (!fault.empty()) {
    bool views_alone = only_ops_views(differences);
    const char* advice = views_alone ? " (`purser migrate up` makes the ops views anew)" : "";
    return {"schema", views_alone && views == OpsViews::may_differ, fault + advice};
  }
  std::string detail =
      fmt::format("{} tables, indexes, triggers and views are as schema {} has them", wanted.size(), stored);
  auto left = std::stable_partition(differences.beside.begin(), differences.beside.end(),
                                    [](const std::string& name) { return !is_ops_view(name); });
  if (left != differences.beside.end())
    detail += fmt::format("; ops views of another purser: {} (`purser migrate up` makes them anew)",
                          differences.beside.end() - left);
  differences.beside.erase(left, differences.beside.end());
  if (!differences.beside.empty())
    detail += fmt::format("; foreign: {}", fmt::join(differences.beside, ", "));
  return {"schema", true, detail};
}

}  // namespace purser::store
