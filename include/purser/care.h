// Whether a database is whole: for operators and whatever watches a fleet; a worker needs none of it.
//
//   purser::Verification found = purser::verify({.path = path});
//   for (const purser::Check& check : found.checks)
//     if (!check.passed) report(check.name, check.detail);
//
// `verify` reads one consistent state beside running workers and takes no lock that they want; it reads the
// whole file, so it lasts as long as that does. It also reads a file of an older schema, before an upgrade.
// Throws as Database::open does, but for schema_older.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "purser/database.h"

namespace purser {

// How far a long work is, in units of its own (pages, rows); `whole` may change on the way.
using Progress = std::function<void(std::int64_t done, std::int64_t whole)>;

struct Check {
  std::string name;  // stable, for scripts: "integrity", "references", "keepa_ledger", ...
  bool passed = true;
  std::string detail;  // a line for people: what was looked at, or what is wrong
};

struct Verification {
  std::vector<Check> checks;
  bool passed() const;
};

Verification verify(const DatabaseOptions& options);

}  // namespace purser
