#include "store/sqlite/inspect.h"

#include <sqlite3.h>

namespace purser::store {
namespace {

constexpr int version(int major, int minor, int patch) { return major * 1'000'000 + minor * 1000 + patch; }

bool is_fixed_branch(int version_number, int minor, int first_patch) {
  return version_number >= version(3, minor, first_patch) && version_number < version(3, minor + 1, 0);
}

}  // namespace

std::string engine_version() { return sqlite3_libversion(); }

bool has_wal_reset_bug(int version_number) {
  if (version_number < version(3, 7, 0) || version_number >= version(3, 51, 3)) return false;
  return !is_fixed_branch(version_number, 44, 6) && !is_fixed_branch(version_number, 50, 7);
}

bool engine_has_wal_reset_bug() { return has_wal_reset_bug(sqlite3_libversion_number()); }

}  // namespace purser::store
