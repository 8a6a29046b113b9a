// Other processes, as /proc describes them.
#pragma once

#include <sys/types.h>

#include <string>

namespace purser::store {

enum class Activity { runs, sleeps, waits_for_disk, stopped, traced, frozen, ended, unknown };

struct Process {
  pid_t pid = 0;
  std::string program = "unknown";  // cut by the kernel; unprintable bytes as '?'
  Activity activity = Activity::unknown;
};
Process process_of(pid_t pid);

// The process's effective user; root where that cannot be seen.
uid_t user_of(pid_t pid);

// Whether the executable it runs was removed or replaced; false where this user may not look.
bool runs_what_was_removed(pid_t pid);

// name_of: "sqlite3 (pid 99)"; in_words adds its activity: "sqlite3 (pid 99), which is stopped".
std::string name_of(const Process& process);
std::string in_words(const Process& process);

// How to let it go on, or what to do where it does not: "`kill -CONT 99` lets it go on".
std::string advice_for(const Process& process);

}  // namespace purser::store
