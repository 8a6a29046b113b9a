// kill -9 of a program at every step that changes a file: what stands afterwards is before or after.
//
//   auto points = for_each_kill_point(
//       purser({"migrate", "up"}), [&] { ...make the file as it was...; },
//       [&](const KillPoint& point) { ...whole, and before or after?...; });
//   if (points == 0) GTEST_SKIP() << "no right to trace a process";
//
// strace kills the program on its way into the Nth call of one kind, so the call itself is not made; N counts
// each kind apart. That is repeated for N = 1, 2, 3 ... until the program ends by itself, which it must do
// with exit status 0. Needs strace (`may_trace`).
#pragma once

#include <signal.h>

#include <ostream>

#include "cli/command_line_test.h"

namespace purser::test {

struct KillPoint {
  std::string call;  // "pwrite64"
  int number = 0;    // 1: the first of them
};

inline std::ostream& operator<<(std::ostream& out, const KillPoint& point) {
  return out << "killed at " << point.call << " " << point.number;
}

// Whatever changes files or makes them durable; what only the page cache sees lies between two of them.
inline const Words& changing_calls() {
  static const Words calls = {"pwrite64", "write",  "fsync",  "fdatasync", "rename",  "renameat", "renameat2",
                              "link",     "linkat", "unlink", "unlinkat",  "mkdirat", "ftruncate"};
  return calls;
}

inline Finished run_until(const KillPoint& point, Command command) {
  command.words = Words{"strace",
                        "-f",
                        "-qq",
                        "-o",
                        "/dev/null",
                        "-e",
                        "trace=" + point.call,
                        "-e",
                        "inject=" + point.call + ":signal=SIGKILL:when=" + std::to_string(point.number)} +
                  command.words;
  return run(command);
}

// Whether this user, on this machine and in this build, may trace a process.
inline bool may_trace() {
  if (!has_program("strace")) return false;
  // The leak sanitizer traces too, and two cannot.
  if (std::string(PURSER_SANITIZE).find("address") != std::string::npos) return false;
  return run({.words = {"strace", "-o", "/dev/null", "true"}}).exit_status == 0;
}

// Every point to begin with; a long row of like ones is sampled.
inline int next_number(int number) { return number < 60 ? number + 1 : number + 7; }

// How often the program was killed; 0 where nobody may be traced. `prepare` comes before each run, `check`
// after each kill. Stops at the first failure, since all that follow would say the same.
template <typename Prepare, typename Check>
int for_each_kill_point(const Command& command, Prepare&& prepare, Check&& check) {
  if (!may_trace()) return 0;
  int kills = 0;
  for (const std::string& call : changing_calls()) {
    for (KillPoint point{call, 1};; point.number = next_number(point.number)) {
      prepare();
      Finished done = run_until(point, command);
      if (done.signal != SIGKILL) {
        EXPECT_EQ(done.exit_status, 0) << point << "\n" << done.out << done.err;
        break;
      }
      ++kills;
      SCOPED_TRACE(point);
      check(point);
      if (::testing::Test::HasFailure()) return kills;
    }
  }
  return kills;
}

}  // namespace purser::test
