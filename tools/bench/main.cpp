// purser-bench: what Purser costs beside the bare metal and beside others. Machines and disks differ and are
// shared, so only ratios count, and only those of one run: all take turns, in an order that is shuffled in
// every repetition.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <vector>

#include "bench/goals.h"
#include "bench/grants.h"
#include "bench/lost_updates.h"
#include "bench/machine.h"
#include "bench/measured.h"
#include "bench/options.h"
#include "bench/progress.h"
#include "bench/schedule.h"
#include "bench/scratch.h"
#include "bench/table.h"

namespace bench {
namespace {

using purser::Durability;
using std::chrono::duration;

// Eight processes at this pace make about 750 operations a second.
constexpr Microseconds kPace{10'667};

std::vector<int> process_counts(const Options& options) {
  return options.quick ? std::vector<int>{1, 8} : std::vector<int>{1, 2, 4, 8, 16};
}

void add_grants(std::vector<Cell>& cells, const Options& options, const std::string& contender,
                const std::string& durability, const OpenClient& open) {
  const duration<double> turn(options.seconds);
  for (int processes : process_counts(options)) {
    cells.push_back({{"grant", contender, durability, processes}, {open, processes, turn}});
  }
  cells.push_back({{"grant", contender, durability, 8, "paced"}, {open, 8, turn * 2, kPace}});
}

// Each contender has a database of its own, so that none pays for another's checkpoint.
void add_grants(std::vector<Cell>& cells, const Options& options, const Scratch& scratch,
                Durability durability) {
  const std::string name = durability == Durability::full ? "durable" : "normal";
  auto database = [&](const char* contender) {
    return make_database(scratch.path() / fmt::format("{}-{}.db", contender, name), durability);
  };
  add_grants(cells, options, "bare", name, bare_grants(database("bare"), durability));
  add_grants(cells, options, "flock", name, flock_grants(database("flock"), durability));
  add_grants(cells, options, "library", name, library_grants(database("library")));
}

std::vector<Cell> cells_of(const Options& options, const Scratch& scratch) {
  std::vector<Cell> cells;
  if (options.has("grants")) {
    cells.push_back({{"grant", "disk", "durable", 1},
                     {disk_floor(scratch.path()), 1, duration<double>(options.seconds)}});
    add_grants(cells, options, scratch, Durability::full);
    if (!options.quick) add_grants(cells, options, scratch, Durability::normal);
  }
  return cells;
}

Measured measure(const Options& options) {
  const Scratch scratch(options.folder);
  Progress progress;
  Measured measured;
  measured.quick = options.quick;
  progress.at("making the databases");
  const std::vector<Cell> cells = cells_of(options, scratch);
  if (!cells.empty()) {
    measured.results = run_interleaved(cells, options.repetitions, scratch.path(), progress);
  }
  if (options.has("lost")) {
    progress.at("looking for lost updates");
    // Whether a row is there does not depend on the disk, and a slow one would take minutes.
    const Durability durability = options.quick ? Durability::normal : Durability::full;
    measured.lost = count_lost_updates(scratch.path() / "lost.db", durability, options.grants, false);
    measured.lost_with_a_kill =
        count_lost_updates(scratch.path() / "killed.db", durability, options.grants, true);
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
  fmt::print("{}", table_of(machine, measured, goals_of(measured)));
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::run(bench::parse(argc, argv));
  } catch (const bench::Usage& e) {
    fmt::print(stderr, "purser-bench: {}\n\n{}", e.what(), bench::usage());
    return 64;
  } catch (const bench::Interrupted&) {
    return 130;
  } catch (const std::exception& e) {
    fmt::print(stderr, "purser-bench: {}\n", e.what());
    return 1;
  }
}
