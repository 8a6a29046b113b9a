#include "bench/measure/server.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace bench {
namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(10);

struct ProcessLine {
  pid_t parent = 0;
  double cpu_us = 0;
};

// Reads /proc/PID/stat from behind the name, which may hold anything: state ppid ...; fields 12 and 13 are
// ticks.
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

std::string last_line_of(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace

Server::~Server() {
  if (process_.has_ended()) return;
  ::kill(process_.id(), stop_signal_);
  for (int i = 0; i < 500 && !process_.has_ended(); ++i) std::this_thread::sleep_for(kPollInterval);
}

void Server::wait_until(const std::function<bool()>& is_ready, const std::string& log) {
  for (int i = 0; i < 1500; ++i) {
    if (is_ready()) return;
    if (process_.has_ended()) break;
    std::this_thread::sleep_for(kPollInterval);
  }
  throw Absent("it does not start: " + last_line_of(log));
}

double Server::cpu_us() const {
  double sum = 0;
  for (pid_t pid : processes()) sum += read_process(pid).cpu_us;
  return sum;
}

std::vector<pid_t> Server::processes() const {
  std::vector<pid_t> all{process_.id()};
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto pid = static_cast<pid_t>(std::stol(name));
    if (read_process(pid).parent == process_.id()) all.push_back(pid);
  }
  return all;
}

}  // namespace bench
