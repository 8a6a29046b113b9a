#include "store/copy/verify.h"

#include <fmt/format.h>

namespace purser::store {
namespace {

constexpr char kIntegrity[] = "PRAGMA integrity_check(10)";
constexpr char kReferences[] =
    "SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY \"table\" ORDER BY 1";

Check integrity(Snapshot& view) {
  Check check{"integrity", true, "every page, row and index of the file"};
  std::string found;
  auto row = view.rows(kIntegrity);
  while (row.step()) {
    auto line = row.get<std::string>(0);
    if (line == "ok") continue;
    check.passed = false;
    found += (found.empty() ? "" : "; ") + line;
  }
  if (!check.passed) check.detail = found + ": restore a backup";
  return check;
}

Check references(Snapshot& view) {
  Check check{"references", true, "every reference leads to a row"};
  std::string found;
  auto row = view.rows(kReferences);
  while (row.step()) {
    check.passed = false;
    found += fmt::format("{}{} of {}", found.empty() ? "" : ", ", row.get<std::int64_t>(1),
                         row.get<std::string>(0));
  }
  if (!check.passed) check.detail = fmt::format("rows that refer to nothing: {}", found);
  return check;
}

}  // namespace

Verified verify(Snapshot& view, OpsViews views) {
  SchemaCheckResult schema = check_schema_for_reading(view, views);
  if (!schema.is_safe_to_read) {
    Check unread{"integrity", false, "not looked at before the schema is as it should be (see `schema`)"};
    return {{unread, check_history(view), schema.check}, false};
  }
  return {{integrity(view), references(view), check_history(view), schema.check}, true};
}

}  // namespace purser::store
