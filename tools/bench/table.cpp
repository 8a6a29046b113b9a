#include "bench/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bench/figures.h"
#include "bench/words.h"

namespace bench {
namespace {

constexpr char kLegend[] =
    "An operation is one write transaction: a grant, then its release, in turn. p50, p99 and ops/s are "
    "medians\n"
    "of the repetitions, p99.9 is of all of them together, max the longest call of all; all with the wait "
    "in\n"
    "the queue. least/most: operations of the least served process over those of the most served one. CPU: "
    "of\n"
    "the clients and of the server. bare: the statements alone by SQLite's C API, beside others with\n"
    "sqlite3_busy_timeout; flock: the same behind a flock; both checkpoint at 1000 pages. disk: 8 KiB "
    "written\n"
    "over in a file, and fdatasync. Redis durable: appendfsync always, normal: everysec; PostgreSQL "
    "likewise\n"
    "synchronous_commit on and off.\n";

// What stands under one heading.
struct Section {
  std::string work, durability, load;
  int rows;

  auto operator<=>(const Section&) const = default;
};

Section section_of(const Key& key) { return {key.work, key.durability, key.load, key.rows}; }

std::string title_of(const Section& section) {
  std::string title = section.work;
  if (!section.durability.empty()) title += ", " + section.durability;
  title += ", " + section.load;
  if (section.load == "paced") title += ": each process about every 10.7 ms";
  if (section.rows > 0) title += ", " + rows_text(section.rows) + " rows";
  return title;
}

std::string line_of(const Key& key, const Series& series) {
  std::string line = fmt::format(
      "{:<24}{:>6}{:>12}{:>10}{:>10}{:>10}{:>10}{:>8.2f}{:>10}", key.contender, key.processes,
      rate_text(median_of(series, &Sample::ops_per_second)), time_text(median_of(series, &Sample::p50_us)),
      time_text(median_of(series, &Sample::p99_us)), time_text(series.latencies.quantile_us(0.999)),
      time_text(series.latencies.max_us()), least_over_most(series),
      time_text(median_of(series, &Sample::cpu_us)));
  const double busy = worst_of(series, &Sample::busy);
  if (busy > 0) line += fmt::format("  {:.0f} calls ended as busy", busy);
  const double beside = median_of(series, &Sample::companion_rate);
  if (beside > 0) line += fmt::format("  beside {} commits/s", rate_text(beside));
  return line + "\n";
}

std::string sections_of(const Results& results) {
  std::map<Section, std::string> sections;
  for (const auto& [key, series] : results) sections[section_of(key)] += line_of(key, series);
  std::string all;
  for (const auto& [section, lines] : sections) {
    all += fmt::format("\n{}\n{:<24}{:>6}{:>12}{:>10}{:>10}{:>10}{:>10}{:>8}{:>10}\n", title_of(section), "",
                       "procs", "ops/s", "p50", "p99", "p99.9", "max", "l/m", "CPU/op");
    all += lines;
  }
  return all;
}

// A disk that others use at the same time makes durable figures mean little.
std::string warning_of(const Results& results) {
  auto disk = results.find({"grant", "disk", "durable"});
  if (disk == results.end()) return {};
  std::vector<double> rates;
  for (const Sample& sample : disk->second.samples) rates.push_back(sample.ops_per_second);
  const Spread spread = spread_of(rates);
  constexpr double kSteady = 1.5, kPacedRate = 750;
  std::string all;
  if (spread.most > kSteady * spread.least) {
    all += fmt::format("\nThe disk was not ours alone: its floor moved between {} and {} syncs a second.\n",
                       rate_text(spread.least), rate_text(spread.most));
  }
  if (spread.median < kPacedRate) {
    all += "\nThe disk makes fewer syncs a second than the paced load asks for.\n";
  }
  return all;
}

// What was not measured is told in one line for each reason.
std::string not_measured_text(const std::vector<Goal>& goals) {
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const Goal& goal : goals) {
    if (goal.reached == Reached::not_measured) by_reason[goal.measured].push_back(goal.number);
  }
  std::string all;
  for (auto& [reason, numbers] : by_reason) {
    const std::size_t count = numbers.size();
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    all += fmt::format("not measured: {} of {}: {}\n", count, fmt::join(numbers, ", "), reason);
  }
  return all;
}

std::string goals_text(const std::vector<Goal>& goals) {
  std::string all =
      "\nGoals: ratios are medians of those within one repetition, in brackets the least and the most\n\n";
  std::map<Reached, int> counts;
  for (const Goal& goal : goals) {
    ++counts[goal.reached];
    if (goal.reached == Reached::not_measured) continue;
    all += fmt::format("{:<7}{:<6} {:<62} {:>11}  {}\n", name_of(goal.reached), goal.number, goal.text,
                       goal.wanted, goal.measured);
  }
  all += not_measured_text(goals);
  all += fmt::format("\n{} pass, {} fall, {} of the stretch goals missed, {} not measured\n",
                     counts[Reached::pass], counts[Reached::fall], counts[Reached::stretch_missed],
                     counts[Reached::not_measured]);
  return all;
}

}  // namespace

std::string table_of(const Machine& machine, const Measured& measured, const std::vector<Goal>& goals) {
  std::string all =
      fmt::format("{}, {} cores, {}, {}, SQLite {}, purser {}, {}\n\n", machine.cpu, machine.cores,
                  machine.kernel, machine.file_system, machine.sqlite, machine.purser, machine.date);
  all += kLegend;
  all += sections_of(measured.results);
  for (const auto& [what, why] : measured.skipped) all += fmt::format("\nskipped: {}: {}", what, why);
  if (!measured.skipped.empty()) all += "\n";
  return all + warning_of(measured.results) + goals_text(goals);
}

}  // namespace bench
