#include "store/files/open_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "purser/error.h"
#include "store/files/companions.h"
#include "store/files/files.h"

namespace purser::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLog = 1, kIndex = 2;

}  // namespace

OpenFiles::OpenFiles(const fs::path& database)
    : paths_{database, with_suffix(database, kLogSuffix), with_suffix(database, kIndexSuffix)},
      folder_(database.parent_path()) {}

void OpenFiles::learn(Which which) {
  watched_ = which == Which::log ? kIndex : kFiles;
  for (std::size_t i = 0; i < watched_; ++i) files_.at(i) = name_identity(paths_.at(i));
  std::size_t opened = which == Which::main_file ? kLog : watched_;
  // Where the kernel lists no descriptors, nothing can be checked.
  std::vector<FileIdentity> open = open_in_this_process();
  for (std::size_t i = 0; i < opened && !open.empty(); ++i) {
    if (std::find(open.begin(), open.end(), files_.at(i)) != open.end()) continue;
    throw Error(ErrorCode::file_replaced,
                fmt::format("{} was removed or replaced while the database was being opened, or a connection "
                            "of this process has the old one open still: close what this process has open "
                            "of it, and open it again",
                            paths_.at(i).string()));
  }
}

std::string OpenFiles::changed() { return changed(folder_.look()); }

std::string OpenFiles::changed(FolderStamp seen) {
  return folder_.is_unchanged(seen) ? std::string() : changed_by_name();
}

std::string OpenFiles::changed_by_name() {
  folder_.note();
  for (std::size_t i = 0; i < watched_; ++i) {
    if (name_identity(paths_.at(i)) == files_.at(i)) continue;
    folder_.forget();
    return paths_.at(i).string();
  }
  return {};
}

std::string OpenFiles::changed_main_file() const {
  return name_identity(paths_[0]) == files_[0] ? std::string() : paths_[0].string();
}

}  // namespace purser::store
