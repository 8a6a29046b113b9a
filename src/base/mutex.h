// A mutex that clang's thread safety analysis understands (-Wthread-safety, which a build with clang turns on):
// it refuses code that uses what a mutex guards without holding it. g++ reads the annotations as nothing.
// https://clang.llvm.org/docs/ThreadSafetyAnalysis.html
#pragma once

#include <mutex>

#if defined(__clang__)
#define PURSER_THREAD_ANNOTATION(name) __attribute__((name))
#else
#define PURSER_THREAD_ANNOTATION(name)
#endif
#define PURSER_GUARDED_BY(mutex) PURSER_THREAD_ANNOTATION(guarded_by(mutex))
#define PURSER_REQUIRES(mutex) PURSER_THREAD_ANNOTATION(requires_capability(mutex))

namespace purser {

// std::condition_variable_any waits with it.
class PURSER_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void lock() PURSER_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void unlock() PURSER_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class PURSER_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) PURSER_THREAD_ANNOTATION(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() PURSER_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace purser
