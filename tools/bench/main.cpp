// purser-bench: what a grant costs beside the bare SQLite loop that runs the same statements. Machines and
// disks differ and are shared, so only ratios count, and only those of one run: both sides take turns, in an
// order that is shuffled in every round.
#include <fcntl.h>
#include <fmt/format.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "bench/bare_loop.h"
#include "bench/bare_read.h"
#include "purser/database.h"
#include "purser/keepa.h"
#include "purser/xai.h"

namespace bench {
namespace {

namespace fs = std::filesystem;
namespace keepa = purser::keepa;
using purser::Database;
using purser::Durability;

constexpr char kUsage[] =
    "usage: purser-bench [--rounds N] [--operations N] [--folder F] [--json]\n"
    "\n"
    "  --rounds N       how often each side has its turn (default 15)\n"
    "  --operations N   grants in a turn, each released again (default 500)\n"
    "  --folder F       where the databases are made, and removed after (default: the current folder);\n"
    "                   the file system decides about durable commits, so name the one you mean\n"
    "  --json           one JSON object instead of the table\n";

struct Options {
  int rounds = 15;
  int operations = 500;
  fs::path folder = ".";
  bool json = false;
};

// --- Measuring ---------------------------------------------------------------------------------------

double microseconds_of(const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count();
}

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

double median(const std::vector<double>& values) { return quantile(values, 0.5); }

// One side of a comparison: what it does, and how long that took.
struct Side {
  std::function<void()> operation;
  std::vector<double> latencies_us = {};      // of all rounds
  std::vector<double> rates_per_second = {};  // one a round

  void take_turn(int operations) {
    double total_us = 0;
    for (int i = 0; i < operations; ++i) {
      latencies_us.push_back(microseconds_of(operation));
      total_us += latencies_us.back();
    }
    rates_per_second.push_back(operations * 1e6 / total_us);
  }
};

struct Comparison {
  std::string name;
  Side bare, library;

