#include "bench/measure/progress.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>

namespace bench {
namespace {

volatile sig_atomic_t interrupted = 0;

constexpr int kColumns = 78;

}  // namespace

Progress::Progress() : shown_(isatty(STDERR_FILENO) != 0) {
  for (int number : {SIGINT, SIGTERM}) {
    struct sigaction note {};
    note.sa_handler = [](int) { interrupted = 1; };
    sigaction(number, &note, nullptr);
  }
}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r{:{}}\r", "", kColumns);
}

void Progress::at(std::size_t turn, std::size_t turns, const std::string& what) {
  at(fmt::format("{}/{}  {}", turn, turns, what));
}

void Progress::at(const std::string& what) {
  if (interrupted != 0) throw Interrupted("interrupted");
  if (!shown_) return;
  fmt::print(stderr, "\r{:{}.{}}", what, kColumns, kColumns);
  std::fflush(stderr);
}

}  // namespace bench
