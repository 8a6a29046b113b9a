// One line on stderr that is overwritten again and again; nothing if stderr is not a terminal.
#pragma once

#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace bench {

// SIGINT or SIGTERM came: the run cleans up and prints no table.
struct Interrupted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Progress {
 public:
  Progress();   // from now on an interrupt ends the run at its next step
  ~Progress();  // clears the line

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void at(std::size_t turn, std::size_t turns, const std::string& what);
  void at(const std::string& what);  // throws Interrupted

 private:
  bool shown_;
};

}  // namespace bench
