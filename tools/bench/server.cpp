#include "bench/server.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace bench {
namespace {

struct ProcessLine {
  pid_t parent = 0;
  double cpu_us = 0;
};

// /proc/PID/stat behind the name, which may hold anything: state ppid ..., the 12th and 13th are the ticks.
ProcessLine read_process(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto name_ends = line.rfind(')');
  if (name_ends == std::string::npos) return {};
  std::istringstream fields(line.substr(name_ends + 1));
  std::array<std::string, 13> words;
  for (std::string& word : words) fields >> word;
  if (!fields) return {};
  const double ticks = std::stod(words[11]) + std::stod(words[12]);
  return {static_cast<pid_t>(std::stol(words[1])), ticks * 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK))};
}

}  // namespace

Server::~Server() {
  try {
    signal_all(SIGCONT);
    signal_all(SIGKILL);
  } catch (const std::exception&) {
    process_.kill();
  }
}

void Server::rest() { signal_all(SIGSTOP); }
void Server::wake() { signal_all(SIGCONT); }

double Server::cpu_us() const {
  double sum = 0;
  for (pid_t pid : family()) sum += read_process(pid).cpu_us;
  return sum;
}

std::vector<pid_t> Server::family() const {
  std::vector<pid_t> all{process_.id()};
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto pid = static_cast<pid_t>(std::stol(name));
    if (read_process(pid).parent == process_.id()) all.push_back(pid);
  }
  return all;
}

void Server::signal_all(int number) const {
  if (process_.id() < 0) return;
  for (pid_t pid : family()) ::kill(pid, number);
}

}  // namespace bench
