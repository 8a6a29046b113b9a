#include "store/lease_wait.h"

#include <algorithm>

#include "purser/error.h"

namespace purser::store {
namespace {

constexpr Duration kLookAgain = std::chrono::milliseconds(250);

}  // namespace

void LeaseWait::require_patience() const {
  if (clock_.steady_now() < give_up_) return;
  throw Error(ErrorCode::no_answer, "another worker's " + work_ + " does not end: try again");
}

void LeaseWait::look_again(Instant lapses_at) {
  require_patience();
  Duration until_lapse = lapses_at - clock_.now();
  clock_.sleep_until(clock_.steady_now() + std::clamp(until_lapse, Duration{1}, kLookAgain));
}

}  // namespace purser::store
