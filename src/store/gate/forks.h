// What lies between a process and its children: a fork copies descriptors, and a child that lives on would
// keep a dead parent's lock. So the child closes its copies at once (pthread_atfork).
#pragma once

#include <mutex>

namespace purser::store {

// How many forks lie between this process and the one that loaded the library: a connection remembers it,
// and refuses to be used where it differs.
unsigned fork_generation() noexcept;

// While it is held, no fork of this process begins. For a thread of our own that is inside SQLite: the child
// would inherit the locks and mutexes that SQLite notes for it, and nobody who ever lets go of them. To be
// taken behind the gate, not before it: whoever forks may be inside.
std::unique_lock<std::mutex> hold_off_forks();

// The same for a moment, in which a descriptor is made and noted, or closed. Behind the other one, where both
// are taken.
std::unique_lock<std::mutex> hold_off_forks_briefly();

// Told in a child of its process, before the fork returns there: only what may be done in a signal handler.
class ForkWatcher {
 public:
  virtual void after_fork_in_child() noexcept = 0;

 protected:
  ~ForkWatcher() = default;
};
// From then on until the other; both while forks are held off.
void watch_forks(ForkWatcher& watcher);
void unwatch_forks(ForkWatcher& watcher);

}  // namespace purser::store
