// From repetitions to one figure: medians, and how far the repetitions lie apart.
#pragma once

#include <string>
#include <vector>

#include "bench/cell.h"

namespace bench {

struct Spread {
  double median = 0, least = 0, most = 0;
};

Spread spread_of(std::vector<double> values);  // of at least one
double median_of(const Series& series, double Sample::*figure);
double worst_of(const Series& series, double Sample::*figure);  // the largest
double least_over_most(const Series& series);                   // the median

// One figure over another, each pair of the same repetition.
std::vector<double> ratios(const Series& above, double Sample::*above_figure, const Series& below,
                           double Sample::*below_figure);

}  // namespace bench
