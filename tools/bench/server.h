// A server of another project that the benchmark starts for itself, in its own folder.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/child.h"

namespace bench {

class Server {
 public:
  explicit Server(Child process) : process_(std::move(process)) {}
  virtual ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Stops all of its processes, so that they take nothing from others; and lets them go on.
  void rest();
  void wake();
  double cpu_us() const;  // of all of its processes that there are
  virtual void begin_turn() {}

 protected:
  Child& process() { return process_; }

 private:
  std::vector<pid_t> family() const;
  void signal_all(int number) const;

  Child process_;
};

}  // namespace bench
