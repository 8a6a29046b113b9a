// Whether a writer would get in: what a doctor asks of the two locks that each writer takes.
#pragma once

#include <vector>

#include "store/gate/processes.h"
#include "store/sqlite/sqlite_connection.h"

namespace purser::store {

struct WayIn {
  // `unseen`: this user may not try. `no_gate`: nobody has made its file yet.
  enum class End { open, gate_is_held, lock_is_held, no_gate, unseen };
  End end = End::open;
  std::vector<Process> holders;  // as far as they are to be seen; for `unseen`, who held it all along
};

// Takes the gate for an instant and in it SQLite's lock, each within `patience`; writes nothing and makes no
// file. Who may not do that looks whether somebody holds one of them as long as that.
WayIn try_way_in(SqliteConnection& connection, Duration patience);

}  // namespace purser::store
