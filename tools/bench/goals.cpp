#include "bench/goals.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bench/figures.h"
#include "bench/words.h"

namespace bench {
namespace {

using Figure = double Sample::*;

constexpr Figure kRate = &Sample::ops_per_second;
constexpr Figure kP50 = &Sample::p50_us, kP99 = &Sample::p99_us, kMax = &Sample::max_us;

Key grant(const char* contender, const char* durability, int processes, const char* load = "saturated") {
  return {"grant", contender, durability, processes, load, 0};
}
Key hit(const char* contender, int processes, int rows, const char* load = "saturated") {
  return {"hit", contender, "", processes, load, rows};
}
Key put(const char* contender, int rows) { return {"put", contender, "normal", 1, "saturated", rows}; }

struct Bound {
  enum class Side { at_least, at_most } side;
  double limit;
  bool is_stretch = false;

  bool holds(double value) const { return side == Side::at_least ? value >= limit : value <= limit; }
  const char* sign() const { return side == Side::at_least ? ">=" : "<="; }
};

constexpr Bound at_least(double limit) { return {Bound::Side::at_least, limit}; }
constexpr Bound at_most(double limit) { return {Bound::Side::at_most, limit}; }
constexpr Bound stretch(Bound bound) { return {bound.side, bound.limit, true}; }

class Judge {
 public:
  explicit Judge(const Measured& measured) : measured_(measured) {}

  void ratio(const char* goal, const std::string& text, const Key& above, Figure above_figure,
             const Key& below, Figure below_figure, Bound bound) {
    std::string wanted = fmt::format("{} {:.2f}x", bound.sign(), bound.limit);
    const Series* one = find(above);
    const Series* other = find(below);
    if (one == nullptr || other == nullptr) {
      return absent(goal, text, wanted, why_absent(one == nullptr ? above : below));
    }
    const Spread spread = spread_of(ratios(*one, above_figure, *other, below_figure));
    tell(goal, text, wanted, fmt::format("{:.2f}x [{:.2f}-{:.2f}]", spread.median, spread.least, spread.most),
         bound, spread.median);
  }

  void time(const char* goal, const std::string& text, const Key& key, Figure figure, Bound bound) {
    std::string wanted = fmt::format("{} {}", bound.sign(), time_text(bound.limit));
    const Series* series = find(key);
    if (series == nullptr) return absent(goal, text, wanted, why_absent(key));
    std::vector<double> values;
    for (const Sample& sample : series->samples) values.push_back(sample.*figure);
    const Spread spread = spread_of(values);
    tell(goal, text, wanted,
         fmt::format("{} [{}-{}]", time_text(spread.median), time_text(spread.least), time_text(spread.most)),
         bound, spread.median);
  }

  // The largest of all repetitions: "no call longer than".
  void longest(const char* goal, const std::string& text, const Key& key, Bound bound) {
    std::string wanted = fmt::format("{} {}", bound.sign(), time_text(bound.limit));
    const Series* series = find(key);
    if (series == nullptr) return absent(goal, text, wanted, why_absent(key));
    const double worst = worst_of(*series, kMax);
    tell(goal, text, wanted, time_text(worst), bound, worst);
  }

  // Of all repetitions together: there are too few operations in one of them.
  void p999(const char* goal, const std::string& text, const Key& key, Bound bound) {
    std::string wanted = fmt::format("{} {}", bound.sign(), time_text(bound.limit));
    const Series* series = find(key);
    if (series == nullptr) return absent(goal, text, wanted, why_absent(key));
    const double value = series->latencies.quantile_us(0.999);
    tell(goal, text, wanted, time_text(value), bound, value);
  }

  void fairness(const char* goal, const std::string& text, const Key& key, Bound bound) {
    std::string wanted = fmt::format("{} {:.2f}", bound.sign(), bound.limit);
    const Series* series = find(key);
    if (series == nullptr) return absent(goal, text, wanted, why_absent(key));
    std::vector<double> values;
    for (const Sample& sample : series->samples) values.push_back(sample.least_over_most());
    const Spread spread = spread_of(values);
    tell(goal, text, wanted, fmt::format("{:.2f} [{:.2f}-{:.2f}]", spread.median, spread.least, spread.most),
         bound, spread.median);
  }

