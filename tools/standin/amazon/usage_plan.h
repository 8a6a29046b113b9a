// A usage plan of SP-API: a token bucket that is full at first. Its arithmetic is the truth that the pace of
// clients is held against.
#pragma once

#include <algorithm>
#include <cstdint>

namespace standin {

class UsagePlan {
 public:
  // So many requests in 1000 seconds, and `burst` at once.
  UsagePlan(std::int64_t rate_in_1000_s, std::int64_t burst)
      : rate_(rate_in_1000_s), cap_(burst * kOne), left_(cap_) {}

  // What is left of the bucket stays.
  void change_rate(std::int64_t rate_in_1000_s) { rate_ = rate_in_1000_s; }

  // False: too many. An earlier instant than the last one gives nothing.
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
  // Of a request: a rate of 1 in 1000 s gives one of these in a millisecond.
  static constexpr std::int64_t kOne = 1'000'000;

  std::int64_t rate_;
  std::int64_t cap_;
  std::int64_t left_;
  std::int64_t as_of_ms_ = 0;
};

}  // namespace standin
