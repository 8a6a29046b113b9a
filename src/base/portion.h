// Splits a long job into small transactions: says how many rows the next one takes, so that it holds other
// writers up for milliseconds on any disk and machine, whatever the size of the rows.
//
//   Portion portion(clock);
//   while (...) {
//     store::Transaction change(connection);
//     portion.begin();
//     ...  // at most portion.rows() rows
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
  // Makes the next portion larger where this one was quick, smaller where it was slow.
  void end();
  // Sleeps for as long as the last portion took, so that other writers have half of the time.
  // REQUIRES: no transaction is open.
  void rest();

 private:
  Clock* clock_;
  SteadyInstant began_{};
  SteadyInstant::duration took_{};
  int rows_ = kFirst;
};

}  // namespace purser
