// From repetitions to one figure: medians, and how far the repetitions lie apart; and figures as text.
#pragma once

#include <string>
#include <vector>

#include "bench/measure/cell.h"

namespace bench {

struct Spread {
  double median = 0, least = 0, most = 0;
};

Spread spread_of(std::vector<double> values);  // all 0 if there are no values
double median_of(const Series& series, double Sample::*figure);
double worst_of(const Series& series, double Sample::*figure);  // the largest
double least_over_most(const Series& series);                   // the median

// The library over another contender of the same work. Machines differ and are shared, so a ratio is taken
// within each repetition: the spread is that of these ratios.
struct Ratio {
  Key library, other;
  Spread ops_per_second, p99;
};

// Each cell of the library over the other contenders with the same key, and those of several processes also
// over the bare loop of one process.
std::vector<Ratio> ratios_of(const Results& results);

// How measured things are named and written.
std::string name_of(const Key& key);       // "grant, library, durable, 8 processes, paced"
std::string rows_text(int rows);           // "10 thousand"
std::string time_text(double us);          // "151 us", "4.60 ms", "1.03 s"
std::string rate_text(double per_second);  // "13,106"

}  // namespace bench
