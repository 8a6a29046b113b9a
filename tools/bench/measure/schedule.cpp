#include "bench/measure/schedule.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <random>
#include <stdexcept>
#include <utility>

#include "bench/measure/figures.h"

namespace bench {
namespace {

namespace fs = std::filesystem;

// Writes out what the cell before this one left to the kernel. Only in the files of the run: the file system
// may have much to write for others.
class FileSync {
 public:
  explicit FileSync(fs::path folder) : folder_(std::move(folder)) {}

  void sync_changed_files() {
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (!entry.is_regular_file()) continue;
      auto& synced = synced_[entry.path()];
      if (synced == entry.last_write_time()) continue;
      synced = entry.last_write_time();
      const int descriptor = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
      if (descriptor < 0) continue;
      fsync(descriptor);
      close(descriptor);
    }
  }

 private:
  fs::path folder_;
  std::map<fs::path, fs::file_time_type> synced_;
};

Sample sample_of(const Job& job, const Outcome& outcome) {
  Sample sample;
  double served = 0;
  for (std::uint64_t each : outcome.served) served += static_cast<double>(each);
  const auto [least, most] = std::minmax_element(outcome.served.begin(), outcome.served.end());
  sample.ops_per_second = served / job.duration.count();
  sample.p50_us = outcome.latencies.quantile_us(0.5);
  sample.p99_us = outcome.latencies.quantile_us(0.99);
  sample.p999_us = outcome.latencies.quantile_us(0.999);
  sample.max_us = outcome.latencies.max_us();
  sample.least = static_cast<double>(*least);
  sample.most = static_cast<double>(*most);
  sample.cpu_us = outcome.cpu_us / std::max(1.0, static_cast<double>(outcome.latencies.count()));
  sample.busy = static_cast<double>(outcome.busy);
  sample.companion_rate = outcome.companion_rate;
  return sample;
}

Outcome take_turn(const Cell& cell) {
  if (!cell.server) return run_fleet(cell.job);
  Job job = cell.job;
  job.server_cpu_us = [&] { return cell.server->cpu_us(); };
  cell.server->begin_turn();
  return run_fleet(job);
}

}  // namespace

Results run_interleaved(const std::vector<Cell>& cells, int repetitions, const fs::path& folder,
                        Progress& progress) {
  Results results;
  std::vector<const Cell*> order;
  order.reserve(cells.size());
  for (const Cell& cell : cells) order.push_back(&cell);
  FileSync files(folder);
  std::mt19937 random(std::random_device{}());
  const std::size_t turns = cells.size() * static_cast<std::size_t>(repetitions);
  for (std::size_t turn = 0; turn < turns; ++turn) {
    const std::size_t within = turn % order.size();
    if (within == 0) std::shuffle(order.begin(), order.end(), random);
    const Cell& cell = *order[within];
    progress.at(turn + 1, turns, name_of(cell.key));
    files.sync_changed_files();
    try {
      const Outcome outcome = take_turn(cell);
      Series& series = results[cell.key];
      series.samples.push_back(sample_of(cell.job, outcome));
      series.latencies.add(outcome.latencies);
    } catch (const std::exception& e) {
      throw std::runtime_error(fmt::format("{}: {}", name_of(cell.key), e.what()));
    }
  }
  return results;
}

}  // namespace bench
