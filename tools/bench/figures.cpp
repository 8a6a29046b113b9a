#include "bench/figures.h"

#include <algorithm>

namespace bench {

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {median, values.front(), values.back()};
}

double median_of(const Series& series, double Sample::*figure) {
  std::vector<double> values;
  for (const Sample& sample : series.samples) values.push_back(sample.*figure);
  return spread_of(values).median;
}

double worst_of(const Series& series, double Sample::*figure) {
  double worst = 0;
  for (const Sample& sample : series.samples) worst = std::max(worst, sample.*figure);
  return worst;
}

double least_over_most(const Series& series) {
  std::vector<double> values;
  for (const Sample& sample : series.samples) values.push_back(sample.least_over_most());
  return spread_of(values).median;
}

std::vector<double> ratios(const Series& above, double Sample::*above_figure, const Series& below,
                           double Sample::*below_figure) {
  std::vector<double> all;
  const std::size_t count = std::min(above.samples.size(), below.samples.size());
  for (std::size_t i = 0; i < count; ++i) {
    const double divisor = below.samples[i].*below_figure;
    if (divisor > 0) all.push_back(above.samples[i].*above_figure / divisor);
  }
  return all;
}

}  // namespace bench
