// Whether a name in a folder was made, removed or renamed since one looked last, by one system call.
//
//   if (!watch.is_unchanged(watch.look())) {
//     watch.note();                 // before the names are looked at
//     ... look at each name; where one is not as it was: watch.forget() ...
//   }
//
// Each change of a name sets the folder's ctime, which nobody can set back. Why an equal ctime is proof: the
// kernel stamps with a clock of its own that goes in ticks (of at most 10 ms), so that two changes of one
// tick look alike, unless somebody has asked between them (since Linux 6.13). So the ctime that was noted
// counts only where it was a tick old by then: whatever comes later bears a later one. Some file systems keep
// whole seconds, two at the most; these are known by their round number. (The clock set back to the very
// nanosecond of the last change is the one way to be deceived.) What changes no name is not seen here: a file
// that is mounted over another, a folder above that is renamed.
//
// It is the folder that is asked for its times, not a file that is synced: see `look_at` in file_checks.cpp.
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

  int descriptor() const { return folder_; }  // gives no access; -1 where there is none
  FolderStamp look() const noexcept;          // zeros where the kernel does not tell
  bool is_unchanged(FolderStamp seen) const noexcept { return counts_ && seen == noted_; }
  void note() noexcept;
  void forget() noexcept { counts_ = false; }

 private:
  int folder_;
  FolderStamp noted_;
  bool counts_ = false;
};

}  // namespace purser::store
