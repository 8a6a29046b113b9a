// Whether a name in a folder was made, removed or renamed since the last look, by one system call.
//
//   if (!watch.is_unchanged(watch.look())) {
//     watch.note();                 // before the names are looked at
//     ... look at each name; where one is not as it was: watch.forget() ...
//   }
//
// Each change of a name sets the folder's ctime, which no process can set back. Why an equal ctime is proof:
// the kernel stamps with a clock of its own that goes in ticks (of at most 10 ms), so that two changes of one
// tick look alike, unless a process has read the ctime between them (since Linux 6.13). So a noted ctime
// counts only where it was a tick old by then: every later change gets a later stamp. Some file systems keep
// whole seconds, two at the most; these are recognized by their round number. (Only a clock set back to the
// very nanosecond of the last change deceives this.) A change that touches no name is not seen here: a file
// that is mounted over another, a folder above that is renamed.
//
// The watch reads the times of the folder, not of a file that is synced: see `look_at` in file_checks.cpp.
#pragma once

#include <cstdint>
#include <filesystem>

namespace purser::store {

struct FolderStamp {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  friend bool operator==(const FolderStamp&, const FolderStamp&) = default;
};

class FolderWatch {
 public:
  explicit FolderWatch(const std::filesystem::path& folder);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  int descriptor() const { return folder_; }  // O_PATH; -1 where there is no folder
  FolderStamp look() const noexcept;          // zeros where the kernel gives no ctime
  bool is_unchanged(FolderStamp seen) const noexcept { return counts_ && seen == noted_; }
  void note() noexcept;
  void forget() noexcept { counts_ = false; }

 private:
  int folder_;
  FolderStamp noted_;
  bool counts_ = false;
};

}  // namespace purser::store
