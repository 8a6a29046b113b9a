// Finds a file's own name, also where the file does not exist or a link is dangling. In a sticky folder where
// everybody may write (/tmp) a link is followed only where this user or the folder's owner owns it: Linux's
// own rule (fs.protected_symlinks), which a machine may have switched off. A path that begins with the
// descriptor of a folder (/proc/self/fd/7/name) stays as it is.

#include <fmt/format.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <optional>
#include <string>

#include "purser/error.h"
#include "store/files/access.h"
#include "store/files/file_checks.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the kernel's
constexpr mode_t kOpenToAll = S_ISVTX | S_IWOTH;

using Parts = std::deque<std::string>;

// Refuses another user's link in a folder where anybody may put one.
void require_trusted(const fs::path& link, const fs::path& folder) {
  struct stat what {
  }, where{};
  if (lstat(link.c_str(), &what) != 0 || stat(folder.c_str(), &where) != 0) return;
  bool anybody = (where.st_mode & kOpenToAll) == kOpenToAll;
  if (!anybody || what.st_uid == geteuid() || what.st_uid == where.st_uid) return;
  throw Error(
      ErrorCode::cannot_open,
      fmt::format("{} is a link of {}'s in a folder where everybody may put one, and is not followed: "
                  "name the file that is meant, or use a folder of your own",
                  link.string(), user_in_words(what.st_uid)));
}

std::optional<fs::path> target_of(const fs::path& link) {
  std::array<char, PATH_MAX> target{};
  ssize_t bytes = readlink(link.c_str(), target.data(), target.size());
  if (bytes < 0) return std::nullopt;
  return fs::path(std::string(target.data(), static_cast<std::size_t>(bytes)));
}

void put_first(Parts& parts, const fs::path& path) {
  auto at = parts.begin();
  for (const fs::path& part : path) at = std::next(parts.insert(at, part.string()));
}

bool begins_with_a_descriptor(const fs::path& path) {
  auto part = path.begin();
  for (const char* name : {"/", "proc", "self", "fd"}) {
    if (part == path.end() || *part++ != name) return false;
  }
  // Then the number, and one name in that folder.
  return part != path.end() && ++part != path.end() && std::next(part) == path.end();
}

}  // namespace

fs::path real_path(const fs::path& path) {
  std::error_code failed;
  fs::path whole = fs::absolute(path, failed);
  if (failed) {
    throw Error(ErrorCode::cannot_open,
                fmt::format("{}: the present folder cannot be found ({})", path.string(), failed.message()));
  }
  if (begins_with_a_descriptor(whole)) return whole;
  Parts parts;
  put_first(parts, whole);
  fs::path real;
  for (int links = 0; !parts.empty();) {
    std::string part = std::move(parts.front());
    parts.pop_front();
    if (part == "." || (part.empty() && !parts.empty())) continue;
    if (part == "..") {
      real = real.parent_path();
      continue;
    }
    fs::path next = real / part;
    auto target = part.empty() ? std::nullopt : target_of(next);
    if (!target) {
      real = std::move(next);
      continue;
    }
    if (++links > kMostLinks) {
      throw Error(
          ErrorCode::cannot_open,
          fmt::format("{}: more than {} links, or links that lead in a circle", path.string(), kMostLinks));
    }
    require_trusted(next, real);
    put_first(parts, *target);
  }
  return real;
}

}  // namespace purser::store
