#include "store/gate/processes.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace purser::store {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// A process chooses its own name, of any bytes.
std::string printable(std::string name) {
  auto does_not_print = [](char c) { return c < ' ' || c > '~'; };
  std::replace_if(name.begin(), name.end(), does_not_print, '?');
  return name.empty() ? "unknown" : name;
}

// The letter after the last bracket of "99 (any (name)) S 1 ...".
char state_of(pid_t pid) {
  std::string line;
  std::getline(std::ifstream(fmt::format("/proc/{}/stat", pid)), line, '\0');
  auto bracket = line.rfind(") ");
  return bracket == std::string::npos || bracket + 2 >= line.size() ? '?' : line[bracket + 2];
}

bool says_frozen(const fs::path& group) {
  std::ifstream events(group / "cgroup.events");
  for (std::string line; std::getline(events, line);) {
    if (line == "frozen 1") return true;
  }
  return first_line(group / "freezer.state") == "FROZEN";
}

// The state letter of a process in a paused container says only that it sleeps, so its cgroup is asked. Lines
// are "0::/path", or "7:freezer:/path" in version 1.
bool is_frozen(pid_t pid) {
  std::ifstream groups(fmt::format("/proc/{}/cgroup", pid));
  for (std::string line; std::getline(groups, line);) {
    auto first = line.find(':');
    auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    std::string kind = line.substr(first + 1, second - first - 1);
    std::string path = line.substr(second + 1);
    for (const char* root : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/freezer"}) {
      if ((kind.empty() || kind == "freezer") && says_frozen(root + path)) return true;
    }
  }
  return false;
}

Activity activity_of(pid_t pid) {
  char state = state_of(pid);
  if ((state == 'S' || state == 'D') && is_frozen(pid)) return Activity::frozen;
  switch (state) {
    case 'R': return Activity::runs;
    case 'S': return Activity::sleeps;
    case 'D': return Activity::waits_for_disk;
    case 'T': return Activity::stopped;
    case 't': return Activity::traced;
    case 'Z':
    case 'X': return Activity::ended;
    default: return Activity::unknown;
  }
}

}  // namespace

Process process_of(pid_t pid) {
  return {pid, printable(first_line(fmt::format("/proc/{}/comm", pid))), activity_of(pid)};
}

// Reads "Uid:\t1000\t1000\t1000\t1000": the real user, then the effective one. The owner of /proc/PID does
// not tell: for a process that may not be dumped it is root.
uid_t user_of(pid_t pid) {
  std::ifstream lines(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("Uid:", 0) != 0) continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    uid_t real = 0, effective = 0;
    if (words >> real >> effective) return effective;
  }
  return 0;
}

bool runs_what_was_removed(pid_t pid) {
  std::error_code failed;
  std::string program = fs::read_symlink(fmt::format("/proc/{}/exe", pid), failed).string();
  const std::string mark = " (deleted)";
  return program.size() > mark.size() &&
         program.compare(program.size() - mark.size(), mark.size(), mark) == 0;
}

std::string name_of(const Process& process) {
  if (process.pid == getpid()) return fmt::format("this very process (pid {})", process.pid);
  return fmt::format("{} (pid {})", process.program, process.pid);
}

std::string in_words(const Process& process) {
  std::string name = name_of(process);
  if (process.pid == getpid()) return name;
  switch (process.activity) {
    case Activity::runs: return name + ", which runs";
    case Activity::sleeps: return name + ", which is waiting";
    case Activity::waits_for_disk: return name + ", which waits for the disk";
    case Activity::stopped: return name + ", which is stopped";
    case Activity::traced: return name + ", which a debugger has stopped";
    case Activity::frozen: return name + ", whose container is paused";
    case Activity::ended: return name + ", which is ending";
    case Activity::unknown: break;
  }
  return name;
}

std::string advice_for(const Process& process) {
  if (process.pid == getpid()) return "another thread of it has a transaction open: let it end";
  switch (process.activity) {
    case Activity::stopped: return fmt::format("`kill -CONT {}` lets it go on", process.pid);
    case Activity::traced: return "let its debugger go on, or end it";
    case Activity::frozen: return "unpause its container";
    case Activity::waits_for_disk: return "look at the disk and at the system's log";
    default: return fmt::format("where it stays, end its transaction, or the process (kill {})", process.pid);
  }
}

}  // namespace purser::store
