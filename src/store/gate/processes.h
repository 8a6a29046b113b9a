// Other processes, by what the kernel tells of them in /proc.
#pragma once

#include <sys/types.h>

#include <string>

namespace purser::store {

enum class Activity { runs, sleeps, waits_for_disk, stopped, traced, frozen, ended, unknown };

struct Process {
  pid_t pid = 0;
  std::string program = "unknown";  // as the kernel cuts it, and what does not print as '?'
  Activity activity = Activity::unknown;
};
Process process_of(pid_t pid);

// Whose rights it has; root's where that is not to be seen.
uid_t user_of(pid_t pid);

// Whether the executable that it runs was removed, or another put in its place; false where we may not look.
bool runs_what_was_removed(pid_t pid);

// "sqlite3 (pid 99)"; and what it is at: "sqlite3 (pid 99), which is stopped".
std::string name_of(const Process& process);
std::string in_words(const Process& process);

// What lets it go on, or what to do where it does not: "`kill -CONT 99` lets it go on".
std::string advice_for(const Process& process);

}  // namespace purser::store
