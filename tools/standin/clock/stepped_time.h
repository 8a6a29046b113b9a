// Simulated time: stepped, not scaled. It stands until enough workers have joined and while anyone works;
// when all of them wait, it moves to the earliest instant that one of them waits for. So eight hours last as
// long as the work in them takes, on a slow machine as on a quick one, with the same result.
//
// A holder is no worker: it lets time stand from `hold` to `go`, such as a parent that is about to replace a
// worker. Not safe for several threads, but for `now_ms`.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace standin {

class SteppedTime {
 public:
  using Who = int;

  SteppedTime(std::int64_t start_ms, int workers) : now_ms_(start_ms), awaited_(workers) {}

  std::int64_t now_ms() const { return now_ms_.load(); }
  int joins() const { return joins_; }  // ever

  void join(Who who);
  void hold(Who who);
  void go(Who who);
  void leave(Who who);
  // `who` waits from now on, at least until that instant.
  void sleep(Who who, std::int64_t until_ms);

  // Where time would move to; nullopt while it stands.
  std::optional<std::int64_t> next_ms() const;
  // Moves it there. Gives those whose instant has come: they are at work again.
  std::vector<Who> step();

 private:
  struct Part {
    bool at_work = true;
    std::int64_t until_ms = 0;  // while waiting
  };

  std::atomic<std::int64_t> now_ms_;
  int awaited_;
  int joins_ = 0;
  std::map<Who, Part> workers_;
  std::map<Who, bool> holders_;  // and whether time stands for them
};

}  // namespace standin
