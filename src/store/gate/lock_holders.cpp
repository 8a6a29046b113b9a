#include "store/gate/lock_holders.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "base/words.h"
#include "store/files/companions.h"
#include "store/gate/kernel_locks.h"
#include "store/gate/shared_page.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

// SQLite's lock bytes (os_unix.c, wal.c). In -shm: the writer's; the checkpointer's; that of the recovery of
// the index; five read marks; and one that every connection holds while it is open.
constexpr std::int64_t kWriteByte = 120, kFirstReadMark = 123, kLastReadMark = 127, kOpenByte = 128;
// In the main file: PENDING (wants it exclusively), RESERVED (will write), SHARED (a range; all readers).
constexpr std::int64_t kPendingByte = 0x40000000, kLastSharedByte = kPendingByte + 511;

fs::path beside(fs::path path, const char* suffix) { return path += suffix; }

bool overlaps(const KernelLock& lock, std::int64_t first, std::int64_t last) {
  return lock.first <= last && lock.last >= first;
}

// A shared lock counts too: a reader may lock the writers' byte, and needs no right to write for that.
bool keeps_from_writing(const KernelLock& lock) {
  return lock.kind != KernelLock::Kind::flock &&
         (overlaps(lock, kWriteByte, kWriteByte) ||
          (lock.is_exclusive && overlaps(lock, kFirstReadMark, kOpenByte)));
}

bool keeps_all_out(const KernelLock& lock) {
  return lock.kind != KernelLock::Kind::flock && lock.is_exclusive &&
         overlaps(lock, kPendingByte, kLastSharedByte);
}

bool is_read_mark(const KernelLock& lock) {
  return lock.kind != KernelLock::Kind::flock && overlaps(lock, kFirstReadMark, kLastReadMark);
}

bool is_flock(const KernelLock& lock) { return lock.kind == KernelLock::Kind::flock; }

std::vector<Process> holders(const fs::path& path, const std::function<bool(const KernelLock&)>& is_meant) {
  std::vector<Process> all;
  for (pid_t pid : holders_of(path, is_meant)) all.push_back(process_of(pid));
  return all;
}

std::string joined(const std::vector<Process>& processes, std::string (*words)(const Process&)) {
  std::string all;
  for (const Process& process : processes) all += (all.empty() ? "" : ", ") + words(process);
  return all;
}

// The first that will not go on by itself, or else the first of all.
const Process& worst(const std::vector<Process>& processes) {
  auto is_halted = [](const Process& process) {
    return process.activity == Activity::stopped || process.activity == Activity::traced ||
           process.activity == Activity::frozen;
  };
  auto found = std::find_if(processes.begin(), processes.end(), is_halted);
  return found == processes.end() ? processes.front() : *found;
}

constexpr char kNotToBeSeen[] =
    "by a process that is not to be seen from here: of another container, or gone this moment";

}  // namespace

std::vector<Process> gate_holders(const fs::path& gate) { return holders(gate, is_flock); }

std::vector<Process> lock_holders(const fs::path& database) {
  auto all = holders(beside(database, kIndexSuffix), keeps_from_writing);
  auto of_file = holders(database, keeps_all_out);
  for (Process& one : of_file) {
    bool is_known = std::any_of(all.begin(), all.end(), [&](auto& other) { return other.pid == one.pid; });
    if (!is_known) all.push_back(std::move(one));
  }
  return all;
}

std::vector<Process> log_readers(const fs::path& database) {
  auto all = holders(beside(database, kIndexSuffix), is_read_mark);
  all.erase(std::remove_if(all.begin(), all.end(), [](auto& one) { return one.pid == getpid(); }), all.end());
  return all;
}

std::vector<Program> programs_at(const fs::path& database) {
  auto any = [](const KernelLock& lock) { return lock.kind != KernelLock::Kind::flock; };
  std::vector<pid_t> pids;
  for (const char* suffix : {"", kLogSuffix, kIndexSuffix}) {
    auto path = beside(database, suffix);
    for (pid_t pid : openers_of(path)) pids.push_back(pid);
    for (pid_t pid : holders_of(path, any)) pids.push_back(pid);  // also where its descriptors are hidden
  }
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  std::vector<Program> all;
  for (pid_t pid : pids) {
    if (pid != getpid()) all.push_back({process_of(pid), user_of(pid), runs_what_was_removed(pid)});
  }
  return all;
}

std::string in_brackets(const std::vector<Program>& programs) {
  std::string all;
  for (const Program& program : programs) all += (all.empty() ? "" : ", ") + name_of(program.process);
  return all.empty() ? all : fmt::format(" ({})", all);
}

Error gate_is_busy(const fs::path& gate, std::int64_t since) {
  auto all = gate_holders(gate);
  std::string who = kNotToBeSeen;
  if (!all.empty()) {
    auto age = std::chrono::nanoseconds(claim_time() - since);
    bool is_known = since > 0 && age.count() >= 0;
    auto how_long = is_known ? fmt::format(" for {}", purser::in_words(std::chrono::floor<Duration>(age)))
                             : std::string();
    who = fmt::format("{} by {}: {}", how_long, joined(all, in_words), advice_for(worst(all)));
    who.erase(0, who.find_first_not_of(' '));
  }
  return {ErrorCode::busy,
          fmt::format("the write gate {} was busy beyond the deadline; it is held {}", gate.string(), who)};
}

Error naming_the_holder(const Error& busy, const fs::path& database) {
  auto all = lock_holders(database);
  if (all.empty()) return {busy.code(), fmt::format("{}; it is held {}", busy.what(), kNotToBeSeen)};
  return {busy.code(), fmt::format("{}; it is held by {}: {}", busy.what(), joined(all, in_words),
                                   advice_for(worst(all)))};
}

}  // namespace purser::store
