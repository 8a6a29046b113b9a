#include "frame/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "frame/printable.h"
#include "frame/talk.h"

namespace purser::cli {
namespace {

// 0 where all was written; else the errno of the write that failed.
int write_all(std::string_view output) {
  while (!output.empty()) {
    ssize_t count = write(STDOUT_FILENO, output.data(), output.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {  // a pipe that the caller made non-blocking
      pollfd writable{STDOUT_FILENO, POLLOUT, 0};
      poll(&writable, 1, -1);
      continue;
    }
    if (count < 0) return errno;
    output.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool is_dumb_terminal() {
  const char* name = std::getenv("TERM");
  return name != nullptr && std::strcmp(name, "dumb") == 0;
}

pid_t& parent() {
  static pid_t remembered = getppid();
  return remembered;
}

// True for a pipe or socket whose reader is gone, a terminal that hung up, a descriptor not open for writing.
bool output_is_lost() {
  int flags = fcntl(STDOUT_FILENO, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return true;
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

}  // namespace

bool shows_colour() { return isatty(STDOUT_FILENO) == 1 && !is_set("NO_COLOR") && !is_dumb_terminal(); }

bool deliver(std::string_view output) {
  int error = 0;
  std::string safe = printable_lines(output, shows_colour() ? Colours::ours : Colours::none);
  exclusively([&] { error = write_all(safe); });
  if (error != 0)
    talk(fmt::format("the answer could not be written to standard output: {}", std::strerror(error)));
  return error == 0;
}

void remember_parent() { parent() = getppid(); }
bool reader_has_left() { return getppid() != parent() || output_is_lost(); }

}  // namespace purser::cli
