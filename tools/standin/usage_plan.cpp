#include "standin/usage_plan.h"

#include <algorithm>

namespace standin {

bool UsagePlan::take(std::int64_t now_ms) {
  if (now_ms > as_of_ms_) {
    left_ = std::min(cap_, left_ + (now_ms - as_of_ms_) * rate_);
    as_of_ms_ = now_ms;
  }
  if (left_ < kOne) return false;
  left_ -= kOne;
  return true;
}

}  // namespace standin
