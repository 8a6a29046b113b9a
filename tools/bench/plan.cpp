#include "bench/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "bench/loads/cache.h"
#include "bench/loads/grants.h"
#include "bench/measure/figures.h"
#include "bench/rivals/rivals.h"

namespace bench {
namespace {

namespace fs = std::filesystem;
using purser::Durability;

constexpr int kFewRows = 10'000, kManyRows = 1'000'000;

// Eight processes at this pace make about 750 operations a second.
constexpr Microseconds kPace{10'667};
constexpr Microseconds kOneMillisecond{1000};

class Planner {
 public:
  Planner(const Options& options, const Scratch& scratch, Measured& measured, Progress& progress)
      : options_(options),
        folder_(scratch.path()),
        turn_(options.seconds),
        measured_(measured),
        progress_(progress) {}

  std::vector<Cell> plan() {
    start_servers();
    if (options_.has("grants")) {
      cells_.push_back({{"grant", "disk", "durable"}, {disk_floor(folder_), 1, turn_}});
      add_ledgers(Durability::full);
      if (!options_.quick) add_ledgers(Durability::normal);
      add_server_grants();
    }
    if (options_.has("cache")) {
      add_cache(kFewRows);
      if (!options_.quick) add_cache(kManyRows);
      add_redis_cache();
    }
    cells_.erase(std::remove_if(cells_.begin(), cells_.end(),
                                [&](const Cell& cell) {
                                  return name_of(cell.key).find(options_.match) == std::string::npos;
                                }),
                 cells_.end());
    return std::move(cells_);
  }

 private:
  void start_servers() {
    if (options_.quick || !(options_.has("grants") || options_.has("cache"))) return;
    progress_.at("starting Redis and PostgreSQL");
    try {
      redis_durable_ = start_redis(folder_ / "redis-durable", true, 0);
      redis_normal_ = start_redis(folder_ / "redis-normal", false, kFewRows);
    } catch (const Absent& e) {
      measured_.skipped["redis"] = e.what();
    }
    try {
      postgres_ = start_postgres(folder_ / "postgresql");
    } catch (const Absent& e) {
      measured_.skipped["postgresql"] = e.what();
    }
  }

  void add_grants(const std::string& contender, const std::string& durability, const OpenClient& open,
                  const std::shared_ptr<Server>& server = {}) {
    const std::vector<int> counts =
        options_.quick ? std::vector<int>{1, 8} : std::vector<int>{1, 2, 4, 8, 16};
    for (int processes : counts) {
      cells_.push_back({{"grant", contender, durability, processes}, {open, processes, turn_}, server});
    }
    cells_.push_back({{"grant", contender, durability, 8, "paced"}, {open, 8, turn_ * 2, kPace}, server});
  }

  // Each contender has its own database, so that none pays for another's checkpoint.
  void add_ledgers(Durability durability) {
    progress_.at("making the databases");
    const std::string name = durability == Durability::full ? "durable" : "normal";
    auto database = [&](const char* contender) {
      return make_database(folder_ / fmt::format("{}-{}.db", contender, name), durability);
    };
    add_grants("bare", name, bare_grants(database("bare"), durability));
    add_grants("flock", name, flock_grants(database("flock"), durability));
    add_grants("library", name, library_grants(database("library")));
  }

  void add_server_grants() {
    if (redis_durable_) add_grants("redis", "durable", redis_durable_->grants, redis_durable_->server);
    if (redis_normal_) add_grants("redis", "normal", redis_normal_->grants, redis_normal_->server);
    if (!postgres_) return;
    add_grants("postgresql", "durable", postgres_->durable, postgres_->server);
    add_grants("postgresql", "normal", postgres_->normal, postgres_->server);
  }

  void add_hits(const char* contender, int rows, int processes, const OpenClient& open) {
    cells_.push_back({{"hit", contender, "", processes, "saturated", rows}, {open, processes, turn_ / 2}});
  }

  Job beside_a_writer(const OpenClient& open, const fs::path& database) const {
    return {open, 1, turn_ / 2, Microseconds{0}, library_grants(database), kOneMillisecond};
  }

  void add_cache(int rows) {
    progress_.at(fmt::format("making caches of {} rows", rows_text(rows)));
    const fs::path made = make_cache(folder_ / fmt::format("hits-{}.db", rows), rows);
    auto copy = [&](const char* name) {
      fs::path path = folder_ / fmt::format("{}-{}.db", name, rows);
      fs::copy_file(made, path);
      return path;
    };
    const auto hits = library_hits(made, rows);
    add_hits("library", rows, 1, hits);
    add_hits("library in one transaction", rows, 1, library_batches(made, rows));
    add_hits("bare", rows, 1, bare_hits(made, rows));
    add_hits("bare in one transaction", rows, 1, bare_hits_in_transactions(made, rows));
    const fs::path written = copy("hits-beside");
    cells_.push_back({{"hit", "library", "", 1, "beside a writer", rows},
                      beside_a_writer(library_hits(written, rows), written)});
    cells_.push_back({{"put", "library", "normal", 1, "saturated", rows},
                      {library_puts(copy("puts-library"), rows), 1, turn_ / 2}});
    cells_.push_back({{"put", "bare", "normal", 1, "saturated", rows},
                      {bare_puts(copy("puts-bare"), rows), 1, turn_ / 2}});
    if (rows != kFewRows) return;
    const auto statuses = library_statuses(written);
    cells_.push_back({{"status", "library", ""}, {statuses, 1, turn_ / 2}});
    cells_.push_back({{"status", "library", "", 1, "beside a writer"}, beside_a_writer(statuses, written)});
    if (options_.quick) return;
    for (int processes : {2, 8}) add_hits("library", rows, processes, hits);
  }

  void add_redis_cache() {
    if (!redis_normal_) return;
    for (int processes : {1, 2, 8}) {
      add_hits("redis", kFewRows, processes, redis_normal_->gets);
      cells_.back().server = redis_normal_->server;
    }
    cells_.push_back({{"put", "redis", "normal", 1, "saturated", kFewRows},
                      {redis_normal_->sets, 1, turn_ / 2},
                      redis_normal_->server});
  }

  const Options& options_;
  fs::path folder_;
  std::chrono::duration<double> turn_;
  Measured& measured_;
  Progress& progress_;
  std::optional<Redis> redis_durable_, redis_normal_;
  std::optional<Postgres> postgres_;
  std::vector<Cell> cells_;
};

}  // namespace

std::vector<Cell> plan(const Options& options, const Scratch& scratch, Measured& measured,
                       Progress& progress) {
  return Planner(options, scratch, measured, progress).plan();
}

}  // namespace bench
