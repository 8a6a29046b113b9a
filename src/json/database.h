// The answers of `purser init` and `purser status` as JSON: the file and everything in it. Scripts rely on
// the names and the order of the fields.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "json/object.h"
#include "json/xai.h"
#include "purser/database.h"
#include "purser/keepa.h"
#include "purser/spapi.h"

namespace purser::json {

std::string_view name_of(Durability durability);  // "full", "normal"

Object encode_init(const Database& database, const std::filesystem::path& path, bool created);
Object encode_status(const Database& database, const keepa::Status& keepa, const XaiStatus& xai,
                     const std::vector<spapi::SellerStatus>& sellers);

}  // namespace purser::json
