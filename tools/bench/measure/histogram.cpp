#include "bench/measure/histogram.h"

#include <algorithm>
#include <cmath>

namespace bench {

void Histogram::record(std::int64_t nanoseconds) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0));
  ++classes_[class_of(value)];
  ++count_;
  max_ns_ = std::max(max_ns_, value);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < kClasses; ++i) classes_[i] += other.classes_[i];
  count_ += other.count_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

double Histogram::quantile_us(double share) const {
  if (count_ == 0) return 0;
  const auto rank =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kClasses; ++i) {
    seen += classes_[i];
    if (seen >= rank) return std::min(middle_of(i), static_cast<double>(max_ns_)) / 1e3;
  }
  return max_us();
}

// The first two rows of 64 classes are exact; each later row covers as much as all the rows before it.
std::size_t Histogram::class_of(std::uint64_t nanoseconds) {
  const auto bits = static_cast<unsigned>(64 - __builtin_clzll(nanoseconds | 1U));
  if (bits <= kLinearBits) return nanoseconds;
  const unsigned shift = bits - kLinearBits - 1;
  const std::uint64_t index = (static_cast<std::uint64_t>(shift) << kLinearBits) + (nanoseconds >> shift);
  return std::min<std::size_t>(index, kClasses - 1);
}

double Histogram::middle_of(std::size_t index) {
  if (index < 2UL << kLinearBits) return static_cast<double>(index);
  const auto shift = static_cast<int>(index >> kLinearBits) - 1;
  const auto within = static_cast<double>((index & ((1UL << kLinearBits) - 1)) + (1UL << kLinearBits));
  return std::ldexp(within + 0.5, shift);
}

}  // namespace bench
