#include "store/gate/forks.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <vector>

namespace purser::store {
namespace {

struct Registry {
  std::mutex background;  // taken before `mutex`, where both are
  std::mutex mutex;
  std::vector<ForkWatcher*> watchers;
  std::atomic<unsigned> forks{0};

  static Registry& instance() {
    static Registry* registry = make();  // never destroyed: a fork may come after static destruction
    return *registry;
  }

  static Registry* make() {
    pthread_atfork([] { instance().before_fork(); }, [] { instance().after_fork(); },
                   [] { instance().after_fork_in_child(); });
    return new Registry;
  }

  void before_fork() {
    background.lock();
    mutex.lock();
  }

  void after_fork() {
    mutex.unlock();
    background.unlock();
  }

  void after_fork_in_child() {
    forks.fetch_add(1, std::memory_order_relaxed);
    for (ForkWatcher* watcher : watchers) watcher->after_fork_in_child();
    after_fork();
  }
};

}  // namespace

unsigned fork_generation() noexcept { return Registry::instance().forks.load(std::memory_order_relaxed); }

std::unique_lock<std::mutex> hold_off_forks() { return std::unique_lock(Registry::instance().background); }

std::unique_lock<std::mutex> hold_off_forks_briefly() { return std::unique_lock(Registry::instance().mutex); }

void watch_forks(ForkWatcher& watcher) { Registry::instance().watchers.push_back(&watcher); }

void unwatch_forks(ForkWatcher& watcher) {
  auto& all = Registry::instance().watchers;
  all.erase(std::remove(all.begin(), all.end(), &watcher), all.end());
}

}  // namespace purser::store
