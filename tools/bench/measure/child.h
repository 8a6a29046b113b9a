// A process of our own making, and programs that we start. None outlives the benchmark.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace bench {

class Child {
 public:
  // Forks and does `work` there; what it throws is said on stderr and ends it with status 1.
  // REQUIRES: this process has no database open.
  static Child doing(const std::function<void()>& work);

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // kills it

  pid_t id() const { return id_; }
  bool has_ended();  // then `status` says how
  int wait();        // its exit status; 128 + the signal where one ended it
  int status() const { return status_; }
  void kill();

 private:
  explicit Child(pid_t id) : id_(id) {}
  void take(int wait_status);

  pid_t id_ = -1;  // -1: there is none any more
  int status_ = -1;
};

// Replaces this process by the program; its output goes to `log`, or nowhere. Throws where it cannot.
[[noreturn]] void become(const std::vector<std::string>& words, const std::string& log = "/dev/null");

// Runs it to its end; its exit status.
int run_program(const std::vector<std::string>& words, const std::string& log = "/dev/null");

// Where a program is that is on PATH, or in one of `more` folders; empty where it is not.
std::string find_program(const std::string& name, const std::vector<std::string>& more = {});

}  // namespace bench
