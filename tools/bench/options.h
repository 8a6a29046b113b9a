// The command line of the benchmark.
#pragma once

#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>

namespace bench {

struct Options {
  bool quick = false, json = false, help = false;
  std::filesystem::path folder = ".";
  std::filesystem::path purser;  // the program; empty: the one beside purser-bench
  int repetitions = 5;
  double seconds = 0;           // of a turn
  int grants = 10'000;          // how many to look for after the run
  std::set<std::string> parts;  // "grants", "cache", ...
  std::string match;            // only cells whose names contain this

  bool has(const std::string& part) const { return parts.count(part) != 0; }
};

struct Usage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Options parse(int argc, char** argv);  // throws Usage
std::string usage();

}  // namespace bench
