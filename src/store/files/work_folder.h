// A folder for a file in the making, beside the place that the file will take, until it is moved there.
//
// The folder is 0700 and made by this user, so that no other user can read, plant or rename anything in it,
// also where others may write in the folder around it; and everything in it is reached by its descriptor,
// since its name may lead elsewhere at any moment. As long as this object lives it holds a kernel lock on the
// folder, which tells running work from the leftovers of a killed process: the next WorkFolder of the name
// removes those.
#pragma once

#include <filesystem>

#include "base/descriptor.h"

namespace purser::store {

class WorkFolder {
 public:
  // The one file that is made in it; the files of SQLite and the gate are beside it there.
  static constexpr char kFile[] = "unfinished.db";

  // Whether a WorkFolder of that name would remove `file` as a leftover of a killed process.
  static bool would_remove(const std::filesystem::path& name, const std::filesystem::path& file);
  // Removes the leftovers of a killed process; does nothing, silently, where it cannot.
  static void tidy(const std::filesystem::path& name) noexcept;

  // Throws busy where another process works in it; read_only, disk_full, io_error.
  explicit WorkFolder(std::filesystem::path name);
  ~WorkFolder();  // removes the folder with all that is in it
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const std::filesystem::path& name() const { return name_; }
  // The file by descriptor: "/proc/self/fd/7/unfinished.db".
  std::filesystem::path file() const;
  int descriptor() const { return folder_.number(); }
  // A descriptor of the folder around it, opened once at the start.
  int parent() const { return parent_.number(); }
  void remove() noexcept;

 private:
  struct Around {};  // opens only the folder around it
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
