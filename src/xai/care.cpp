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

}  // namespace

bool Quota::verify() const {
  store::Snapshot view(database_->connection());
  return wrong_days(view) == 0;
}

std::vector<Check> verify(store::Snapshot& view) {
  if (view.schema_version() < 2) return {};
  std::int64_t wrong = wrong_days(view);
  std::string detail = wrong == 0
                           ? "the figures of every day are the sums of its units"
                           : fmt::format("days whose figures are not the sums of their units: {}", wrong);
  return {{"xai_days", wrong == 0, detail}};
}

}  // namespace purser::xai
