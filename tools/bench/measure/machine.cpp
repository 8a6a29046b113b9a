#include "bench/measure/machine.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "purser/clock.h"

namespace bench {
namespace {

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos) {
      return line.substr(line.find(": ") + 2);
    }
  }
  return "unknown";
}

// Reads the line of mountinfo for the folder's device: "36 35 8:1 / / rw - ext4 /dev/vda rw".
std::string file_system_of(const std::filesystem::path& folder) {
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0) return "unknown";
  const std::string device = fmt::format("{}:{}", major(status.st_dev), minor(status.st_dev));
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word, found;
    for (int i = 0; i < 3; ++i) words >> found;
    if (found != device) continue;
    while (words >> word && word != "-") {
    }
    words >> word;
    return word;
  }
  return "unknown";
}

}  // namespace

Machine this_machine(const std::filesystem::path& folder) {
  utsname system{};
  uname(&system);
  Machine machine;
  machine.cpu = cpu_model();
  machine.cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  machine.kernel = fmt::format("{} {}", system.sysname, system.release);
  machine.file_system = file_system_of(folder);
  machine.sqlite = sqlite3_libversion();
  machine.purser = PURSER_VERSION;
  machine.date = purser::rfc3339(purser::system_clock().now());
  return machine;
}

}  // namespace bench
