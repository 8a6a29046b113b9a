#include "maintenance/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "keepa/maintenance.h"
#include "spapi/maintenance.h"
#include "store/copy/verify.h"
#include "store/schema/schema_version.h"
#include "store/sqlite/sqlite_connection.h"
#include "xai/maintenance.h"

namespace purser {
namespace care {
namespace {

void add(std::vector<Check>& all, std::vector<Check> some) {
  std::move(some.begin(), some.end(), std::back_inserter(all));
}

}  // namespace

std::vector<Check> verify_all(store::Snapshot& view, store::OpsViews views) {
  store::require_not_newer("the file", view.schema_version());
  store::Verified file = store::verify(view, views);
  if (file.may_be_read) add(file.checks, verify_sums(view));
  return file.checks;
}

std::vector<Check> verify_sums(store::Snapshot& view) {
  std::vector<Check> all = keepa::verify(view);
  add(all, xai::verify(view));
  add(all, spapi::verify(view));
  return all;
}

std::optional<std::string> failures_in_words(const std::vector<Check>& checks) {
  std::string words;
  for (const Check& check : checks) {
    if (!check.passed) words += fmt::format("{}{} ({})", words.empty() ? "" : "; ", check.name, check.detail);
  }
  return words.empty() ? std::nullopt : std::optional(words);
}

}  // namespace care

bool Verification::passed() const {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.passed; });
}

Verification verify(const DatabaseOptions& options) {
  // A backup is looked at where it lies, and nothing is left beside it.
  auto connection = store::SqliteConnection::open(options, store::Accept::as_it_is);
  store::Snapshot view(*connection, store::SchemaCheck::skipped);
  return {care::verify_all(view)};
}

}  // namespace purser
