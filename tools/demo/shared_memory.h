// What the demonstration's processes share besides the database: their clock, their Keepa account, their
// score. Made before the first fork and inherited; nothing here touches the library.
#pragma once

#include <pthread.h>
#include <sys/mman.h>

#include <cerrno>
#include <new>
#include <system_error>
#include <type_traits>

namespace demo {

// A T in memory that every process forked afterwards shares. T must need no destruction: its processes end
// in any order, and some of them by SIGKILL.
template <typename T>
class Shared {
 public:
  Shared() : value_(new (map()) T) {}
  ~Shared() { munmap(value_, sizeof(T)); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  T* operator->() { return value_; }
  const T* operator->() const { return value_; }

 private:
  static_assert(std::is_trivially_destructible_v<T>);

  static void* map() {
    void* memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    return memory;
  }

  T* value_;
};

// A mutex between processes that survives the death of its holder. What it guards here is a few numbers that
// are right after every single store, so there is nothing to repair.
class RobustMutex {
 public:
  RobustMutex() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&mutex_, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }
  RobustMutex(const RobustMutex&) = delete;
  RobustMutex& operator=(const RobustMutex&) = delete;

  void lock() {
    if (pthread_mutex_lock(&mutex_) == EOWNERDEAD) pthread_mutex_consistent(&mutex_);
  }
  void unlock() { pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_;
};

}  // namespace demo
