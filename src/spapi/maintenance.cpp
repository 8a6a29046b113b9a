#include "spapi/maintenance.h"

#include <fmt/format.h>

#include "spapi/sql.h"

namespace purser::spapi {

std::vector<Check> verify(store::Snapshot& view) {
  if (view.schema_version() < 4) return {};
  auto row = view.rows(sql::kStraySecrets);
  row.step();
  auto stray = row.get<std::int64_t>(0);
  if (stray > 0) {
    return {{"spapi_secrets", false,
             fmt::format("secrets sealed under another key than the one that seals: {}", stray)}};
  }
  auto key_id = row.get<std::optional<std::string>>(2);
  if (row.get<std::int64_t>(1) == 0 || !key_id) return {{"spapi_secrets", true, "no secrets are stored yet"}};
  return {
      {"spapi_secrets", true,
       fmt::format("every sealed secret is under key {}, and opens with no other: keep that key", *key_id)}};
}

}  // namespace purser::spapi
