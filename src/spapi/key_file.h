// The file of a key ring: read only if it is private, created only where no file is, replaced in one step by
// the process that has locked it.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "purser/clock.h"

namespace purser::spapi {

inline constexpr std::size_t kMaxKeyFileBytes{16UL * 1024};

// Reads the file into `memory` and returns its length. Throws no_master_key where there is no file,
// unsafe_key_file where others may read or write it, usage where it is not a regular file or is longer than
// that. REQUIRES: `memory` has room for kMaxKeyFileBytes.
std::size_t read_key_file(const std::filesystem::path& file, unsigned char* memory);

using Pieces = std::initializer_list<std::string_view>;

// Throws io_error where the file exists.
void create_key_file(const std::filesystem::path& file, Pieces pieces);

// An exclusive lock on the file, which the kernel releases when the process ends. After a wait it is the lock
// of the file that is there now, not of the one that was replaced meanwhile.
class LockedKeyFile {
 public:
  // Follows links. Throws busy where another process holds the lock for longer than ten seconds.
  LockedKeyFile(const std::filesystem::path& file, Clock& clock);

  // Atomic: a reader sees the old content or the new one, also after a power cut. Owner and mode stay.
  void replace(Pieces pieces);

 private:
  std::optional<Descriptor> locked();
  void remove_unfinished() const;
  Descriptor make_unfinished() const;

  std::filesystem::path path_, unfinished_;
  std::vector<Descriptor> locks_;  // of the file that was found, then of each that replaced it
};

}  // namespace purser::spapi