  double ratio() const {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < bare.rates_per_second.size(); ++round) {
      ratios.push_back(library.rates_per_second[round] / bare.rates_per_second[round]);
    }
    return median(ratios);
  }
};

// --- What is measured --------------------------------------------------------------------------------

// A fresh folder, and gone with it everything in it.
class Folder {
 public:
  explicit Folder(const fs::path& where) {
    std::string pattern = (where / "purser-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("cannot make a folder in " + where.string());
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  // A database with tokens for ever and no refill: a grant then books its hold and nothing else.
  fs::path make_database(const std::string& name, Durability durability) const {
    fs::path path = path_ / name;
    Database::create({.path = path}, durability);
    Database database = Database::open({.path = path});
    keepa::Observation observation;
    observation.tokens_left = purser::tokens(1'000'000);
    observation.refill_rate = purser::tokens(0);
    keepa::Ledger(database).observe(observation);
    return path;
  }

 private:
  fs::path path_;
};

class LibraryLoop {
 public:
  explicit LibraryLoop(const fs::path& path)
      : database_(Database::open({.path = path, .worker = "bench:1"})), ledger_(database_) {}

  void acquire_and_release() {
    const auto outcome = ledger_.acquire({.task = "backfiller", .cost = purser::tokens(80)});
    ledger_.release(std::get<keepa::Granted>(outcome).reservation);
  }
  void read_status() const { static_cast<void>(ledger_.status()); }

 private:
  Database database_;
  keepa::Ledger ledger_;
};

Comparison compare_grants(const Folder& folder, const std::string& name, Durability durability) {
  auto bare = std::make_shared<BareLoop>(folder.make_database(name + "-bare.db", durability), durability);
  auto library = std::make_shared<LibraryLoop>(folder.make_database(name + "-library.db", durability));
  return {
      name, {[bare] { bare->release(bare->acquire()); }}, {[library] { library->acquire_and_release(); }}};
}

// --- A cache hit --------------------------------------------------------------------------------------

constexpr int kCachedVerdicts = 10'000;
constexpr int kHitsAnOperation = 20;  // a read is so short that the measuring would be measured

purser::xai::Question cached_book(int number) {
  return {.title = fmt::format("The book with the number {} and a title of ordinary length", number),
          .category = "Books > Subjects > Literature & Fiction",
          .season = "Sep",
          .price = {number}};
}

fs::path make_cache(const Folder& folder) {
  fs::path path = folder.make_database("cache.db", Durability::normal);
  Database database = Database::open({.path = path});
  purser::xai::Verdicts verdicts(database);
  for (int number = 0; number < kCachedVerdicts; ++number) verdicts.put(cached_book(number), number % 2 == 0);
  return path;
}

class LibraryRead {
 public:
  explicit LibraryRead(const fs::path& path)
      : database_(Database::open({.path = path})), verdicts_(database_) {
    for (int number = 0; number < kCachedVerdicts; ++number) books_.push_back(cached_book(number));
  }
  void read(std::size_t which) {
    if (!verdicts_.get(books_[which])) throw std::runtime_error("a verdict is not there");
  }

 private:
  Database database_;
  purser::xai::Verdicts verdicts_;
  std::vector<purser::xai::Question> books_;
};

// Both sides jump through the cache in strides of a prime, so that no two reads in a row are neighbours.
template <typename Reader>
std::function<void()> reads_of(std::shared_ptr<Reader> reader) {
  return [reader, which = std::size_t{0}]() mutable {
    for (int i = 0; i < kHitsAnOperation; ++i) reader->read(which = (which + 7919) % kCachedVerdicts);
  };
}

Comparison compare_hits(const Folder& folder) {
  const fs::path path = make_cache(folder);
  return {"hit x20",
          {reads_of(std::make_shared<BareRead>(path))},
          {reads_of(std::make_shared<LibraryRead>(path))}};
}

std::vector<Comparison> compare(const Options& options, const Folder& folder) {
  std::vector<Comparison> comparisons;
  comparisons.push_back(compare_hits(folder));
  comparisons.push_back(compare_grants(folder, "full", Durability::full));
  comparisons.push_back(compare_grants(folder, "normal", Durability::normal));
  std::vector<Side*> turns;
  for (Comparison& each : comparisons) turns.insert(turns.end(), {&each.bare, &each.library});
  for (Side* side : turns) side->operation();  // caches are warm, files are there
  std::mt19937 random(std::random_device{}());
  for (int round = 0; round < options.rounds; ++round) {
    std::shuffle(turns.begin(), turns.end(), random);
    for (Side* side : turns) side->take_turn(options.operations);
  }
  return comparisons;
}

struct StatusCost {
  double free_us = 0, beside_writer_us = 0;  // medians
};

// Reads the status with nobody there, and while another connection holds the write lock and the gate: if a
// read waited for either, it would throw.
StatusCost measure_status(const Options& options, const Folder& folder) {
  const fs::path path = folder.make_database("status.db", Durability::full);
  LibraryLoop library(path);
  library.acquire_and_release();
  Side free{[&] { library.read_status(); }}, beside_writer{[&] { library.read_status(); }};
  BareLoop writer(path, Durability::full);
  const int gate = open((path.string() + "-gate").c_str(), O_RDWR | O_CLOEXEC);
  for (int round = 0; round < options.rounds; ++round) {
    free.take_turn(options.operations);
    if (flock(gate, LOCK_EX) != 0) throw std::runtime_error("cannot take the write gate");
    writer.begin_immediate();
    beside_writer.take_turn(options.operations);
    writer.rollback();
    flock(gate, LOCK_UN);
  }
  close(gate);
  return {median(free.latencies_us), median(beside_writer.latencies_us)};
}

// --- Telling -----------------------------------------------------------------------------------------

void print_table_line(const std::string& name, const char* side, const Side& what) {
  fmt::print("{:<12}{:<10}{:>10.0f}{:>10.0f}{:>10.0f}", name, side, median(what.rates_per_second),
             quantile(what.latencies_us, 0.5), quantile(what.latencies_us, 0.99));
}

void print_table(const std::vector<Comparison>& comparisons, const StatusCost& status) {
  fmt::print(
      "full, normal: a grant and its release (two transactions). hit x20: twenty verdicts of 10,000 that are "
      "in\n"
      "the cache. One process, nobody beside it\n\n");
  fmt::print("{:<12}{:<10}{:>10}{:>10}{:>10}{:>12}\n", "durability", "side", "ops/s", "p50 us", "p99 us",
             "of bare");
  for (const Comparison& each : comparisons) {
    print_table_line(each.name, "bare", each.bare);
    fmt::print("\n");
    print_table_line(each.name, "library", each.library);
    fmt::print("{:>12.2f}\n", each.ratio());
  }
  fmt::print("\nof bare: ops/s of the library over those of the bare loop, median of the rounds\n");
  fmt::print("status:  p50 {:.1f} us alone, {:.1f} us while another holds the write lock and the gate\n",
             status.free_us, status.beside_writer_us);
}

std::string json_of(const Side& side) {
  return fmt::format(R"({{"ops_per_second":{:.0f},"p50_us":{:.1f},"p99_us":{:.1f}}})",
                     median(side.rates_per_second), quantile(side.latencies_us, 0.5),
                     quantile(side.latencies_us, 0.99));
}

void print_json(const std::vector<Comparison>& comparisons, const StatusCost& status) {
  fmt::print("{{");
  for (const Comparison& each : comparisons) {
    fmt::print(R"("{}":{{"bare":{},"library":{},"ratio":{:.3f}}},)", each.name, json_of(each.bare),
               json_of(each.library), each.ratio());
  }
  fmt::print(R"("status":{{"p50_us":{:.1f},"p50_beside_writer_us":{:.1f}}}}})"
             "\n",
             status.free_us, status.beside_writer_us);
}

// --- Being asked -------------------------------------------------------------------------------------

struct Usage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

int positive(const char* option, const std::string& text) {
  std::size_t read = 0;
  int value = 0;
  try {
    value = std::stoi(text, &read);
  } catch (const std::exception&) {
    read = 0;
  }
  if (read == 0 || read != text.size() || value < 1)
    throw Usage(fmt::format("{}: a number from 1 on", option));
  return value;
}

Options parse(int argc, char** argv) {
  const std::array<option, 6> known{{{"rounds", required_argument, nullptr, 'r'},
                                     {"operations", required_argument, nullptr, 'o'},
                                     {"folder", required_argument, nullptr, 'f'},
                                     {"json", no_argument, nullptr, 'j'},
                                     {"help", no_argument, nullptr, 'h'},
                                     {nullptr, 0, nullptr, 0}}};
  Options options;
  opterr = 0;
  for (int found = 0; (found = getopt_long(argc, argv, "", known.data(), nullptr)) != -1;) {
    switch (found) {
      case 'r': options.rounds = positive("--rounds", optarg); break;
      case 'o': options.operations = positive("--operations", optarg); break;
      case 'f': options.folder = optarg; break;
      case 'j': options.json = true; break;
      case 'h': fmt::print("{}", kUsage); std::exit(0);
      default: throw Usage(fmt::format("what is {}?", argv[optind - 1]));
    }
  }
  if (optind < argc) throw Usage(fmt::format("what is {}?", argv[optind]));
  return options;
}

int run(const Options& options) {
  const Folder folder(options.folder);
  const auto comparisons = compare(options, folder);
  const StatusCost status = measure_status(options, folder);
  options.json ? print_json(comparisons, status) : print_table(comparisons, status);
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::run(bench::parse(argc, argv));
  } catch (const bench::Usage& e) {
    fmt::print(stderr, "purser-bench: {}\n\n{}", e.what(), bench::kUsage);
    return 64;
  } catch (const std::exception& e) {
    fmt::print(stderr, "purser-bench: {}\n", e.what());
    return 1;
  }
}
