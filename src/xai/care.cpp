#include "xai/care.h"

#include <fmt/format.h>

#include "purser/xai.h"
#include "xai/sql.h"

namespace purser::xai {
namespace {

std::int64_t wrong_days(store::Snapshot& view) {
  auto row = view.statement(sql::kWrongDays);
  row.step();
  return row.get<std::int64_t>(0);
}

// With the figures themselves: an upgrade compares what was said before it and after it.
std::string in_words(store::Snapshot& view) {
  auto row = view.statement(sql::kSumOfDays);
  row.step();
  return fmt::format("days: {}, calls: {}, bypassing: {}", row.get<std::int64_t>(0), row.get<std::int64_t>(1),
                     row.get<std::int64_t>(2));
}

}  // namespace

bool Quota::verify() const {
  store::Snapshot view(database_->connection());
  return wrong_days(view) == 0;
}

std::vector<Check> verify(store::Snapshot& view) {
  if (view.schema_version() < 2) return {};
  std::int64_t wrong = wrong_days(view);
  std::string detail = in_words(view);
  if (wrong != 0) detail += fmt::format("; days whose figures are not the sums of their units: {}", wrong);
  return {{"xai_days", wrong == 0, detail}};
}

}  // namespace purser::xai
