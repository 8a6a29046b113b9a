// A database file that is being made under a name of its own, until it is complete and takes its place.
//
//   UnfinishedFile file("/backup/purser.db-unfinished");
//   ... fill it through SQLite, close that ...
//   file.finish();
//   file.become_new("/backup/purser.db");
//
// It is 0600 from its first instant. As long as this object lives it holds the kernel's lock on it, by which
// a file at work is told from what a killed process left: that is removed by whoever comes next.
#pragma once

#include <filesystem>

namespace purser::store {

class UnfinishedFile {
 public:
  // Whether one at `path` would take that file for what a killed process left, and remove it.
  static bool would_remove(const std::filesystem::path& path, const std::filesystem::path& file);

  // Throws busy where another process is at work on it.
  explicit UnfinishedFile(std::filesystem::path path);
  ~UnfinishedFile();  // removes it, unless it took its place
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  int descriptor() const { return descriptor_; }

  // No connection is left: removes what SQLite keeps beside a database, and syncs the file. Throws internal
  // where a part of the content stands in its log still.
  void finish();

  // Takes its place, and the name is on disk. Throws already_exists where a file stands there: none is ever
  // replaced.
  void become_new(const std::filesystem::path& place);
  // The same, in the place of whatever stands there.
  void replace(const std::filesystem::path& place);

 private:
  bool make();
  void remove_stale() const;
  void remove_all() const noexcept;
  void close_file() noexcept;

  std::filesystem::path path_;
  int descriptor_ = -1;
  bool stands_ = false;  // at its own name still
};

}  // namespace purser::store
