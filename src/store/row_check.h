// Checks of loaded rows, paired with the CHECK constraints of their tables: code that relies on a constraint
// checks it again where it loads the row. So a damaged file causes an error and never a wrong decision.
#pragma once

namespace purser::store {

[[noreturn]] void refuse_row(const char* what);

// Throws corrupt with `what`, the rule, unless it `holds`: "keepa_policy: threshold and margin are both there
// or neither is".
inline void require_row(bool holds, const char* what) {
  if (!holds) refuse_row(what);
}

}  // namespace purser::store
