#include "bench/measure/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <system_error>
#include <utility>

#include "purser/frame/printable.h"

namespace bench {
namespace {

[[noreturn]] void work_and_exit(const std::function<void()>& work, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) std::_Exit(1);
  signal(SIGINT, SIG_IGN);  // the parent gets it too, and ends its children in order
  try {
    work();
    std::_Exit(0);
  } catch (const std::exception& e) {
    std::fputs(fmt::format("purser-bench: {}\n", purser::cli::error_line(e.what())).c_str(), stderr);
  }
  std::_Exit(1);
}

}  // namespace

Child Child::doing(const std::function<void()>& work) {
  std::fflush(nullptr);  // otherwise the child would write it again
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) work_and_exit(work, parent);
  return Child(pid);
}

Child::Child(Child&& other) noexcept : id_(std::exchange(other.id_, -1)), status_(other.status_) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(status_, other.status_);
  return *this;
}

Child::~Child() { kill(); }

void Child::take(int wait_status) {
  status_ = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
  id_ = -1;
}

bool Child::has_ended() {
  int wait_status = 0;
  if (id_ > 0 && waitpid(id_, &wait_status, WNOHANG) == id_) take(wait_status);
  return id_ < 0;
}

int Child::wait() {
  int wait_status = 0;
  pid_t found = -1;
  while (id_ > 0 && (found = waitpid(id_, &wait_status, 0)) < 0 && errno == EINTR) {
  }
  if (found > 0) take(wait_status);
  return status_;
}

void Child::kill() {
  if (id_ < 0) return;
  ::kill(id_, SIGKILL);
  wait();
}

void exec_program(const std::vector<std::string>& words, const std::string& log) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (output < 0 || input < 0) throw std::system_error(errno, std::generic_category(), log);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execvp(arguments.front(), arguments.data());
  std::_Exit(127);
}

int run_program(const std::vector<std::string>& words, const std::string& log) {
  return Child::doing([&] { exec_program(words, log); }).wait();
}

std::string find_program(const std::string& name, const std::vector<std::string>& more) {
  const char* path = std::getenv("PATH");
  std::istringstream on_path(path == nullptr ? "" : path);
  std::vector<std::string> folders;
  for (std::string folder; std::getline(on_path, folder, ':');) folders.push_back(folder);
  folders.insert(folders.end(), more.begin(), more.end());
  for (const std::string& folder : folders) {
    std::string program = fmt::format("{}/{}", folder, name);
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  return {};
}

}  // namespace bench
