#include "support/run.h"

#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace purser::test {
namespace {

void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

int memory_file(const char* name, const std::string& content = "") {
  int file = memfd_create(name, MFD_CLOEXEC);
  if (file < 0) check(errno, "memfd_create");
  if (write(file, content.data(), content.size()) != static_cast<ssize_t>(content.size()))
    check(EIO, "write");
  lseek(file, 0, SEEK_SET);
  return file;
}

std::string content_of(int file) {
  std::string content;
  std::array<char, 65536> block{};
  lseek(file, 0, SEEK_SET);
  for (ssize_t count = 0; (count = read(file, block.data(), block.size())) > 0;) {
    content.append(block.data(), static_cast<std::size_t>(count));
  }
  return content;
}

// "NAME=value" of our own environment with the command's changes.
std::vector<std::string> environment_for(const Command& command) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string text = *entry;
    if (command.environment.count(text.substr(0, text.find('='))) == 0) entries.push_back(text);
  }
  for (const auto& [name, value] : command.environment) {
    if (value) entries.push_back(name + "=" + *value);
  }
  return entries;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// A new process starts with the signals as a shell gives them, whatever this one ignores or blocks.
void reset_signals(posix_spawnattr_t& attributes) {
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

}  // namespace

Process::Process(const Command& command)
    : in_(memory_file("stdin", command.input)), out_(memory_file("stdout")), err_(memory_file("stderr")) {
  std::vector<std::string> words = command.words;
  std::vector<std::string> environment = environment_for(command);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in_, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, out_, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err_, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  reset_signals(attributes);
  int error = posix_spawnp(&id_, words.at(0).c_str(), &files, &attributes, pointers_to(words).data(),
                           pointers_to(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  check(error, words.at(0).c_str());
}

Process::~Process() {
  if (id_ > 0) {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
  for (int file : {in_, out_, err_}) close(file);
}

void Process::signal(int number) const { kill(id_, number); }

Finished Process::wait() {
  int status = 0;
  while (waitpid(id_, &status, 0) < 0) {
    if (errno != EINTR) check(errno, "waitpid");
  }
  id_ = -1;
  Finished finished;
  if (WIFEXITED(status)) finished.exit_status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) finished.signal = WTERMSIG(status);
  finished.out = content_of(out_);
  finished.err = content_of(err_);
  return finished;
}

Finished run(const Command& command) { return Process(command).wait(); }

Command as_nobody(Command command, gid_t group) {
  std::vector<std::string> words = {"setpriv", "--reuid=65534", "--regid=65534",
                                    "--groups=" + std::to_string(group)};
  words.insert(words.end(), command.words.begin(), command.words.end());
  command.words = std::move(words);
  return command;
}

bool is_root() { return geteuid() == 0; }

bool has_program(const std::string& name) {
  return run({.words = {"sh", "-c", "command -v \"$0\" > /dev/null", name}}).exit_status == 0;
}

}  // namespace purser::test
