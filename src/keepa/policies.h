// The policies as rows; keepa_policy.h is implemented here too.
#pragma once

#include <string>

#include "purser/keepa_policy.h"
#include "store/transaction.h"

namespace purser::keepa {

// The task's own policy, or the standard one (whose name then differs from the task's).
Policy load_policy(store::Snapshot& view, const std::string& task);

}  // namespace purser::keepa
