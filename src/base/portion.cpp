#include "base/portion.h"

#include <algorithm>

namespace purser {
namespace {

constexpr auto kQuick = std::chrono::milliseconds(1);
constexpr auto kSlow = std::chrono::milliseconds(4);

}  // namespace

void Portion::end() {
  took_ = clock_->steady_now() - began_;
  if (took_ < kQuick) rows_ = std::min(rows_ * 2, kMost);
  if (took_ > kSlow) rows_ = std::max(rows_ / 2, kFewest);
}

void Portion::rest() {
  if (took_ > SteadyInstant::duration::zero()) clock_->sleep_until(clock_->steady_now() + took_);
  took_ = {};
}

}  // namespace purser
