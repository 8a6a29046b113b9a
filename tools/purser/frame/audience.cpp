#include "frame/audience.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace purser::cli {
namespace {

pid_t& parent() {
  static pid_t remembered = getppid();
  return remembered;
}

// A pipe or socket whose reader is gone, a terminal that hung up, what was never open for writing.
bool output_is_lost() {
  int flags = fcntl(STDOUT_FILENO, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return true;
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

}  // namespace

void remember_parent() { parent() = getppid(); }
bool audience_has_left() { return getppid() != parent() || output_is_lost(); }

}  // namespace purser::cli
