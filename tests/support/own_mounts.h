// Mounts that nobody else sees, and that end with the process. For root, in a forked child.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace purser::test {

inline void require_done(int result, const char* what) {
  if (result != 0) throw std::system_error(errno, std::generic_category(), what);
}

inline void begin_own_mounts() {
  require_done(unshare(CLONE_NEWNS), "unshare");
  require_done(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private");
}

inline void bind(const std::filesystem::path& from, const std::filesystem::path& to) {
  require_done(mount(from.c_str(), to.c_str(), nullptr, MS_BIND, nullptr), "bind");
}

inline void bind_read_only(const std::filesystem::path& folder) {
  bind(folder, folder);
  require_done(mount(nullptr, folder.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), "remount");
}

// Containers often keep root from it.
inline bool may_mount() {
  pid_t child = fork();
  if (child == 0) _exit(unshare(CLONE_NEWNS) == 0 ? 0 : 1);
  int status = 1;
  return geteuid() == 0 && child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace purser::test
