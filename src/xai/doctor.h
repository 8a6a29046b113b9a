// What a person should know of this room: for `doctor`.
#pragma once

#include <vector>

#include "purser/health.h"
#include "store/transaction.h"

namespace purser::xai {

// "xai_day", "xai_credits", "xai_pause" and "xai_assumed". The newest schema only.
std::vector<Finding> findings(store::Snapshot& view);

}  // namespace purser::xai
