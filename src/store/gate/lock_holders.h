// Who has a database open, and who holds the locks that a caller waits for: by what the kernel tells of
// locks, descriptors and processes (/proc). No file of the database is opened. Looked up only where a wait
// was in vain, or somebody asks; a holder of another container, or of another user where /proc hides those,
// is not to be seen.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "purser/error.h"
#include "store/gate/processes.h"

namespace purser::store {

// The gate, by its own path.
std::vector<Process> gate_holders(const std::filesystem::path& gate);
// Of the locks of SQLite's that keep a writer or, where somebody has the file for himself, a reader waiting.
std::vector<Process> lock_holders(const std::filesystem::path& database);
// Who reads in the log at this moment, so that it cannot be taken up.
std::vector<Process> log_readers(const std::filesystem::path& database);

struct Program {
  Process process;
  uid_t user = 0;
  bool is_replaced = false;  // it runs an executable that is not there any more
};
// Who has the database open, but for this process.
std::vector<Program> programs_at(const std::filesystem::path& database);

// " (python3 (pid 12), sqlite3 (pid 99))", to be put behind a word; empty for none.
std::string in_brackets(const std::vector<Program>& programs);

// The wait at a gate ended in vain. `since`: when the one inside came, by the steady clock; 0: not known.
Error gate_is_busy(const std::filesystem::path& gate, std::int64_t since);
// What SQLite says, and who it is.
Error naming_the_holder(const Error& busy, const std::filesystem::path& database);

}  // namespace purser::store
