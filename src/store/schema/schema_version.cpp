#include "store/schema/schema_version.h"

#include <fmt/format.h>

#include "purser/error.h"

namespace purser::store {

void require_not_newer(std::string_view file, int stored, int newest) {
  if (stored <= newest) return;
  throw Error(ErrorCode::schema_newer,
              fmt::format("{} has schema {}, this purser knows up to {}: install a newer purser, or go back "
                          "with that one: `purser migrate down --to {}`",
                          file, stored, newest, newest));
}

}  // namespace purser::store
