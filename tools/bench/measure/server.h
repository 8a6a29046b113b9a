// A server of another project, which the benchmark starts in a folder of the run.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/measure/child.h"

namespace bench {

// It is not installed, or does not start. The table says so, with what would help.
struct Absent : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Server {
 public:
  // `stop_signal` makes it end in order.
  Server(Child process, int stop_signal) : process_(std::move(process)), stop_signal_(stop_signal) {}
  virtual ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  double cpu_us() const;  // of all its processes that still run
  virtual void begin_turn() {}

 protected:
  // Calls `is_ready` until it is true; throws Absent with the log's last line if that takes over 15 s.
  void wait_until(const std::function<bool()>& is_ready, const std::string& log);

 private:
  std::vector<pid_t> processes() const;

  Child process_;
  int stop_signal_;
};

}  // namespace bench
