#include "processes/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <system_error>
#include <utility>

namespace purser::test {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

void close_end(int& end) {
  if (end >= 0) close(end);
  end = -1;
}

[[noreturn]] void be_child(const std::function<int()>& work, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is broken off leaves nobody behind
  if (getppid() != parent) std::_Exit(Child::kThrew);
  try {
    std::_Exit(work());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "child %d: %s\n", getpid(), e.what());
  }
  std::_Exit(Child::kThrew);
}

}  // namespace

Pipe::Pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  read_end_ = ends[0];
  write_end_ = ends[1];
}

Pipe::~Pipe() {
  close_end(read_end_);
  close_end(write_end_);
}

void Pipe::write_line(std::string_view text) {
  const std::string line = std::string(text) + '\n';
  if (write(write_end_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    fail("write to a pipe");
}

std::optional<std::string> Pipe::read_line() {
  for (;;) {
    const auto end = unread_.find('\n');
    if (end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    char buffer[4096];
    const ssize_t count = read(read_end_, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read from a pipe");
    if (count == 0) return std::nullopt;
    unread_.append(buffer, static_cast<std::size_t>(count));
  }
}

void Pipe::close_write() { close_end(write_end_); }

void StartLine::wait_in_child() {
  pipe_.close_write();
  pipe_.read_line();
}

Child::Child(const std::function<int()>& work) {
  std::fflush(nullptr);  // or the child would write it again
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) be_child(work, parent);
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}

Child& Child::operator=(Child&& other) noexcept {
  Child previous(std::move(*this));
  pid_ = std::exchange(other.pid_, 0);
  return *this;
}

Child::~Child() { kill(); }

int Child::wait() noexcept {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void Child::kill() noexcept {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  wait();
}

}  // namespace purser::test
