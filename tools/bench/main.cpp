// purser-bench: what Purser costs beside the bare metal and beside others. Machines and disks differ and are
// shared, so only ratios count, and only those of one run: all take turns, in an order that is shuffled in
// every repetition.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <vector>

#include "bench/goals.h"
#include "bench/lost_updates.h"
#include "bench/machine.h"
#include "bench/measured.h"
#include "bench/options.h"
#include "bench/plan.h"
#include "bench/progress.h"
#include "bench/schedule.h"
#include "bench/scratch.h"
#include "bench/table.h"

namespace bench {
namespace {

using purser::Durability;

Measured measure(const Options& options) {
  const Scratch scratch(options.folder);
  Progress progress;
  Measured measured;
  measured.quick = options.quick;
  const std::vector<Cell> cells = plan(options, scratch, measured, progress);
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
