#include "output.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "talk.h"

namespace purser::cli {
namespace {

// The error that kept a part of it back; 0 where all is out.
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

}  // namespace

bool deliver(std::string_view output) {
  int error = 0;
  undisturbed([&] { error = write_all(output); });
  if (error != 0)
    talk(fmt::format("the answer could not be written to standard output: {}", std::strerror(error)));
  return error == 0;
}

}  // namespace purser::cli
