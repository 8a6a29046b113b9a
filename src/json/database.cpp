#include "json/database.h"

#include "json/keepa.h"
#include "json/spapi.h"

namespace purser::json {

std::string_view name_of(Durability durability) { return durability == Durability::full ? "full" : "normal"; }

Object encode_init(const Database& database, const std::filesystem::path& path, bool created) {
  return Object()
      .add("database", path.string())
      .add("schema_version", database.schema_version())
      .add("created", created);
}

Object encode_status(const Database& database, const keepa::Status& keepa, const XaiStatus& xai,
                     const std::vector<spapi::SellerStatus>& sellers) {
  return Object()
      .add("schema_version", database.schema_version())
      .add("durability", name_of(database.durability()))
      .add("keepa", encode(keepa))
      .add("xai", encode(xai))
      .add("spapi", encode(sellers));
}

}  // namespace purser::json
