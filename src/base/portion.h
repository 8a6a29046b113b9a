// How many rows a small transaction takes of a long work, so that it holds others up for milliseconds,
// whatever the disk, the rows and the machine are like.
//
//   Portion portion(clock);
//   while (...) {
//     store::Transaction change(connection);
//     portion.begin();
//     ... portion.rows() of them ...
//     portion.end();
//     change.commit();
//     portion.rest();
//   }
#pragma once

#include "purser/clock.h"

namespace purser {

class Portion {
 public:
  static constexpr int kFewest = 10, kFirst = 100, kMost = 500;

  explicit Portion(Clock& clock) : clock_(&clock) {}

  int rows() const { return rows_; }
  void begin() { began_ = clock_->steady_now(); }
  // The next portion is larger where this one was quick, smaller where it was slow.
  void end();
  // As long as the last one took: half of the time is the others'. Outside any transaction.
  void rest();

 private:
  Clock* clock_;
  SteadyInstant began_{};
  SteadyInstant::duration took_{};
  int rows_ = kFirst;
};

}  // namespace purser
