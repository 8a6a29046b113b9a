// Forked processes, and programs that run in them. None outlives the benchmark.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace bench {

class Child {
 public:
  // Forks and does `work` in the child, which prints what `work` throws to stderr and exits with status 1.
  // REQUIRES: this process has no database open.
  static Child doing(const std::function<void()>& work);

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // kills the process

  pid_t id() const { return id_; }
  bool has_ended();  // if so, `status` says how
  int wait();        // returns its exit status, or 128 + the signal that ended it
  int status() const { return status_; }
  void kill();

 private:
  explicit Child(pid_t id) : id_(id) {}
  void take(int wait_status);

  pid_t id_ = -1;  // -1: it has ended
  int status_ = -1;
};

// Replaces this process by the program, whose output goes to `log`. Throws if `log` cannot be opened; exits
// with status 127 if the program cannot be run.
[[noreturn]] void exec_program(const std::vector<std::string>& words, const std::string& log = "/dev/null");

// Runs the program to its end and returns its exit status.
int run_program(const std::vector<std::string>& words, const std::string& log = "/dev/null");

// The path of a program that is on PATH or in one of `more` folders; empty if there is none.
std::string find_program(const std::string& name, const std::vector<std::string>& more = {});

}  // namespace bench
