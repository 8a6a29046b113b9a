// Simulated time: stepped, not scaled. It stands still until enough workers have joined, and while any of
// them works; when all of them sleep, it moves to the earliest instant for which one of them sleeps. So eight
// hours last as long as the work in them takes, with the same result on a slow machine and on a fast one.
//
// A holder stops time from `hold` to `go` without being a worker: for example a parent that is about to
// replace a worker. Only `now_ms` may be called by several threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace standin {

class SteppedTime {
 public:
  using Id = int;  // of a worker or a holder

  SteppedTime(std::int64_t start_ms, int workers) : now_ms_(start_ms), awaited_(workers) {}

  std::int64_t now_ms() const { return now_ms_.load(); }
  int joins() const { return joins_; }  // so far, of all workers

  void join(Id id);
  void hold(Id id);
  void go(Id id);
  void leave(Id id);
  // The worker sleeps from now on, until that instant at the earliest.
  void sleep(Id id, std::int64_t until_ms);

  // The instant to which time would move; nullopt while it stands still.
  std::optional<std::int64_t> next_ms() const;
  // Moves it there. Returns the workers whose instant has come: they work again.
  std::vector<Id> step();

 private:
  struct Worker {
    bool works = true;
    std::int64_t until_ms = 0;  // while it sleeps
  };

  std::atomic<std::int64_t> now_ms_;
  int awaited_;
  int joins_ = 0;
  std::map<Id, Worker> workers_;
  std::map<Id, bool> holders_;  // whether each of them stops time
};

}  // namespace standin
