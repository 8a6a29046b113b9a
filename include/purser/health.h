// Whether a database is whole, and what a person should look at: for operators and whatever watches a fleet;
// a worker needs none of it.
//
//   purser::Verification found = purser::verify({.path = path});
//   for (const purser::Check& check : found.checks)
//     if (!check.passed) report(check.name, check.detail);
//
// `verify` reads one consistent state beside running workers and takes no lock that they want; it reads the
// whole file, so it lasts as long as that does. It also reads a file of an older schema, before an upgrade.
// Throws as Database::open does, but for schema_older.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "purser/check.h"
#include "purser/database.h"

namespace purser {

struct Verification {
  std::vector<Check> checks;
  bool passed() const;
};

Verification verify(const DatabaseOptions& options);

// --- doctor: everything that is worth a look, of the machine, the files and what stands in them
// --------------
//
//   for (const purser::Finding& finding : purser::doctor({.path = path}))
//     if (finding.level != purser::Level::ok) report(finding.text, finding.advice);
//
// It decides nothing and changes nothing in the database; it reads the whole file, beside workers, as verify
// does. It also looks at the key ring of the environment (key_ring.h). What cannot be read is a problem among
// the findings, and the rest is looked at all the same; of a file that is no database of Purser nothing more
// is said. Thrown is only no_database.

enum class Level {
  ok,
  warning,  // works, and somebody should know of it
  problem   // a person must act
};

struct Finding {
  std::string
      name;  // stable, for scripts: "engine", "files", "log", ...; several accounts: several of a name
  Level level = Level::ok;
  std::string text;    // a line for people
  std::string advice;  // what to do; may be empty
};

std::vector<Finding> doctor(const DatabaseOptions& options);

std::string_view name_of(Level level);  // "ok", "warning", "problem"

}  // namespace purser
