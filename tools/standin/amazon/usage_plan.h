// A usage plan of SP-API: a token bucket that starts full. It shares no code with Purser, so that the tests
// can compare the pace of clients with it.
#pragma once

#include <algorithm>
#include <cstdint>

namespace standin {

class UsagePlan {
 public:
  // Allows `rate_in_1000_s` requests in 1000 seconds, and `burst` at once.
  UsagePlan(std::int64_t rate_in_1000_s, std::int64_t burst)
      : rate_(rate_in_1000_s), cap_(burst * kOne), left_(cap_) {}

  // Keeps what is left in the bucket.
  void change_rate(std::int64_t rate_in_1000_s) { rate_ = rate_in_1000_s; }

  // Returns false if the plan is used up. An instant before the last one refills nothing.
  bool take(std::int64_t now_ms) {
    if (now_ms > as_of_ms_) {
      left_ = std::min(cap_, left_ + (now_ms - as_of_ms_) * rate_);
      as_of_ms_ = now_ms;
    }
    if (left_ < kOne) return false;
    left_ -= kOne;
    return true;
  }

 private:
  // A request counts a million units, so that a rate of 1 in 1000 s refills one unit in a millisecond.
  static constexpr std::int64_t kOne = 1'000'000;

  std::int64_t rate_;
  std::int64_t cap_;
  std::int64_t left_;
  std::int64_t as_of_ms_ = 0;
};

}  // namespace standin
