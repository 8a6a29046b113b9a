// A forked copy of the test, and a word between the two.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

namespace purser::test {

// One byte from one process to another; `wait` also returns, with false, when nobody is left to say it.
class Word {
 public:
  Word() {
    if (pipe(ends_) != 0) throw std::runtime_error("no pipe");
  }
  ~Word() {
    for (int end : ends_) {
      if (end >= 0) close(end);
    }
  }
  Word(const Word&) = delete;
  Word& operator=(const Word&) = delete;

  void say() {
    if (write(ends_[1], "!", 1) != 1) throw std::runtime_error("nobody listens");
  }
  [[nodiscard]] bool wait() {
    close(std::exchange(ends_[1], -1));
    char byte = 0;
    return read(ends_[0], &byte, 1) == 1;
  }

 private:
  int ends_[2] = {-1, -1};
};

// Forks, and runs `work` in the child. Whoever does not wait for it kills it.
class Forked {
 public:
  template <typename Work>
  explicit Forked(Work&& work) : id_(fork_once_printed()) {
    if (id_ < 0) throw std::runtime_error("no fork");
    if (id_ == 0) _exit(answer_of(work));
  }
  ~Forked() { kill(); }
  Forked(const Forked&) = delete;
  Forked& operator=(const Forked&) = delete;

  // What `work` returned; -1 where it threw, -1000 less the signal where one ended it.
  int wait() {
    int status = 0;
    if (waitpid(std::exchange(id_, -1), &status, 0) < 0) throw std::runtime_error("no child to wait for");
    if (WIFSIGNALED(status)) return -1000 - WTERMSIG(status);
    return WEXITSTATUS(status) == kThrew ? -1 : WEXITSTATUS(status);
  }
  // Whether it is over by now; then `status` is as `wait` has it.
  bool has_ended(int& status) {
    int ended = 0;
    if (waitpid(id_, &ended, WNOHANG) != id_) return false;
    id_ = -1;
    status = WIFSIGNALED(ended) ? -1000 - WTERMSIG(ended) : WEXITSTATUS(ended);
    return true;
  }
  void kill() {
    if (id_ < 0) return;
    ::kill(id_, SIGKILL);
    wait();
  }

 private:
  static constexpr int kThrew = 255;

  // What waits to be printed would be printed twice.
  static pid_t fork_once_printed() {
    std::fflush(nullptr);
    return fork();
  }

  template <typename Work>
  static int answer_of(Work& work) {
    try {
      return work();
    } catch (const std::exception&) {
      return kThrew;
    }
  }

  pid_t id_;
};

}  // namespace purser::test