  void all_served(const char* goal, const std::string& text, const Key& key) {
    const Series* series = find(key);
    if (series == nullptr) return absent(goal, text, ">= 1", why_absent(key));
    double least = series->samples.front().least;
    for (const Sample& sample : series->samples) least = std::min(least, sample.least);
    tell(goal, text, ">= 1", fmt::format("{:.0f} operations", least), at_least(1), least);
  }

  void none_busy(const char* goal, const std::string& text, const Key& key) {
    const Series* series = find(key);
    if (series == nullptr) return absent(goal, text, "0", why_absent(key));
    const double busy = worst_of(*series, &Sample::busy);
    tell(goal, text, "0", fmt::format("{:.0f}", busy), at_most(0), busy);
  }

  void tell(const char* goal, const std::string& text, const std::string& wanted, const std::string& value,
            Bound bound, double compared) {
    const Reached missed = bound.is_stretch ? Reached::stretch_missed : Reached::fall;
    goals_.push_back({goal, text, wanted, value, bound.holds(compared) ? Reached::pass : missed});
  }
  void absent(const char* goal, const std::string& text, const std::string& wanted, const std::string& why) {
    goals_.push_back({goal, text, wanted, why, Reached::not_measured});
  }

  const Series* find(const Key& key) const {
    auto found = measured_.results.find(key);
    return found == measured_.results.end() ? nullptr : &found->second;
  }
  const Measured& measured() const { return measured_; }
  std::string why_absent(const Key& key) const { return why_absent(key.contender); }
  std::string why_absent(const std::string& what) const {
    auto skipped = measured_.skipped.find(what);
    if (skipped != measured_.skipped.end()) return skipped->second;
    return measured_.quick ? "not in --quick" : "not asked for";
  }
  std::vector<Goal> goals() { return std::move(goals_); }

