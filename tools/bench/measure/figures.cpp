#include "bench/measure/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bench {
namespace {

// "library in one transaction" is compared with "bare in one transaction".
std::string variant_of(const std::string& contender) {
  const auto space = contender.find(' ');
  return space == std::string::npos ? "" : contender.substr(space);
}

bool is_library(const Key& key) { return key.contender.rfind("library", 0) == 0; }

bool is_comparable(const Key& library, const Key& other) {
  if (is_library(other) || variant_of(library.contender) != variant_of(other.contender)) return false;
  Key same = other;
  same.contender = library.contender;
  if (other.contender == "bare" && other.processes == 1) same.processes = library.processes;
  return same == library;
}

Spread ratio(const Series& above, const Series& below, double Sample::*figure) {
  std::vector<double> all;
  const std::size_t count = std::min(above.samples.size(), below.samples.size());
  for (std::size_t i = 0; i < count; ++i) {
    const double divisor = below.samples[i].*figure;
    if (divisor > 0) all.push_back(above.samples[i].*figure / divisor);
  }
  return spread_of(all);
}

}  // namespace

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

std::vector<Ratio> ratios_of(const Results& results) {
  std::vector<Ratio> all;
  for (const auto& [library, above] : results) {
    if (!is_library(library)) continue;
    for (const auto& [other, below] : results) {
      if (!is_comparable(library, other)) continue;
      all.push_back({library, other, ratio(above, below, &Sample::ops_per_second),
                     ratio(above, below, &Sample::p99_us)});
    }
  }
  return all;
}

std::string name_of(const Key& key) {
  std::string name = fmt::format("{}, {}", key.work, key.contender);
  if (!key.durability.empty()) name += ", " + key.durability;
  name += fmt::format(", {} process{}", key.processes, key.processes == 1 ? "" : "es");
  if (key.load != "saturated") name += ", " + key.load;
  if (key.rows > 0) name += ", " + rows_text(key.rows) + " rows";
  return name;
}

std::string rows_text(int rows) {
  if (rows % 1'000'000 == 0) return fmt::format("{} million", rows / 1'000'000);
  if (rows % 1'000 == 0) return fmt::format("{} thousand", rows / 1'000);
  return fmt::format("{}", rows);
}

std::string time_text(double us) {
  if (us >= 999'500) return fmt::format("{:.2f} s", us / 1e6);
  if (us >= 99'950) return fmt::format("{:.0f} ms", us / 1e3);
  if (us >= 9'995) return fmt::format("{:.1f} ms", us / 1e3);
  if (us >= 999.5) return fmt::format("{:.2f} ms", us / 1e3);
  return us >= 9.95 ? fmt::format("{:.0f} us", us) : fmt::format("{:.1f} us", us);
}

std::string rate_text(double per_second) {
  return fmt::format("{}", fmt::group_digits(std::llround(per_second)));
}

}  // namespace bench
