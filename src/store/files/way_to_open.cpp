#include "store/files/way_to_open.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "purser/error.h"
#include "store/files/access.h"
#include "store/files/companions.h"
#include "store/files/file_facts.h"
#include "store/files/files.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

bool may(const fs::path& path, int what) { return faccessat(AT_FDCWD, path.c_str(), what, AT_EACCESS) == 0; }

bool may_make_companions(const fs::path& database) {
  return may(database, W_OK) && may(database.parent_path(), W_OK | X_OK);
}

std::int64_t bytes_of(const fs::path& database, const char* suffix) {
  auto facts = file_facts(with_suffix(database, suffix));
  return facts ? facts->bytes : -1;
}

// Undoes the escapes of mountinfo: a blank is \040.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool is_code = text[i] == '\\' && i + 3 < text.size();
    plain += is_code
                 ? static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0')
                 : text[i];
    if (is_code) i += 3;
  }
  return plain;
}

bool is_under(const std::string& path, const std::string& folder) {
  if (folder == "/" || path == folder) return true;
  return path.size() > folder.size() && path.compare(0, folder.size(), folder) == 0 &&
         path[folder.size()] == '/';
}

// The innermost mount point above `path`; of two mounts at one place, the later.
std::string mount_point_of(const fs::path& path) {
  std::string innermost = "/";
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string id, parent, device, root, point;
    words >> id >> parent >> device >> root >> point;
    point = unescaped(point);
    if (is_under(path.string(), point) && point.size() >= innermost.size()) innermost = point;
  }
  return innermost;
}

bool is_mounted_read_only(const fs::path& path) {
  struct statvfs system {};
  return statvfs(path.c_str(), &system) == 0 && (system.f_flag & ST_RDONLY) != 0;
}

Error log_without_index(const fs::path& database) {
  std::string mount = read_only_mount_in_words(database);
  std::string why = mount.empty() ? why_not_opened(database) : mount;
  std::string remedy =
      mount.empty() ? ""
                    : ": mount it writable, or copy it with its -wal to where you may write, and name that";
  return {ErrorCode::cannot_open,
          fmt::format("{} has a log (-wal) without its index (-shm), which you cannot make: {}{}",
                      database.string(), why, remedy)};
}

}  // namespace

Opening way_to_open(const fs::path& database, Companions companions) {
  std::int64_t log = bytes_of(database, kLogSuffix);
  bool has_index = bytes_of(database, kIndexSuffix) >= 0;
  bool has_journal = bytes_of(database, kJournalSuffix) > 0;
  if (has_journal || (log >= 0 && has_index)) return Opening::shared;
  if (companions == Companions::leave && log < 0 && !has_index) return Opening::immutable;
  if (may_make_companions(database)) return Opening::shared;
  if (log > 0) throw log_without_index(database);
  return Opening::immutable;
}

std::string read_only_mount_in_words(const fs::path& path) {
  if (!is_mounted_read_only(path)) return "";
  return fmt::format("{} is mounted read-only", mount_point_of(path));
}

std::string why_not_written(const fs::path& database) {
  std::string mount = read_only_mount_in_words(database);
  if (!mount.empty()) return mount + ": mount it writable, or name a copy that lies elsewhere";
  if (!may(database, W_OK)) return whose_file(database);
  fs::path folder = database.parent_path();
  if (may(folder, W_OK | X_OK)) return "";
  auto facts = file_facts(folder);
  if (!facts) return "";
  return fmt::format("no file can be made in {}, which belongs to {} ({:04o}): let {} write there",
                     folder.string(), user_in_words(facts->owner), facts->mode, user_in_words(geteuid()));
}

}  // namespace purser::store