 private:
  const Measured& measured_;
  std::vector<Goal> goals_;
};

constexpr double kMs = 1000;

void judge_alone(Judge& judge) {
  judge.ratio("G1", "normal, 1 process: ops/s over the bare loop", grant("library", "normal", 1), kRate,
              grant("bare", "normal", 1), kRate, at_least(0.90));
  judge.ratio("G1", "normal, 1 process: p50 over the bare loop's", grant("library", "normal", 1), kP50,
              grant("bare", "normal", 1), kP50, at_most(1.15));
  judge.ratio("G2", "durable, 1 process: ops/s over the bare loop", grant("library", "durable", 1), kRate,
              grant("bare", "durable", 1), kRate, at_least(0.95));
  judge.ratio("G2", "durable, 1 process: ops/s over bare fdatasync", grant("library", "durable", 1), kRate,
              grant("disk", "durable", 1), kRate, at_least(0.65));
}

void judge_crowd_durable(Judge& judge) {
  const Key crowd = grant("library", "durable", 8), alone = grant("bare", "durable", 1);
  judge.ratio("G3", "durable, 8 processes: ops/s over the bare loop at 1", crowd, kRate, alone, kRate,
              at_least(2.0));
  judge.ratio("G3", "durable, 8 processes: ops/s over the flock loop at 8", crowd, kRate,
              grant("flock", "durable", 8), kRate, at_least(2.5));
  judge.ratio("G3", "durable, 8 processes: p99 over the bare p50 at 1", crowd, kP99, alone, kP50,
              at_most(20));
  judge.ratio("G3", "durable, 8 processes: max over the bare p50 at 1", crowd, kMax, alone, kP50,
              at_most(100));
  judge.fairness("G3", "durable, 8 processes: least/most served", crowd, at_least(0.7));
  judge.ratio("G3'", "without group sync: ops/s over the bare loop at 1", crowd, kRate, alone, kRate,
              at_least(0.75));
  judge.longest("G3'", "without group sync: the longest call of all", crowd, at_most(250 * kMs));
  judge.fairness("G3'", "without group sync: least/most served", crowd, at_least(0.1));
}

void judge_crowd_normal(Judge& judge) {
  const Key crowd = grant("library", "normal", 8), alone = grant("bare", "normal", 1);
  judge.ratio("G4", "normal, 8 processes: ops/s over the bare loop at 1", crowd, kRate, alone, kRate,
              at_least(0.75));
  judge.time("G4", "normal, 8 processes: p99", crowd, kP99, at_most(10 * kMs));
  judge.time("G4", "normal, 8 processes: max", crowd, kMax, at_most(60 * kMs));
  judge.fairness("G4", "normal, 8 processes: least/most served", crowd, at_least(0.4));
  judge.ratio("G4", "stretch: ops/s over the bare loop at 1", crowd, kRate, alone, kRate,
              stretch(at_least(1.0)));
  judge.time("G4", "stretch: p99", crowd, kP99, stretch(at_most(5 * kMs)));
  judge.time("G4", "stretch: max", crowd, kMax, stretch(at_most(10 * kMs)));
}

void judge_paced(Judge& judge) {
  const Key durable = grant("library", "durable", 8, "paced");
  judge.time("G5", "durable, 8 paced processes: p99", durable, kP99, at_most(3 * kMs));
  judge.ratio("G5", "durable, 8 paced processes: p99 over busy_timeout's", durable, kP99,
              grant("bare", "durable", 8, "paced"), kP99, at_most(0.2));
  judge.p999("G5", "durable, 8 paced processes: p99.9", durable, at_most(7 * kMs));
  judge.time("G5", "normal, 8 paced processes: p99", grant("library", "normal", 8, "paced"), kP99,
             at_most(1.2 * kMs));
}

void judge_many(Judge& judge) {
  for (const char* durability : {"durable", "normal"}) {
    const Key many = grant("library", durability, 16);
    judge.none_busy("G6", fmt::format("{}, 16 processes: calls that ended as busy", durability), many);
    judge.longest("G6", fmt::format("{}, 16 processes: the longest call of all", durability), many,
                  at_most(250 * kMs));
    judge.all_served("G6", fmt::format("{}, 16 processes: served at least", durability), many);
  }
}

void judge_hits(Judge& judge) {
  constexpr int kFew = 10'000, kMany = 1'000'000;
  for (int rows : {kFew, kMany}) {
    judge.ratio("G7", fmt::format("hit, {} rows: ops/s over the bare read", rows_text(rows)),
                hit("library", 1, rows), kRate, hit("bare", 1, rows), kRate, at_least(0.90));
    judge.time("G7", fmt::format("hit, {} rows: p50", rows_text(rows)), hit("library", 1, rows), kP50,
               at_most(rows == kFew ? 5 : 7));
    judge.ratio("G7", fmt::format("hit, {} rows: beside 1000 commits/s over alone", rows_text(rows)),
                hit("library", 1, rows, "beside a writer"), kRate, hit("library", 1, rows), kRate,
                at_least(0.65));
  }
  for (int processes : {1, 2, 8}) {
    judge.ratio("G7", fmt::format("hit, {} process(es): ops/s over Redis GET", processes),
                hit("library", processes, kFew), kRate, hit("redis", processes, kFew), kRate,
                at_least(processes == 8 ? 4 : 10));
  }
  const Key batched = hit("library in one transaction", 1, kFew);
  if (const Series* series = judge.find(batched)) {
    const double rate = median_of(*series, kRate);
    judge.tell("G7'", "hits in one read transaction", ">= 800,000/s", rate_text(rate) + "/s",
               stretch(at_least(800'000)), rate);
  } else {
    judge.absent("G7'", "hits in one read transaction", ">= 800,000/s", judge.why_absent(batched));
  }
}

void judge_puts(Judge& judge) {
  for (int rows : {10'000, 1'000'000}) {
    judge.ratio("G8", fmt::format("put, {} rows: ops/s over the bare loop", rows_text(rows)),
                put("library", rows), kRate, put("bare", rows), kRate, at_least(0.90));
  }
  judge.ratio("G8", "put: ops/s over Redis SET, everysec", put("library", 10'000), kRate,
              put("redis", 10'000), kRate, at_least(2));
  const char* text = "put: over rewriting a JSON file of 10 thousand";
  const Series* library = judge.find(put("library", 10'000));
  const auto& rewrite_us = judge.measured().json_rewrite_us;
  if (library == nullptr || !rewrite_us) {
    judge.absent("G8", text, ">= 300x", judge.why_absent("json"));
  } else {
    const double times = *rewrite_us * median_of(*library, kRate) / 1e6;
    judge.tell("G8", text, ">= 300x", fmt::format("{:.0f}x ({} a rewrite)", times, time_text(*rewrite_us)),
               at_least(300), times);
  }
}

void judge_peers(Judge& judge) {
  struct Peer {
    const char *text, *contender, *durability;
    int processes;
    double limit;
  };
  for (const Peer& peer : {Peer{"over Redis everysec, 1 client", "redis", "normal", 1, 3},
                           {"over Redis everysec, 8 clients", "redis", "normal", 8, 0.8},
                           {"over Redis always, 1 client", "redis", "durable", 1, 1.3},
                           {"over Redis always, 8 clients", "redis", "durable", 8, 1.0},
                           {"over PostgreSQL sc=off, 1 client", "postgresql", "normal", 1, 4}}) {
    judge.ratio("G9", peer.text, grant("library", peer.durability, peer.processes), kRate,
                grant(peer.contender, peer.durability, peer.processes), kRate, at_least(peer.limit));
  }
  judge.absent("G9", "over diskcache (Python)", ">= 5.00x", "no contender of this benchmark");
  judge.absent("G9", "over PyrateLimiter (Python)", ">= 3.00x", "no contender of this benchmark");
}

void judge_lost(Judge& judge, const std::string& text, const std::optional<LostUpdates>& found) {
  if (!found) return judge.absent("G10", text, "0", judge.why_absent("lost"));
  const std::string sums = found->sums_match ? "" : "; and the sums do not match";
  judge.tell("G10", text, "0", fmt::format("{} of {}{}", found->missing, found->answered, sums), at_most(0),
             static_cast<double>(found->missing) + (found->sums_match ? 0 : 1));
}

void judge_whole_process(Judge& judge, const std::string& durability,
                         const std::optional<WholeProcess>& found) {
  const std::string text =
      fmt::format("{}: `purser keepa acquire` over `sqlite3`, whole processes", durability);
  if (!found) return judge.absent("start", text, "<= 1.50x", judge.why_absent("sqlite3"));
  std::vector<double> pairs;
  for (std::size_t i = 0; i < found->purser_us.size(); ++i) {
    pairs.push_back(found->purser_us[i] / found->sqlite3_us[i]);
  }
  const double median = spread_of(pairs).median;
  judge.tell("start", text, "<= 1.50x",
             fmt::format("{:.2f}x ({} over {})", median, time_text(spread_of(found->purser_us).median),
                         time_text(spread_of(found->sqlite3_us).median)),
             at_most(1.5), median);
}

void judge_growth(Judge& judge) {
  const auto& growth = judge.measured().growth;
  const char* text = "p50 of a grant at the most rows over that at the fewest";
  if (growth.size() < 2) return judge.absent("growth", text, "<= 1.10x", "only with --growth");
  const double few = spread_of(growth.begin()->second).median;
  const double many = spread_of(growth.rbegin()->second).median;
  judge.tell("growth", text, "<= 1.10x",
             fmt::format("{:.2f}x ({} at {}, {} at {})", many / few, time_text(many),
                         rate_text(static_cast<double>(growth.rbegin()->first)), time_text(few),
                         rate_text(static_cast<double>(growth.begin()->first))),
             at_most(1.1), many / few);
}

}  // namespace

std::vector<Goal> goals_of(const Measured& measured) {
  Judge judge(measured);
  judge_alone(judge);
  judge_crowd_durable(judge);
  judge_crowd_normal(judge);
  judge_paced(judge);
  judge_many(judge);
  judge_hits(judge);
  judge_puts(judge);
  judge_peers(judge);
  judge_lost(judge, "lost updates of 4 processes", measured.lost);
  judge_lost(judge, "lost updates where one of them is killed", measured.lost_with_a_kill);
  judge_whole_process(judge, "durable", measured.durable_process);
  judge_whole_process(judge, "normal", measured.normal_process);
  judge_growth(judge);
  return judge.goals();
}

std::string name_of(Reached reached) {
  switch (reached) {
    case Reached::pass: return "pass";
    case Reached::fall: return "FALL";
    case Reached::stretch_missed: return "missed";
    case Reached::not_measured: break;
  }
  return "not measured";
}

}  // namespace bench
