#include "base/portion.h"

#include <algorithm>

namespace purser {
namespace {

constexpr auto kQuick = std::chrono::milliseconds(1);
constexpr auto kSlow = std::chrono::milliseconds(4);

}  // namespace

void Portion::end() {
  auto took = clock_->steady_now() - began_;
  if (took < kQuick) rows_ = std::min(rows_ * 2, kMost);
  if (took > kSlow) rows_ = std::max(rows_ / 2, kFewest);
}

}  // namespace purser
