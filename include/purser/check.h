// The result of one check of a database, for people and for scripts.
#pragma once

#include <string>

namespace purser {

struct Check {
  std::string name;  // stable, for scripts: "integrity", "references", "keepa_ledger", ...
  bool passed = true;
  std::string detail;  // a line for people: what was checked, or what is wrong
};

}  // namespace purser
