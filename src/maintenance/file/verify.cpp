#include "maintenance/file/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "maintenance/state/sums.h"
#include "purser/health.h"
#include "store/copy/verify.h"
#include "store/schema/schema_version.h"
#include "store/sqlite/sqlite_connection.h"

namespace purser {
namespace maintenance {

std::vector<Check> verify_all(store::Snapshot& view, store::OpsViews views) {
  store::require_not_newer("the file", view.schema_version());
  store::Verified file = store::verify(view, views);
  if (!file.may_be_read) return file.checks;
  std::vector<Check> sums = verify_sums(view);
  std::move(sums.begin(), sums.end(), std::back_inserter(file.checks));
  return file.checks;
}

std::optional<std::string> failures_in_words(const std::vector<Check>& checks) {
  std::string words;
  for (const Check& check : checks) {
    if (!check.passed) words += fmt::format("{}{} ({})", words.empty() ? "" : "; ", check.name, check.detail);
  }
  return words.empty() ? std::nullopt : std::optional(words);
}

}  // namespace maintenance

bool Verification::passed() const {
  return std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.passed; });
}

Verification verify(const DatabaseOptions& options) {
  // As it is: a backup is checked where it lies, and no file is made beside it.
  auto connection = store::SqliteConnection::open(options, store::Accept::as_it_is);
  store::Snapshot view(*connection, store::SchemaCheck::skipped);
  return {maintenance::verify_all(view)};
}

}  // namespace purser
