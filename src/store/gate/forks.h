// Forks: a fork copies descriptors, and a child that lives on would keep a dead parent's lock. So the child
// closes its copies at once (pthread_atfork).
#pragma once

#include <mutex>

namespace purser::store {

// The number of forks between the process that loaded the library and this one. A connection remembers it,
// and refuses to be used in a process where it differs.
unsigned fork_generation() noexcept;

// While the lock is held, no fork of this process begins. For a thread of the library that is inside SQLite:
// the child would inherit the locks and mutexes that SQLite notes for it, but not the thread that releases
// them. Lock order: after the gate, never before it, since the thread that forks may be inside.
std::unique_lock<std::mutex> hold_off_forks();

// The same for the moment in which a descriptor is made and noted, or closed. Lock order: after
// hold_off_forks(), where both are taken.
std::unique_lock<std::mutex> hold_off_forks_briefly();

// Called in the child before fork() returns there. An implementation may do only what a signal handler may.
class ForkWatcher {
 public:
  virtual void after_fork_in_child() noexcept = 0;

 protected:
  ~ForkWatcher() = default;
};
// Between the two calls `watcher` is called in every child. REQUIRES: forks are held off.
void watch_forks(ForkWatcher& watcher);
void unwatch_forks(ForkWatcher& watcher);

}  // namespace purser::store
