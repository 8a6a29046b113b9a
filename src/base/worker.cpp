#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "purser/database.h"

namespace purser {

std::string this_worker() {
  utsname host{};
  return fmt::format("{}:{}", uname(&host) == 0 ? host.nodename : "unknown-host", getpid());
}

}  // namespace purser
