// One line on stderr, written over and over, where a person looks at it; nothing elsewhere.
#pragma once

#include <atomic>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace bench {

// Ctrl-C, or a polite kill: what was begun is put away, and no table is printed.
struct Interrupted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Progress {
 public:
  Progress();   // from now on an interrupt ends the run at the next step
  ~Progress();  // wipes the line

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void at(std::size_t turn, std::size_t turns, const std::string& what);
  void at(const std::string& what);  // throws Interrupted

 private:
  bool shown_;
};

}  // namespace bench
