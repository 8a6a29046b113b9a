#include "store/files/file_facts.h"
#include "store/files/companions.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>

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

// Magic numbers of statfs(2) and the kernel's magic.h.
constexpr std::array<std::uint32_t, 9> kNetworkFileSystems = {
    0x6969,      // nfs
    0x517B,      // smb
    0xFE534D42,  // smb2
    0xFF534D42,  // cifs
    0x01021997,  // 9p
    0x5346414F,  // afs
    0x6B414653,  // afs, the kernel's
    0x00C36400,  // ceph
    0x0BD00BD0,  // lustre
};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

std::optional<FileFacts> file_facts(const fs::path& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return std::nullopt;
  return FileFacts{file.st_mode & 07777U, file.st_uid, file.st_gid, file.st_nlink, file.st_size};
}

bool is_network_file_system(long f_type) {
  auto magic = static_cast<std::uint32_t>(f_type);
  return std::find(kNetworkFileSystems.begin(), kNetworkFileSystems.end(), magic) !=
         kNetworkFileSystems.end();
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

std::vector<std::string> leftovers(const fs::path& database) {
  std::vector<std::string> names;
  std::string own = database.filename().string();
  std::error_code failed;
  for (fs::directory_iterator entry(database.parent_path(), failed), end; !failed && entry != end;
       entry.increment(failed)) {
    std::string name = entry->path().filename().string();
    bool is_beside = name.size() > own.size() && name.compare(0, own.size(), own) == 0;
    bool is_left = ends_with(name, kUnfinishedSuffix) || ends_with(name, kRestoringSuffix) ||
                   name == own + kJournalSuffix;
    if (is_beside && is_left) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace purser::store
