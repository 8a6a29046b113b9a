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

namespace demo {
namespace {

[[noreturn]] void be_worker(Stage& stage, int slot, pid_t parent) {
  // A demonstration that is broken off leaves no worker behind.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) std::_Exit(1);
  try {
    work(stage, slot);
    std::_Exit(0);
  } catch (const std::exception& e) {
    stage.tell(fmt::format("worker {} failed: {}", slot + 1, e.what()));
  }
  std::_Exit(1);
}

}  // namespace

Fleet::Fleet(Stage& stage) : stage_(stage) {
  // All slots first: time must stand until the last worker is there.
  for (int slot = 0; slot < kWorkers; ++slot) stage_.clock.join(slot);
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
  std::fflush(nullptr);  // or the child would write it again
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) be_worker(stage_, slot, parent);
  pids_.at(static_cast<std::size_t>(slot)) = pid;
}

bool Fleet::look_after() {
  for (int slot = 0; slot < kWorkers; ++slot) {
    int wait_status = 0;
    const pid_t pid = pids_.at(static_cast<std::size_t>(slot));
    if (pid != 0 && waitpid(pid, &wait_status, WNOHANG) == pid) bury(slot, wait_status);
  }
  if (!killed_) {
    if (auto victim = stage_.score.victim()) kill_and_replace(*victim);
  }
  return std::any_of(pids_.begin(), pids_.end(), [](pid_t pid) { return pid != 0; });
}

void Fleet::bury(int slot, int wait_status) {
  pids_.at(static_cast<std::size_t>(slot)) = 0;
  if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != 0) failed_ = true;
  stage_.clock.leave(slot);
}

void Fleet::kill_and_replace(const Victim& victim) {
  killed_ = true;
  const pid_t pid = pids_.at(static_cast<std::size_t>(victim.slot));
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  stage_.tell(
      fmt::format("backfiller {} (process {}) was killed while it held {} tokens; another takes its place",
                  victim.slot + 1, pid, victim.cost));
  stage_.clock.join(victim.slot);  // it never left: time stands until the new one waits
  start(victim.slot);
}

}  // namespace demo
