#include "store/gate/kernel_locks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <limits>
#include <sstream>

namespace purser::store {
namespace {

namespace fs = std::filesystem;

struct KernelFile {
  std::uint64_t device = 0, inode = 0;
  friend bool operator==(const KernelFile&, const KernelFile&) = default;
};

// Asks no network: another process's descriptor may be of a mount whose server is gone.
constexpr int kFromCache = AT_STATX_DONT_SYNC;

std::optional<KernelFile> file_at(const fs::path& path, std::uint64_t* mount = nullptr) {
  struct statx file {};
  if (statx(AT_FDCWD, path.c_str(), kFromCache, STATX_INO | STATX_MNT_ID, &file) == 0) {
    if (mount != nullptr && (file.stx_mask & STATX_MNT_ID) != 0) *mount = file.stx_mnt_id;
    return KernelFile{makedev(file.stx_dev_major, file.stx_dev_minor), file.stx_ino};
  }
  struct stat plain {};
  if ((errno != ENOSYS && errno != EPERM) || stat(path.c_str(), &plain) != 0) return std::nullopt;
  return KernelFile{plain.st_dev, plain.st_ino};
}

std::optional<std::uint64_t> device_in(const std::string& text, int base) {
  auto colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  try {
    return makedev(static_cast<unsigned>(std::stoul(text, nullptr, base)),
                   static_cast<unsigned>(std::stoul(text.substr(colon + 1), nullptr, base)));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

// The file as /proc/locks names it: by the device of the file system, which on one with volumes (btrfs) or
// layers differs from stat's. /proc/self/mountinfo names the same device.
std::optional<KernelFile> file_of_locks(const fs::path& path) {
  std::uint64_t mount = 0;
  auto file = file_at(path, &mount);
  if (!file || mount == 0) return file;
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::uint64_t id = 0, parent = 0;
    std::string device;
    if (!(words >> id >> parent >> device) || id != mount) continue;
    if (auto known = device_in(device, 10)) file->device = *known;
  }
  return file;
}

bool is_of(const KernelLock& lock, const KernelFile& file) {
  return lock.device == file.device && lock.inode == file.inode;
}

void for_each_number_in(const fs::path& folder, const std::function<void(pid_t)>& use) {
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    std::string name = entry->path().filename().string();
    bool is_number = std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (is_number && name.size() < 10) use(std::stoi(name));
  }
}

// The process's descriptors of the file; nullopt where this user may not look.
std::optional<std::vector<int>> descriptors_of(pid_t pid, const KernelFile& file) {
  fs::path folder = fmt::format("/proc/{}/fd", pid);
  if (access(folder.c_str(), R_OK | X_OK) != 0) return std::nullopt;
  std::vector<int> all;
  for_each_number_in(folder, [&](int descriptor) {
    if (file_at(folder / std::to_string(descriptor)) == file) all.push_back(descriptor);
  });
  return all;
}

void for_each_opener(const fs::path& path, const std::function<void(pid_t, int)>& use) {
  auto file = file_at(path);
  if (!file) return;
  for_each_number_in("/proc", [&](pid_t pid) {
    for (int descriptor : descriptors_of(pid, *file).value_or(std::vector<int>{})) use(pid, descriptor);
  });
}

// False for a process that has ended and left the descriptor to another, and for a later one with its pid.
bool has_it_open(pid_t pid, const fs::path& path) {
  if (pid <= 0 || (kill(pid, 0) != 0 && errno != EPERM)) return false;
  auto file = file_at(path);
  auto descriptors = file ? descriptors_of(pid, *file) : std::nullopt;
  return !descriptors || !descriptors->empty();
}

// Reads lines of fdinfo: "lock:\t1: FLOCK  ADVISORY  WRITE 4711 fe:00:123 0 EOF".
bool has_lock(pid_t pid, int descriptor, const std::function<bool(const KernelLock&)>& is_meant) {
  std::ifstream lines(fmt::format("/proc/{}/fdinfo/{}", pid, descriptor));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("lock:", 0) != 0) continue;
    auto lock = parse_lock(line.substr(line.find(':') + 1));
    if (lock && is_meant(*lock)) return true;
  }
  return false;
}

std::vector<pid_t> each_once(std::vector<pid_t> pids) {
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return pids;
}

}  // namespace

std::optional<KernelLock> parse_lock(const std::string& line) {
  std::istringstream words(line);
  std::string number, kind, way, what, file, last;
  KernelLock lock;
  if (!(words >> number >> kind >> way >> what >> lock.pid >> file >> lock.first >> last))
    return std::nullopt;
  auto colon = file.rfind(':');
  auto device = device_in(file, 16);
  if (!device || colon == file.find(':')) return std::nullopt;
  if (kind != "FLOCK" && kind != "POSIX" && kind != "OFDLCK") return std::nullopt;
  lock.kind = kind == "FLOCK"   ? KernelLock::Kind::flock
              : kind == "POSIX" ? KernelLock::Kind::posix
                                : KernelLock::Kind::open_file;
  lock.is_exclusive = what == "WRITE";
  lock.device = *device;
  std::istringstream(file.substr(colon + 1)) >> lock.inode;
  lock.last = std::numeric_limits<std::int64_t>::max();
  if (last != "EOF") std::istringstream(last) >> lock.last;
  return lock;
}

std::vector<pid_t> holders_of(const fs::path& path, const std::function<bool(const KernelLock&)>& is_meant) {
  std::vector<pid_t> pids;
  auto file = file_of_locks(path);
  if (!file) return pids;
  bool is_known = true;
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    auto lock = parse_lock(line);
    if (!lock || !is_of(*lock, *file) || !is_meant(*lock)) continue;
    if (has_it_open(lock->pid, path)) {
      pids.push_back(lock->pid);
    } else {
      is_known = false;
    }
  }
  if (is_known) return each_once(std::move(pids));
  for_each_opener(path, [&](pid_t pid, int descriptor) {
    if (has_lock(pid, descriptor, is_meant)) pids.push_back(pid);
  });
  return each_once(std::move(pids));
}

std::vector<pid_t> openers_of(const fs::path& path) {
  std::vector<pid_t> pids;
  for_each_opener(path, [&](pid_t pid, int) { pids.push_back(pid); });
  return each_once(std::move(pids));
}

}  // namespace purser::store
