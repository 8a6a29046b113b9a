// Whether a writer would get in: tries the two locks that each writer takes, for the doctor.
#pragma once

#include <vector>

#include "store/gate/processes.h"
#include "store/sqlite/sqlite_connection.h"

namespace purser::store {

struct WayIn {
  // `unseen`: this user may not try the locks. `no_gate`: nobody has made the gate's file yet.
  enum class End { open, gate_is_held, lock_is_held, no_gate, unseen };
  End end = End::open;
  std::vector<Process> holders;  // that can be seen; for `unseen`, those that held it all along
};

// Takes the gate for an instant and inside it SQLite's lock, each within `patience`; writes nothing and makes
// no file. Where this user may not do that, looks whether a process holds one of them throughout `patience`.
WayIn try_way_in(SqliteConnection& connection, Duration patience);

}  // namespace purser::store
