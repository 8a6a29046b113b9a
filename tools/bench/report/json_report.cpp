#include "bench/report/report.h"

#include <nlohmann/json.hpp>

#include "bench/measure/figures.h"

namespace bench {
namespace {

using Json = nlohmann::ordered_json;

Json machine_json(const Machine& machine) {
  return {{"cpu", machine.cpu},       {"cores", machine.cores},
          {"kernel", machine.kernel}, {"file_system", machine.file_system},
          {"sqlite", machine.sqlite}, {"purser", machine.purser},
          {"date", machine.date}};
}

Json sample_json(const Sample& sample) {
  return {{"ops_per_second", sample.ops_per_second},
          {"p50_us", sample.p50_us},
          {"p99_us", sample.p99_us},
          {"p999_us", sample.p999_us},
          {"max_us", sample.max_us},
          {"least_served", sample.least},
          {"most_served", sample.most},
          {"cpu_us_per_operation", sample.cpu_us},
          {"busy", sample.busy}};
}

Json cell_json(const Key& key, const Series& series) {
  Json cell = {{"work", key.work},
               {"contender", key.contender},
               {"durability", key.durability},
               {"processes", key.processes},
               {"load", key.load},
               {"rows", key.rows},
               {"operations", series.latencies.count()},
               {"ops_per_second", median_of(series, &Sample::ops_per_second)},
               {"p50_us", median_of(series, &Sample::p50_us)},
               {"p99_us", median_of(series, &Sample::p99_us)},
               {"p999_us", series.latencies.quantile_us(0.999)},
               {"max_us", series.latencies.max_us()},
               {"least_over_most", least_over_most(series)},
               {"cpu_us_per_operation", median_of(series, &Sample::cpu_us)},
               {"busy", worst_of(series, &Sample::busy)}};
  if (key.load == "beside a writer") {
    cell["commits_per_second_beside"] = median_of(series, &Sample::companion_rate);
  }
  for (const Sample& sample : series.samples) cell["repetitions"].push_back(sample_json(sample));
  return cell;
}

Json spread_json(const Spread& spread) {
  return {{"median", spread.median}, {"least", spread.least}, {"most", spread.most}};
}

Json ratio_json(const Ratio& ratio) {
  const Key &key = ratio.library, &other = ratio.other;
  return {{"work", key.work},
          {"contender", key.contender},
          {"durability", key.durability},
          {"processes", key.processes},
          {"load", key.load},
          {"rows", key.rows},
          {"over", {{"contender", other.contender}, {"processes", other.processes}}},
          {"ops_per_second", spread_json(ratio.ops_per_second)},
          {"p99", spread_json(ratio.p99)}};
}

Json lost_json(const std::optional<LostUpdates>& lost) {
  if (!lost) return nullptr;
  return {{"answered", lost->answered},
          {"missing", lost->missing},
          {"surplus", lost->surplus},
          {"sums_match", lost->sums_match}};
}

Json process_json(const std::optional<WholeProcess>& process) {
  if (!process) return nullptr;
  return {{"purser_us", spread_of(process->purser_us).median},
          {"sqlite3_us", spread_of(process->sqlite3_us).median},
          {"pairs", process->purser_us.size()}};
}

Json growth_json(const Measured& measured) {
  Json all = Json::array();
  for (const auto& [rows, p50s] : measured.growth) {
    all.push_back({{"rows", rows}, {"p50_us", spread_of(p50s).median}, {"repetitions", p50s}});
  }
  return all;
}

}  // namespace

std::string json_of(const Machine& machine, const Measured& measured) {
  Json all;
  all["machine"] = machine_json(machine);
  all["quick"] = measured.quick;
  all["cells"] = Json::array();
  for (const auto& [key, series] : measured.results) all["cells"].push_back(cell_json(key, series));
  all["ratios"] = Json::array();
  for (const Ratio& ratio : ratios_of(measured.results)) all["ratios"].push_back(ratio_json(ratio));
  all["lost_updates"] = {{"four_processes", lost_json(measured.lost)},
                         {"one_killed", lost_json(measured.lost_with_a_kill)}};
  all["whole_process"] = {{"durable", process_json(measured.durable_process)},
                          {"normal", process_json(measured.normal_process)}};
  all["json_rewrite_us"] = measured.json_rewrite_us ? Json(*measured.json_rewrite_us) : Json();
  all["growth"] = growth_json(measured);
  all["skipped"] = measured.skipped;
  return all.dump(2);
}

}  // namespace bench
