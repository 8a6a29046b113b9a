// The worker processes of one run: starts and watches them, kills one and replaces it.
#pragma once

#include <sys/types.h>

#include <array>

#include "demo/worker.h"

namespace demo {

class Fleet {
 public:
  // Forks all workers. REQUIRES: this process has no database open.
  explicit Fleet(Stage& stage);
  ~Fleet();  // kills the workers that still run
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Notes which workers have ended, and kills and replaces the victim. Returns false when none is left.
  bool supervise();
  bool failed() const { return failed_; }  // a worker failed

 private:
  void start(int slot);
  void note_end(int slot, int wait_status);
  void kill_and_replace(const Victim& victim);

  Stage& stage_;
  std::array<pid_t, kWorkers> pids_{};  // 0: ended
  bool killed_ = false;
  bool failed_ = false;
};

}  // namespace demo
