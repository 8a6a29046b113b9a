#include "bench/options.h"

#include <fmt/format.h>
#include <getopt.h>

#include <array>
#include <cmath>
#include <sstream>

#include "bench/loads/lost_updates.h"

namespace bench {
namespace {

constexpr char kUsage[] =
    "usage: purser-bench [--quick] [--folder F] [--json] [--growth] [--only PARTS]\n"
    "                    [--match TEXT] [--repetitions N] [--seconds S] [--grants N]\n"
    "                    [--purser PROGRAM]\n"
    "\n"
    "Measures a grant, a cache hit and a put beside the bare SQLite loop, Redis and PostgreSQL: all in\n"
    "one run, in turns, in an order that is shuffled in every repetition.\n"
    "\n"
    "  --quick          1 and 8 processes, durable, no servers: two minutes (all: about ten)\n"
    "  --folder F       where the databases are made, and removed afterwards (default: the current folder);\n"
    "                   durable commits depend on its file system, so name the one that you mean\n"
    "  --json           print one JSON object instead of the table\n"
    "  --growth         measure also what a grant costs as the ledger grows to ten million rows: takes\n"
    "                   about 5 GB, and minutes more\n"
    "  --only PARTS     only these of grants,cache,programs,lost,growth; separate them by commas\n"
    "  --match TEXT     only what has TEXT in its name, such as \"hit, library, 1 process\"\n"
    "  --repetitions N  how often each has its turn (default 5)\n"
    "  --seconds S      how long a turn is (default 1, with --quick 0.7)\n"
    "  --grants N       how many grants are looked for afterwards; none may be lost (default 10000)\n"
    "  --purser PROGRAM the program purser to measure (default: the one beside purser-bench)\n"
    "\n"
    "examples:\n"
    "  purser-bench --quick --folder /var/lib/purser\n"
    "  purser-bench --json > bench.json\n"
    "  purser-bench --only grants --repetitions 9 --seconds 3\n";

const std::set<std::string> kParts = {"grants", "cache", "programs", "lost", "growth"};

double number(const char* option, const std::string& text, double least, double most) {
  std::size_t read = 0;
  double value = 0;
  try {
    value = std::stod(text, &read);
  } catch (const std::exception&) {
    read = 0;
  }
  if (read == 0 || read != text.size() || !(value >= least && value <= most)) {
    throw Usage(fmt::format("{}: a number from {} to {}", option, least, most));
  }
  return value;
}

int whole_number(const char* option, const std::string& text, int least, int most) {
  const double value = number(option, text, least, most);
  if (value != std::floor(value)) throw Usage(fmt::format("{}: a whole number", option));
  return static_cast<int>(value);
}

std::set<std::string> parts(const std::string& text) {
  std::set<std::string> found;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    if (kParts.count(word) == 0) {
      throw Usage(fmt::format(
          "--only: there is no part '{}'; there are grants, cache, programs, lost, growth", word));
    }
    found.insert(word);
  }
  if (found.empty()) throw Usage("--only: which parts?");
  return found;
}

constexpr std::array<option, 12> kKnown{{{"quick", no_argument, nullptr, 'q'},
                                         {"folder", required_argument, nullptr, 'f'},
                                         {"json", no_argument, nullptr, 'j'},
                                         {"growth", no_argument, nullptr, 'g'},
                                         {"only", required_argument, nullptr, 'o'},
                                         {"match", required_argument, nullptr, 'm'},
                                         {"repetitions", required_argument, nullptr, 'r'},
                                         {"seconds", required_argument, nullptr, 's'},
                                         {"grants", required_argument, nullptr, 'n'},
                                         {"purser", required_argument, nullptr, 'p'},
                                         {"help", no_argument, nullptr, 'h'},
                                         {nullptr, 0, nullptr, 0}}};

}  // namespace

Options parse(int argc, char** argv) {
  Options options;
  bool growth = false;
  opterr = 0;
  for (int found = 0; (found = getopt_long(argc, argv, "", kKnown.data(), nullptr)) != -1;) {
    switch (found) {
      case 'q': options.quick = true; break;
      case 'f': options.folder = optarg; break;
      case 'j': options.json = true; break;
      case 'g': growth = true; break;
      case 'o': options.parts = parts(optarg); break;
      case 'm': options.match = optarg; break;
      case 'r': options.repetitions = whole_number("--repetitions", optarg, 1, 1000); break;
      case 's': options.seconds = number("--seconds", optarg, 0.01, 600); break;
      case 'n': options.grants = whole_number("--grants", optarg, 100, kMostCountedGrants); break;
      case 'p': options.purser = optarg; break;
      case 'h': options.help = true; break;
      default: throw Usage(fmt::format("what is {}?", argv[optind - 1]));
    }
  }
  if (optind < argc) throw Usage(fmt::format("what is {}?", argv[optind]));
  if (options.seconds <= 0) options.seconds = options.quick ? 0.7 : 1;
  if (options.parts.empty()) options.parts = {"grants", "cache", "programs", "lost"};
  if (growth) options.parts.insert("growth");
  return options;
}

std::string usage() { return kUsage; }

}  // namespace bench
