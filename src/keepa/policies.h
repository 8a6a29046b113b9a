// The policies as rows.
#pragma once

#include <string>

#include "purser/keepa.h"
#include "store/transaction.h"

namespace purser::keepa {

// The task's own policy, or the standard one (whose name then differs from the task's).
Policy load_policy(store::Snapshot& view, const std::string& task);

}  // namespace purser::keepa
