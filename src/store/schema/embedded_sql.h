// migrations/*.sql and schema/views.sql as the build put them into the library.
#pragma once

#include <span>
#include <string_view>

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

// The schema version that this library reads and writes.
inline int newest_version() { return embedded_migrations().back().version; }

}  // namespace purser::store
