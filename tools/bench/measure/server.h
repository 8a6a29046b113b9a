// A server of another project that the benchmark starts for itself, in its own folder.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/measure/child.h"

namespace bench {

// It is not installed, or cannot be started: told in the table, with what would help.
struct Absent : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Server {
 public:
  // `stop_signal` is what it ends on in order.
  Server(Child process, int stop_signal) : process_(std::move(process)), stop_signal_(stop_signal) {}
  virtual ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  double cpu_us() const;  // of all of its processes that there are
  virtual void begin_turn() {}

 protected:
  // Asks `is_ready` again and again; throws Absent with the log's last line where it is not within 15 s.
  void wait_until(const std::function<bool()>& is_ready, const std::string& log);

 private:
  std::vector<pid_t> family() const;

  Child process_;
  int stop_signal_;
};

}  // namespace bench
