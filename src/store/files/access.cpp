#include "store/files/access.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "store/files/companions.h"
#include "store/files/file_facts.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestEntry = 16UL * 1024;

bool may(const fs::path& path, int what) { return faccessat(AT_FDCWD, path.c_str(), what, AT_EACCESS) == 0; }

std::string whose(const std::string& what, const FileFacts& file) {
  std::string owner = user_in_words(file.owner);
  return fmt::format("{} belongs to {} ({:04o}), you are {}: run as its owner", what, owner, file.mode,
                     user_in_words(geteuid()));
}

// The outermost folder that this user cannot enter.
std::optional<fs::path> closed_folder(const fs::path& path) {
  fs::path folder;
  for (const fs::path& part : fs::absolute(path).parent_path()) {
    folder /= part;
    if (!may(folder, X_OK)) return folder;
  }
  return std::nullopt;
}

std::string whose_folder(const fs::path& folder) {
  auto facts = file_facts(folder);
  return facts && facts->owner != geteuid() ? whose("the folder " + folder.string(), *facts) : "";
}

}  // namespace

std::string user_in_words(uid_t user) {
  std::array<char, kLongestEntry> room{};
  passwd entry{};
  passwd* found = nullptr;
  bool known = getpwuid_r(user, &entry, room.data(), room.size(), &found) == 0 && found != nullptr;
  return known ? std::string(found->pw_name) : fmt::format("user {}", user);
}

std::string whose_file(const fs::path& path) {
  if (auto folder = closed_folder(path)) return whose_folder(*folder);
  auto facts = file_facts(path);
  if (facts && facts->owner == geteuid()) return "";  // ownership is not the reason
  return facts ? whose("it", *facts) : whose_folder(fs::absolute(path).parent_path());
}

std::string why_not_opened(const fs::path& database) {
  auto own = file_facts(database);
  if (!own) return "";
  if (!may(database, R_OK)) return whose("it", *own) + ", or let root chown it";
  bool is_owner = geteuid() == 0 || geteuid() == own->owner;
  bool may_make = is_owner || may(database.parent_path(), W_OK);
  for (const char* suffix : {kLogSuffix, kIndexSuffix}) {
    auto companion = database;
    auto facts = file_facts(companion += suffix);
    if (facts && !may(companion, R_OK)) return whose(fmt::format("its {}", suffix), *facts);
    if (facts || may_make) continue;
    return fmt::format(
        "no worker has it open (there is no {}), and you may only read: let its owner, {}, run `purser "
        "status` once",
        suffix, user_in_words(own->owner));
  }
  return "";
}

}  // namespace purser::store
