// A database file in the making, which no other process can reach until it is complete and takes its place.
//
//   UnfinishedFile file("/backup/purser.db-unfinished");
//   file.naming([&] { ... fill file.path() through SQLite, close that ... });
//   file.finish();
//   file.become_new("/backup/purser.db");
//
// The file is in a folder of that name (work_folder.h), and is 0600 from its first instant. No descriptor of
// it is open when it takes its place: closing ours would then drop the locks that SQLite holds for any thread
// of this process that has opened the database by then.
#pragma once

#include <filesystem>

#include "purser/error.h"
#include "store/files/file_checks.h"
#include "store/files/work_folder.h"

namespace purser::store {

class UnfinishedFile {
 public:
  // Throws as WorkFolder does.
  explicit UnfinishedFile(std::filesystem::path name);  // the destructor removes it, unless it took its place

  // The path to open it by; messages call it name().
  std::filesystem::path path() const { return folder_.file(); }
  const std::filesystem::path& name() const { return folder_.name(); }

  // Runs `work`; in the message of an exception, path() becomes name().
  template <typename Work>
  decltype(auto) naming(Work&& work) const {
    try {
      return work();
    } catch (const Error& fault) {
      throw renamed(fault);
    }
  }

  // Removes SQLite's files beside the database, and syncs it. Throws internal where its log still holds
  // content. REQUIRES: no connection to it is open.
  void finish();

  // Moves the file to `place`; the name is on disk only after `sync_folder_of(place)`. Throws already_exists
  // where a file is there: it never replaces one. REQUIRES: `place` is in the folder of name().
  void become_new(const std::filesystem::path& place);
  // The same, replacing the file `standing`. Throws file_replaced where another file is there by now.
  void replace(const std::filesystem::path& place, FileIdentity standing);

 private:
  Error renamed(const Error& fault) const;

  WorkFolder folder_;
};

}  // namespace purser::store
