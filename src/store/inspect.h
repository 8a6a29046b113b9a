// Facts of the file that decide nothing, for whoever takes care of it.
#pragma once

#include "store/transaction.h"

namespace purser::store {

// Of pages that hold nothing: they are used again before the file grows.
std::int64_t free_bytes(Snapshot& view);

}  // namespace purser::store
