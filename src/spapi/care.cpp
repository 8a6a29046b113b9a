#include "spapi/care.h"

#include <fmt/format.h>

#include "spapi/sql.h"

namespace purser::spapi {

std::vector<Check> verify(store::Snapshot& view) {
  if (view.schema_version() < 4) return {};
  auto row = view.statement(sql::kStraySecrets);
  row.step();
  auto stray = row.get<std::int64_t>(0);
  std::string detail =
      stray == 0 ? "every sealed secret is under the key that seals in this file"
                 : fmt::format("secrets sealed under another key than the one that seals: {}", stray);
  return {{"spapi_secrets", stray == 0, detail}};
}

}  // namespace purser::spapi
