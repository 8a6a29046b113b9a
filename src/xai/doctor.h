// What a person should know of this room: for `doctor`.
#pragma once

#include <vector>

#include "purser/care.h"
#include "store/transaction.h"

namespace purser::xai {

// "xai_day" and "xai_credits". The newest schema only.
std::vector<Finding> findings(store::Snapshot& view);

}  // namespace purser::xai
