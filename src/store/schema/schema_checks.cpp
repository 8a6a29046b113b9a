#include "store/schema/schema_checks.h"

#include <SQLiteCpp/Statement.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "store/schema/migrator.h"
#include "store/schema/normalized_sql.h"
#include "store/schema/script.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/sqlite_file.h"

namespace purser::store {
namespace {

// What SQLite makes for itself is no part of a schema. A name alone proves nothing: who may write the file
// can give any object such a name.
constexpr char kObjects[] =
    "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema WHERE NOT coalesce("
    "(type = 'index' AND sql IS NULL AND name LIKE 'sqlite\\_autoindex\\_%' ESCAPE '\\') OR "
    "(type = 'table' AND (name, sql) IN (VALUES "
    "('sqlite_sequence', 'CREATE TABLE sqlite_sequence(name,seq)'), "
    "('sqlite_stat1', 'CREATE TABLE sqlite_stat1(tbl,idx,stat)'), "
    "('sqlite_stat2', 'CREATE TABLE sqlite_stat2(tbl,idx,sampleno,sample)'), "
    "('sqlite_stat3', 'CREATE TABLE sqlite_stat3(tbl,idx,neq,nlt,ndlt,sample)'), "
    "('sqlite_stat4', 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)'))), 0) ORDER BY 1, 2";
constexpr char kReferencesTo[] =
    "SELECT DISTINCT lower(reference.\"table\") FROM pragma_foreign_key_list(?1) AS reference";

constexpr std::size_t kMostNamed = 20;

struct Object {
  std::string type, name, table, sql;  // its normalized SQL
};
using Objects = std::map<std::string, Object>;  // by "table lease"

bool begins_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}
bool is_ops_view(std::string_view object) { return begins_with(object, "view ops_"); }

void add(Objects& all, Object object) {
  std::string key = object.type + " " + object.name;
  all.insert_or_assign(std::move(key), std::move(object));
}

Objects objects_of(Snapshot& view) {
  Objects all;
  auto row = view.rows(kObjects);
  while (row.step()) {
    add(all, {row.get<std::string>(0), row.get<std::string>(1), row.get<std::string>(2),
              normalized_sql(row.get<std::string>(3))});
  }
  return all;
}

Objects built_by_migrations(int version) {
  return translating([&] {
    auto memory = open_sqlite(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    for (const Migration& migration : embedded_migrations()) {
      if (migration.version <= version) memory->exec(migration.up);
    }
    if (version == newest_version()) memory->exec(std::string(embedded_views()));
    Objects all;
    SQLite::Statement row(*memory, kObjects);
    while (row.executeStep()) {
      add(all, {row.getColumn(0).getString(), row.getColumn(1).getString(), row.getColumn(2).getString(),
                normalized_sql(row.getColumn(3).getString())});
    }
    return all;
  });
}

// --- What is not ours ----------------------------------------------------------------------------------

bool is_plain(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// A name may hold any character. One that is not printable ASCII could end the line or hide other text, so it
// is shown by its number.
std::string shown(std::string_view name) {
  std::string all;
  for (char c : name) {
    all += is_plain({&c, 1}) ? std::string(1, c)
                             : fmt::format("\\x{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return all;
}

std::string in_upper_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string way_to_drop(const Object& object) {
  if (!is_plain(object.name)) return "its name is no plain text: `sqlite3 FILE .schema` has it";
  return fmt::format("DROP {} {};", in_upper_case(object.type), as_identifier(object.name));
}

bool is_table_of(const Objects& wanted, std::string table) {
  for (char& c : table) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return wanted.count("table " + table) != 0;
}

bool refers_to(const Objects& wanted, Snapshot& view, const std::string& table) {
  auto row = view.rows(kReferencesTo, table);
  bool refers = false;
  while (row.step()) refers = refers || is_table_of(wanted, row.get<std::string>(0));
  return refers;
}

bool acts_on(const Objects& wanted, Snapshot& view, const Object& object) {
  if (object.type == "trigger") return true;
  if (object.type == "index") return is_table_of(wanted, object.table);
  return object.type == "table" && refers_to(wanted, view, object.name);
}

struct Differences {
  std::vector<std::string> missing, changed, beside;
  std::vector<Object> acting;
};

Differences between(const Objects& found, const Objects& wanted, Snapshot& view) {
  Differences all;
  for (const auto& [key, object] : wanted) {
    auto there = found.find(key);
    bool is_there = there != found.end();
    bool is_a_view_now = !is_there && object.type == "table" && found.count("view " + object.name) != 0;
    if (is_a_view_now || (is_there && there->second.sql != object.sql)) {
      all.changed.push_back(key);
    } else if (!is_there) {
      all.missing.push_back(key);
    }
  }
  for (const auto& [key, object] : found) {
    if (wanted.count(key) != 0) continue;
    if (acts_on(wanted, view, object)) {
      all.acting.push_back(object);
    } else {
      all.beside.push_back(shown(key));
    }
  }
  return all;
}

std::string first_of(std::vector<std::string> names, std::string_view between) {
  std::size_t more = names.size() > kMostNamed ? names.size() - kMostNamed : 0;
  names.resize(names.size() - more);
  std::string all = fmt::format("{}", fmt::join(names, between));
  return more == 0 ? all : fmt::format("{}{}and {} more", all, between, more);
}

std::string in_words(const std::vector<Object>& acting) {
  std::vector<std::string> names, drops;
  for (const Object& object : acting) {
    std::string on = object.type == "table" ? " (refers to our rows)" : " on " + shown(object.table);
    names.push_back(fmt::format("{} {}{}", object.type, shown(object.name), on));
    drops.push_back(way_to_drop(object));
  }
  return fmt::format("foreign: {} (acts on what purser stores; drop it with sqlite3, no worker running: {})",
                     first_of(names, ", "), first_of(drops, " "));
}

std::string in_words(const Differences& found) {
  std::vector<std::string> parts;
  auto add = [&](std::string_view what, const std::vector<std::string>& names) {
    if (!names.empty()) parts.push_back(fmt::format("{}: {}", what, fmt::join(names, ", ")));
  };
  add("missing", found.missing);
  add("differs", found.changed);
  if (!found.acting.empty()) parts.push_back(in_words(found.acting));
  return fmt::format("{}", fmt::join(parts, "; "));
}

bool only_ops_views(const Differences& found) {
  for (const auto* names : {&found.missing, &found.changed}) {
    if (!std::all_of(names->begin(), names->end(), is_ops_view)) return false;
  }
  return found.acting.empty();
}

// `known`: as the newest purser has them; a file whose version alone is wrong holds nothing foreign.
bool runs_nothing_foreign(const Differences& differences, const Objects& found, const Objects& known) {
  auto is_known = [&](const std::string& key) {
    auto there = found.find(key), own = known.find(key);
    return there != found.end() && own != known.end() && there->second.sql == own->second.sql;
  };
  bool as_made = std::all_of(differences.changed.begin(), differences.changed.end(),
                             [&](const auto& key) { return is_ops_view(key) || is_known(key); });
  return as_made &&
         std::none_of(differences.acting.begin(), differences.acting.end(), [&](const Object& object) {
           return object.type == "index" && !is_known("index " + object.name);
         });
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

Check check_schema(Snapshot& view, OpsViews views) { return check_schema_for_reading(view, views).check; }

SchemaCheckResult check_schema_for_reading(Snapshot& view, OpsViews views) {
  int stored = view.schema_version();
  if (stored > newest_version())
    return {{"schema", true, fmt::format("not looked at: schema {} is newer than this purser", stored)},
            true};
  Objects found = objects_of(view);
  // An older file still has the views of the purser that made it, which is not asked here.
  if (stored < newest_version())
    std::erase_if(found, [](const auto& entry) { return is_ops_view(entry.first); });
  Objects wanted = built_by_migrations(stored);
  Differences differences = between(found, wanted, view);
  std::string fault = in_words(differences);
  if (!fault.empty()) {
    bool views_alone = only_ops_views(differences);
    const char* advice = views_alone ? " (`purser migrate up` makes the ops views anew)" : "";
    return {{"schema", views_alone && views == OpsViews::may_differ, fault + advice},
            stored > newest_version() ||
                runs_nothing_foreign(differences, found, built_by_migrations(newest_version()))};
  }
  std::string detail =
      fmt::format("{} tables, indexes, triggers and views are as schema {} has them", wanted.size(), stored);
  auto left = std::stable_partition(differences.beside.begin(), differences.beside.end(),
                                    [](const std::string& name) { return !is_ops_view(name); });
  if (left != differences.beside.end())
    detail += fmt::format("; ops views of another purser: {} (`purser migrate up` makes them anew)",
                          differences.beside.end() - left);
  differences.beside.erase(left, differences.beside.end());
  if (!differences.beside.empty()) detail += fmt::format("; foreign: {}", first_of(differences.beside, ", "));
  return {{"schema", true, detail}, true};
}

}  // namespace purser::store
