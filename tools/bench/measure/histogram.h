// The durations of calls, in log-linear classes: 64 for each power of two, so that every quantile is exact to
// 1.6 %, whatever its size. It lives in shared memory, so it has no pointers and no destructor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace bench {

class Histogram {
 public:
  void record(std::int64_t nanoseconds);
  void add(const Histogram& other);

  std::uint64_t count() const { return count_; }
  double quantile_us(double share) const;  // the middle of the class; 0 if nothing was recorded
  double max_us() const { return static_cast<double>(max_ns_) / 1e3; }  // exact

 private:
  static constexpr unsigned kLinearBits = 6;
  static constexpr unsigned kLargestBits = 38;  // 4.6 minutes
  static constexpr std::size_t kClasses = static_cast<std::size_t>(kLargestBits - kLinearBits + 1)
                                          << kLinearBits;
  static std::size_t class_of(std::uint64_t nanoseconds);
  static double middle_of(std::size_t index);

  std::array<std::uint64_t, kClasses> classes_{};
  std::uint64_t count_ = 0, max_ns_ = 0;
};

}  // namespace bench
