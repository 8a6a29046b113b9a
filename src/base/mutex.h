// A mutex that clang's thread safety analysis understands (-Wthread-safety, which a build with clang turns
// on): clang refuses code that uses guarded data without holding its mutex. g++ ignores the annotations.
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

// A std::condition_variable_any can wait on it.
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
