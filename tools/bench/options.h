// What was asked for.
#pragma once

#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>

namespace bench {

struct Options {
  bool quick = false, json = false, help = false;
  std::filesystem::path folder = ".";
  std::filesystem::path purser;  // the program; empty: the one beside this one
  int repetitions = 5;
  double seconds = 0;           // of a turn
  int grants = 10'000;          // of which none may be lost
  std::set<std::string> parts;  // "grants", "cache", ...
  std::string match;            // only what has this in its name

  bool has(const std::string& part) const { return parts.count(part) != 0; }
};

struct Usage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Options parse(int argc, char** argv);  // throws Usage
std::string usage();

}  // namespace bench
