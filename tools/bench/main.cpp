// purser-bench measures what Purser costs, compared with SQLite alone, Redis and PostgreSQL. Machines and
// disks differ and are shared, so only ratios within one run mean anything: all contenders take turns, in an
// order that is shuffled in every repetition.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <vector>

#include "bench/loads/growth.h"
#include "bench/loads/lost_updates.h"
#include "bench/loads/whole_process.h"
#include "bench/measure/child.h"
#include "bench/measure/machine.h"
#include "bench/measure/measured.h"
#include "bench/measure/progress.h"
#include "bench/measure/schedule.h"
#include "bench/measure/scratch.h"
#include "bench/options.h"
#include "bench/plan.h"
#include "bench/report/report.h"
#include "bench/rivals/rivals.h"
#include "purser/frame/printable.h"

namespace bench {
namespace {

namespace fs = std::filesystem;
using purser::Durability;

constexpr std::int64_t kMostLedgerRows = 10'000'000;
constexpr int kPairsPerRepetition = 20;

// With --quick, durability is normal: whether a row is there does not depend on the disk, and a slow disk
// would take minutes.
void look_for_lost_updates(const Options& options, const Scratch& scratch, Measured& measured) {
  const Durability durability = options.quick ? Durability::normal : Durability::full;
  measured.lost = count_lost_updates(scratch.path() / "lost.db", durability, options.grants, false);
  measured.lost_with_a_kill =
      count_lost_updates(scratch.path() / "killed.db", durability, options.grants, true);
}

fs::path purser_program(const Options& options) {
  return options.purser.empty() ? fs::read_symlink("/proc/self/exe").parent_path() / "purser"
                                : options.purser;
}

void measure_programs(const Options& options, const Scratch& scratch, Measured& measured) {
  const fs::path purser = purser_program(options), sqlite3 = find_program("sqlite3");
  if (sqlite3.empty()) {
    measured.skipped["sqlite3"] = "there is no program sqlite3 (Debian: sqlite3)";
    return;
  }
  if (!fs::exists(purser)) {
    measured.skipped["sqlite3"] = fmt::format("there is no program {}: see --purser", purser.string());
    return;
  }
  const int pairs = options.repetitions * kPairsPerRepetition;
  measured.durable_process = measure_whole_process(scratch.path(), Durability::full, purser, sqlite3, pairs);
  if (options.quick) return;
  measured.normal_process = measure_whole_process(scratch.path(), Durability::normal, purser, sqlite3, pairs);
}

void measure_json_rewrite(const Scratch& scratch, Measured& measured) {
  try {
    measured.json_rewrite_us = json_rewrite_us(scratch.path(), 10'000);
  } catch (const Absent& e) {
    measured.skipped["json"] = e.what();
  }
}

Measured measure(const Options& options) {
  const Scratch scratch(options.folder);
  Progress progress;
  Measured measured;
  measured.quick = options.quick;
  {
    const std::vector<Cell> cells = plan(options, scratch, measured, progress);
    if (!cells.empty()) {
      measured.results = run_interleaved(cells, options.repetitions, scratch.path(), progress);
    }
  }
  if (options.has("lost")) {
    progress.at("looking for lost updates");
    look_for_lost_updates(options, scratch, measured);
  }
  if (options.has("programs")) {
    progress.at("starting programs");
    measure_programs(options, scratch, measured);
  }
  if (options.has("cache") && options.match.empty()) measure_json_rewrite(scratch, measured);
  if (options.has("growth")) {
    measured.growth =
        measure_growth(scratch.path(), kMostLedgerRows, options.repetitions, options.seconds, progress);
  }
  return measured;
}

int run(const Options& options) {
  if (options.help) {
    fmt::print("{}", usage());
    return 0;
  }
  const Machine machine = this_machine(options.folder);
  const Measured measured = measure(options);
  if (options.json) {
    fmt::print("{}\n", json_of(machine, measured));
  } else {
    fmt::print("{}", table_of(machine, measured));
  }
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::run(bench::parse(argc, argv));
  } catch (const bench::Usage& e) {
    fmt::print(stderr, "purser-bench: {}\n\n{}", purser::cli::error_line(e.what()), bench::usage());
    return 64;
  } catch (const bench::Interrupted&) {
    return 130;
  } catch (const std::exception& e) {
    fmt::print(stderr, "purser-bench: {}\n", purser::cli::error_line(e.what()));
    return 1;
  }
}
