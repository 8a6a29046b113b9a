#include "demo/fleet.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <system_error>

#include "purser/frame/printable.h"
#include "standin/client.h"

namespace demo {
namespace {

[[noreturn]] void run_worker_and_exit(Stage& stage, int slot, pid_t parent) {
  // If the demonstration is interrupted, no worker stays behind.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) std::_Exit(1);
  try {
    work(stage, slot);
    std::_Exit(0);
  } catch (const std::exception& e) {
    std::fputs(fmt::format("worker {} failed: {}\n", slot + 1, purser::cli::error_line(e.what())).c_str(),
               stderr);
  }
  std::_Exit(1);
}

}  // namespace

Fleet::Fleet(Stage& stage) : stage_(stage) {
  // The stand-in's time stands still until all of them have joined its clock.
  for (int slot = 0; slot < kWorkers; ++slot) start(slot);
}

Fleet::~Fleet() {
  for (pid_t pid : pids_) {
    if (pid == 0) continue;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
}

void Fleet::start(int slot) {
  std::fflush(nullptr);  // otherwise the child would write it again
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) run_worker_and_exit(stage_, slot, parent);
  pids_.at(static_cast<std::size_t>(slot)) = pid;
}

bool Fleet::supervise() {
  for (int slot = 0; slot < kWorkers; ++slot) {
    int wait_status = 0;
    const pid_t pid = pids_.at(static_cast<std::size_t>(slot));
    if (pid != 0 && waitpid(pid, &wait_status, WNOHANG) == pid) note_end(slot, wait_status);
  }
  if (!killed_) {
    if (auto victim = stage_.score.victim()) kill_and_replace(*victim);
  }
  return std::any_of(pids_.begin(), pids_.end(), [](pid_t pid) { return pid != 0; });
}

void Fleet::note_end(int slot, int wait_status) {
  pids_.at(static_cast<std::size_t>(slot)) = 0;
  if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != 0) failed_ = true;
}

void Fleet::kill_and_replace(const Victim& victim) {
  killed_ = true;
  // Time stands still until the replacement works.
  standin::Hold hold(stage_.clock);
  const pid_t pid = pids_.at(static_cast<std::size_t>(victim.slot));
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  stage_.report(
      hold.now(),
      fmt::format("backfiller {} (process {}) was killed while it held {} tokens; another takes its place",
                  victim.slot + 1, pid, victim.cost));
  start(victim.slot);
  hold.wait_for_joins(kWorkers + 1);
  hold.go();
}

}  // namespace demo
