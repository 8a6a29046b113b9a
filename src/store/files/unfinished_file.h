// A database file that is being made, out of everybody's reach, until it is complete and takes its place.
//
//   UnfinishedFile file("/backup/purser.db-unfinished");
//   file.naming([&] { ... fill file.path() through SQLite, close that ... });
//   file.finish();
//   file.become_new("/backup/purser.db");
//
// It stands in a folder of that name (work_folder.h), and is 0600 from its first instant. No descriptor of it
// is open when it takes its place: whoever opens the database then, a thread of this process too, would lose
// SQLite's locks with the closing of ours.
#pragma once

#include <filesystem>

#include "purser/error.h"
#include "store/files/file_checks.h"
#include "store/files/work_folder.h"

namespace purser::store {

class UnfinishedFile {
 public:
  // Throws as WorkFolder does.
  explicit UnfinishedFile(std::filesystem::path name);  // removed with this, unless it took its place

  // Where it is to be opened; for people it is called name().
  std::filesystem::path path() const { return folder_.file(); }
  const std::filesystem::path& name() const { return folder_.name(); }

  // Runs `work`; what it throws speaks of name(), not of path().
  template <typename Work>
  decltype(auto) naming(Work&& work) const {
    try {
      return work();
    } catch (const Error& fault) {
      throw renamed(fault);
    }
  }

  // No connection is left: removes what SQLite keeps beside a database, and syncs the file. Throws internal
  // where a part of the content stands in its log still.
  void finish();

  // Takes its place; the name is on disk only after `sync_folder_of(place)`. Throws already_exists where a
  // file stands there: none is ever replaced. `place` is in the folder of name().
  void become_new(const std::filesystem::path& place);
  // The same, in the place of `standing`. Throws file_replaced where that is not the file there any more.
  void replace(const std::filesystem::path& place, FileIdentity standing);

 private:
  Error renamed(const Error& fault) const;

  WorkFolder folder_;
};

}  // namespace purser::store
