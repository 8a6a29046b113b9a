// A folder for a file that is being made, beside the place that it will take, until it is moved there.
//
// It is 0700 and made by this user, so that nobody else can read, plant or rename anything in it, also where
// others may write in the folder around it; and all that is done in it goes by its descriptor, since its name
// may lead elsewhere at any moment. As long as this object lives it holds the kernel's lock on it, by which
// work that goes on is told from what a killed process left: that is removed by whoever comes next.
#pragma once

#include <filesystem>

#include "base/descriptor.h"

namespace purser::store {

class WorkFolder {
 public:
  // The one file that is made in it; what SQLite and the gate add stands beside it there.
  static constexpr char kFile[] = "unfinished.db";

  // Whether one of that name would remove `file` as what a killed process left.
  static bool would_remove(const std::filesystem::path& name, const std::filesystem::path& file);
  // Removes what a killed process left there, where that can be done; says nothing where it cannot.
  static void tidy(const std::filesystem::path& name) noexcept;

  // Throws busy where another process is at work in it; read_only, disk_full, io_error.
  explicit WorkFolder(std::filesystem::path name);
  ~WorkFolder();  // with all that is in it
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const std::filesystem::path& name() const { return name_; }
  // By descriptor: "/proc/self/fd/7/unfinished.db".
  std::filesystem::path file() const;
  int descriptor() const { return folder_.number(); }
  // Of the folder around it, as it was found at first.
  int parent() const { return parent_.number(); }
  void remove() noexcept;

 private:
  struct Around {};  // only the folder around it is opened
  WorkFolder(Around, std::filesystem::path name);
  bool make();
  bool enter();
  void make_private(const Descriptor& place) const;
  bool is_at_its_name() const;
  void remove_stale() const;
  int unlink_left(const Descriptor& left) const noexcept;

  std::filesystem::path name_;
  Descriptor parent_, folder_{-1};
};

}  // namespace purser::store
