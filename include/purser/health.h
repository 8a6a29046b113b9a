// Checks whether a database is whole, and finds what a person should look at: for operators and for programs
// that watch a fleet; a worker needs none of it.
//
//   purser::Verification found = purser::verify({.path = path});
//   for (const purser::Check& check : found.checks)
//     if (!check.passed) report(check.name, check.detail);
//
// `verify` reads one consistent state while workers run, and takes no lock that a worker needs. It reads the
// whole file, which takes long for a large one. It also reads a file of an older schema, before an upgrade.
// Throws as Database::open does, except schema_older.
// Threads: each call opens the file for itself; several may run in several threads. fork: not while one runs.
// Library: purser::maintenance.
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

// --- doctor: findings about the machine, the files and their content -----------------------------------
//
//   for (const purser::Finding& finding : purser::doctor({.path = path}))
//     if (finding.level != purser::Level::ok) report(finding.text, finding.advice);
//
// `doctor` changes nothing in the database; it reads the whole file while workers run, as verify does. It
// also looks at the key ring of the environment (key_ring.h). For anything that it cannot read it adds a
// finding of the level `problem` and goes on with the rest; a file that is no database of Purser's gives that
// one finding alone. Throws only no_database.

enum class Level {
  ok,
  warning,  // works, but a person should know of it
  problem   // a person must act
};

struct Finding {
  // Stable, for scripts: "engine", "files", "log", ... Findings about several accounts may share a name.
  std::string name;
  Level level = Level::ok;
  std::string text;    // a line for people
  std::string advice;  // what to do; may be empty
};

std::vector<Finding> doctor(const DatabaseOptions& options);

std::string_view name_of(Level level);  // "ok", "warning", "problem"

}  // namespace purser
