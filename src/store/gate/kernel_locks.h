// The locks of a file as the kernel lists them, in /proc/locks and /proc/PID/fdinfo.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace purser::store {

// One line of /proc/locks: "1: POSIX  ADVISORY  READ 26302 fe:00:10955448 123 123"; the end of a range may be
// "EOF". A lock of an open file description (OFDLCK) has the pid -1.
struct KernelLock {
  enum class Kind { flock, posix, open_file };
  Kind kind = Kind::posix;
  bool is_exclusive = false;
  pid_t pid = 0;
  std::uint64_t device = 0, inode = 0;
  std::int64_t first = 0, last = 0;
};

// nullopt where the line is not a lock that is held: a waiting one has "->" after its number.
std::optional<KernelLock> parse_lock(const std::string& line);

// The processes that hold a lock of the file for which `is_meant` is true, each once. Where the process that
// locked is gone or the kernel names none: those that have the descriptor, as far as this user may look.
std::vector<pid_t> holders_of(const std::filesystem::path& path,
                              const std::function<bool(const KernelLock&)>& is_meant);

// The processes that have the file open, as far as this user may look.
std::vector<pid_t> openers_of(const std::filesystem::path& path);

}  // namespace purser::store
