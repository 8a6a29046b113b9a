// migrations/*.sql and schema/views.sql, as the build compiles them into purser::maintenance.
#pragma once

#include <span>
#include <string_view>

#include "store/schema/schema_version.h"

namespace purser::store {

struct Migration {
  int version;  // 1, 2, 3, ... without a gap
  const char* name;
  const char* checksum;  // SHA-256 of the up text
  const char* up;
  const char* down;
};

std::span<const Migration> embedded_migrations();
std::string_view embedded_views();

}  // namespace purser::store
