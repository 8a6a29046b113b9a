// What a loaded row must be, in pairs with the CHECK constraints of its table: code that relies on one says
// so where it loads the row, so that a damaged file is an error and never a wrong decision.
#pragma once

namespace purser::store {

[[noreturn]] void refuse_row(const char* what);

// Throws corrupt with `what`, as "keepa_policy: threshold and margin are both there or neither is".
inline void require_row(bool holds, const char* what) {
  if (!holds) refuse_row(what);
}

}  // namespace purser::store
