// The processes that have a database open, and those that hold the locks that a caller waits for, from the
// kernel's lists of locks, descriptors and processes (/proc). No file of the database is opened. Looked up
// only where a wait ended in vain or a user asks. A holder in another container, or of another user where
// /proc hides those, cannot be seen.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "purser/error.h"
#include "store/gate/processes.h"

namespace purser::store {

// The holders of the gate. `gate`: the gate file's own path.
std::vector<Process> gate_holders(const std::filesystem::path& gate);
// The holders of SQLite's locks that keep a writer waiting, or a reader where one of them is exclusive.
std::vector<Process> lock_holders(const std::filesystem::path& database);
// The other processes that read in the log now, and so keep a checkpoint from finishing it.
std::vector<Process> log_readers(const std::filesystem::path& database);

struct Program {
  Process process;
  uid_t user = 0;
  bool is_replaced = false;  // its executable has been removed or replaced
};
// The other processes that have the database open.
std::vector<Program> programs_at(const std::filesystem::path& database);

// " (python3 (pid 12), sqlite3 (pid 99))", to append to a word; empty for none.
std::string in_brackets(const std::vector<Program>& programs);

// The error of a wait at a gate that ended in vain. `since`: the holder's entry (claim_time); 0: not known.
Error gate_is_busy(const std::filesystem::path& gate, std::int64_t since);
// SQLite's error `busy` with the holders' names added.
Error naming_the_holder(const Error& busy, const std::filesystem::path& database);

}  // namespace purser::store
