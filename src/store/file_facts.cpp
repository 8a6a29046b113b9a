#include "store/file_facts.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <sstream>

#include "store/file_checks.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

struct NamedFileSystem {
  std::uint32_t magic;
  const char* name;
};

constexpr std::uint32_t kFuse = 0x65735546, kTmpfs = 0x01021994, kRamfs = 0x858458F6, kOverlay = 0x794C7630;

// Magic numbers of statfs(2) and the kernel's magic.h.
constexpr std::array<NamedFileSystem, 11> kNamed = {{{0xEF53, "ext4"},
                                                     {0x58465342, "xfs"},
                                                     {0x9123683E, "btrfs"},
                                                     {0x2FC12FC1, "zfs"},
                                                     {0xF2F52010, "f2fs"},
                                                     {0xCA451A4E, "bcachefs"},
                                                     {kOverlay, "overlayfs"},
                                                     {0x4D44, "vfat"},
                                                     {kTmpfs, "tmpfs"},
                                                     {kRamfs, "ramfs"},
                                                     {kFuse, "fuse"}}};

std::string name_of(std::uint32_t magic) {
  const auto* found =
      std::find_if(kNamed.begin(), kNamed.end(), [=](const auto& named) { return named.magic == magic; });
  return found == kNamed.end() ? fmt::format("file system 0x{:X}", magic) : std::string(found->name);
}

// Of SQLite's lock bytes in -shm (wal.c, WAL_READ_LOCK): one of five read marks each.
constexpr std::int64_t kFirstReadMark = 123, kLastReadMark = 127;

// A line of /proc/locks: "1: POSIX  ADVISORY  READ 26302 fe:00:10955448 123 123".
struct Lock {
  pid_t pid = 0;
  std::uint64_t inode = 0;
  std::int64_t first = 0, last = 0;
};

std::optional<Lock> parse_lock(const std::string& line) {
  std::istringstream words(line);
  std::string number, kind, way, what, file, last;
  Lock lock;
  // A waiting one has "->" after its number; it holds nothing.
  if (!(words >> number >> kind >> way >> what >> lock.pid >> file >> lock.first >> last))
    return std::nullopt;
  auto colon = file.rfind(':');
  if (kind != "POSIX" || colon == std::string::npos || last == "EOF") return std::nullopt;
  std::istringstream(file.substr(colon + 1)) >> lock.inode;
  std::istringstream(last) >> lock.last;
  return lock;
}

bool is_read_mark(const Lock& lock, std::uint64_t inode) {
  return lock.inode == inode && lock.first >= kFirstReadMark && lock.last <= kLastReadMark;
}

std::string program_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/comm", pid));
  std::string name;
  std::getline(file, name);
  return name.empty() ? "unknown" : name;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

std::optional<FileFacts> file_facts(const fs::path& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return std::nullopt;
  return FileFacts{file.st_mode & 07777U, file.st_uid, file.st_gid, file.st_nlink, file.st_size};
}

std::optional<FileSystemFacts> file_system_facts(const fs::path& path) {
  struct statfs kind {};
  struct statvfs room {};
  if (statfs(path.c_str(), &kind) != 0 || statvfs(path.c_str(), &room) != 0) return std::nullopt;
  auto magic = static_cast<std::uint32_t>(kind.f_type);
  FileSystemFacts facts;
  facts.name = name_of(magic);
  facts.is_fuse = magic == kFuse;
  facts.is_memory = magic == kTmpfs || magic == kRamfs;
  facts.is_overlay = magic == kOverlay;
  facts.is_network = is_network_file_system(kind.f_type);
  facts.is_read_only = (room.f_flag & ST_RDONLY) != 0;
  facts.free_bytes = static_cast<std::int64_t>(room.f_bavail) * static_cast<std::int64_t>(room.f_frsize);
  return facts;
}

std::vector<LogReader> log_readers(const fs::path& database) {
  auto shared = database;
  shared += "-shm";
  std::uint64_t inode = file_identity(shared).number;
  std::set<pid_t> pids;
  std::ifstream locks("/proc/locks");
  for (std::string line; inode != 0 && std::getline(locks, line);) {
    auto lock = parse_lock(line);
    if (lock && is_read_mark(*lock, inode) && lock->pid > 0 && lock->pid != getpid()) pids.insert(lock->pid);
  }
  std::vector<LogReader> readers;
  readers.reserve(pids.size());
  for (pid_t pid : pids) readers.push_back({pid, program_of(pid)});
  return readers;
}

std::vector<std::string> leftovers(const fs::path& database) {
  std::vector<std::string> names;
  std::string own = database.filename().string();
  std::error_code failed;
  for (fs::directory_iterator entry(database.parent_path(), failed), end; !failed && entry != end;
       entry.increment(failed)) {
    std::string name = entry->path().filename().string();
    bool is_beside = name.size() > own.size() && name.compare(0, own.size(), own) == 0;
    bool is_left =
        ends_with(name, "-unfinished") || ends_with(name, "-restoring") || name == own + "-journal";
    if (is_beside && is_left) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace purser::store
