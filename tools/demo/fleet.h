// The worker processes of one run: started, watched, one of them killed and replaced.
#pragma once

#include <sys/types.h>

#include <array>

#include "demo/worker.h"

namespace demo {

class Fleet {
 public:
  // Forks all workers. REQUIRES: this process has no database open.
  explicit Fleet(Stage& stage);
  ~Fleet();  // kills who is left
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Buries the dead, kills who is to die and puts another in its place. False when nobody is left.
  bool look_after();
  bool failed() const { return failed_; }  // a worker ended otherwise than it should

 private:
  void start(int slot);
  void bury(int slot, int wait_status);
  void kill_and_replace(const Victim& victim);

  Stage& stage_;
  std::array<pid_t, kWorkers> pids_{};  // 0: gone
  bool killed_ = false;
  bool failed_ = false;
};

}  // namespace demo
