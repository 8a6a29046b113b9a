#include "bench/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bench/measure/figures.h"

namespace bench {
namespace {

constexpr char kLegend[] =
    "An operation is one write transaction: a grant, then its release, in turn. p50, p99 and ops/s are\n"
    "medians of the repetitions, p99.9 is of all of them together, max is the longest call of all; all\n"
    "include the wait in the queue. l/m: operations of the least served process over those of the most\n"
    "served one. CPU: of the clients and of the server. bare: the statements alone by SQLite's C API, with\n"
    "sqlite3_busy_timeout if there are several processes; flock: the same behind a flock; both checkpoint\n"
    "at 1000 pages. disk: overwrites 8 KiB in a file, and fdatasync. Redis: durable is appendfsync always,\n"
    "normal is everysec; PostgreSQL: durable is synchronous_commit on, normal is off.\n";

// The cells under one heading.
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

// Durable figures mean little if others use the disk at the same time.
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

std::string spread_text(const Spread& spread) {
  return fmt::format("{:.2f}x [{:.2f}-{:.2f}]", spread.median, spread.least, spread.most);
}

std::string ratios_text(const Results& results) {
  std::string all;
  for (const Ratio& ratio : ratios_of(results)) {
    std::string other = ratio.other.contender;
    if (ratio.other.processes != ratio.library.processes) other += ", 1 process";
    all += fmt::format("{:<60} {:<32} {:>20} {:>20}\n", name_of(ratio.library), "over " + other,
                       spread_text(ratio.ops_per_second), spread_text(ratio.p99));
  }
  if (all.empty()) return all;
  return fmt::format(
             "\nRatios: medians of those within one repetition, in brackets the least and the most\n"
             "{:<60} {:<32} {:>20} {:>20}\n",
             "", "", "ops/s", "p99") +
         all;
}

std::string lost_text(const char* what, const std::optional<LostUpdates>& lost) {
  if (!lost) return {};
  return fmt::format("{}: {} of {} answered grants are missing{}\n", what, lost->missing, lost->answered,
                     lost->sums_match ? "" : ", and the sums do not match");
}

std::string whole_process_text(const char* durability, const std::optional<WholeProcess>& found) {
  if (!found) return {};
  std::vector<double> pairs;
  for (std::size_t i = 0; i < found->purser_us.size(); ++i) {
    pairs.push_back(found->purser_us[i] / found->sqlite3_us[i]);
  }
  return fmt::format("whole process, {}: `purser keepa acquire` {} over `sqlite3` {}: {}\n", durability,
                     time_text(spread_of(found->purser_us).median),
                     time_text(spread_of(found->sqlite3_us).median), spread_text(spread_of(pairs)));
}

std::string growth_text(const Measured& measured) {
  std::string all;
  for (const auto& [rows, p50s] : measured.growth) {
    all += fmt::format("a grant with {} rows in the ledger: p50 {}\n", rate_text(static_cast<double>(rows)),
                       time_text(spread_of(p50s).median));
  }
  return all;
}

// What is measured beside the cells.
std::string others_text(const Measured& measured) {
  std::string all = lost_text("lost updates, 4 processes", measured.lost);
  all += lost_text("lost updates, one of 4 killed", measured.lost_with_a_kill);
  all += whole_process_text("durable", measured.durable_process);
  all += whole_process_text("normal", measured.normal_process);
  if (measured.json_rewrite_us) {
    all += fmt::format("a put by rewriting a JSON file of 10 thousand: {}\n",
                       time_text(*measured.json_rewrite_us));
  }
  all += growth_text(measured);
  return all.empty() ? all : "\n" + all;
}

}  // namespace

std::string table_of(const Machine& machine, const Measured& measured) {
  std::string all =
      fmt::format("{}, {} cores, {}, {}, SQLite {}, purser {}, {}\n\n", machine.cpu, machine.cores,
                  machine.kernel, machine.file_system, machine.sqlite, machine.purser, machine.date);
  all += kLegend;
  all += sections_of(measured.results);
  for (const auto& [what, why] : measured.skipped) all += fmt::format("\nskipped: {}: {}", what, why);
  if (!measured.skipped.empty()) all += "\n";
  return all + warning_of(measured.results) + ratios_text(measured.results) + others_text(measured);
}

}  // namespace bench
